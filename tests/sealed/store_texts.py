"""Texts for the tests of the stores: samples in every format, and generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from sealkit.sealed.metadata import RECIPIENT_KINDS, Metadata, Recipient, Selector, Wrapped
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.yamlspan.scalars import Scalar

YAML = """\
# of the file

first: one
numbers: # behind a key
    - 1 # behind an item
    - 1.50
    # in front of an item
    - -7
quoted: "a\\tb: #c"
single: 'it''s'
block: | # behind a sign
  line one
  line two

folded: >-
  a
  b
time: 2020-01-02
nothing:
also: null
empty: ""
flow: {a: x, "b c": [true, off]}
nested:
  - - deep
    - key: "1" # last
  - other: ~
none: {}
no: []
"1": text
last: end
# at the end
"""

SAMPLES = {
    "a.yaml": YAML,
    "b.yaml": "---\na: 1\n---\n# only\nb:\n  - x\n...\n---\nc: {d: e}\n",
    "c.yaml": YAML.replace("\n", "\r\n"),
    "d.yaml": "  indented: a\n  more:\n      - b\n",
    "e.yaml": '{"a": 1, "b": ["c", null]}\n',
    "a.json": '{\n  "a": 1,\n  "b": [1.5, true, null, "x"],\n  "c": {"d": "\\u00e9\\n<&>"},\n  "e": {}, "f": ""\n}\n',
    "b.json": '{"a":"b"}',
    "a.env": "A=1\n# note\n#\nexport B='x y'\nC=a\\nb\n\nD=\nE=x=y#z",
    "a.ini": 'top = 1\n\n; of one\n[one]\na=1\n# x\n; y\nb = two ; behind\nc: "q"\nd = `a;b`\ne =\n\n[two]\nf = \\\n  g\n',
    "a.txt": "any\ntext: {\n",
    "b.txt": "",
    "c.txt": '{"data": "JSON itself"}',
}
"""Plain texts by name."""

SEALED = "ENC[AES256_GCM,data:{},iv:AAAA,tag:AAAA,type:{}]"


def parse(text: str, path: str = "a.yaml") -> Parsed:
    """What the store of a path reads."""
    return store_for(path).parse(text, path)


def write(parsed: Parsed, values: Mapping[int, Scalar], block: Metadata | None) -> str:
    """What the store of a parsed text writes."""
    return store_for(parsed.path).write(parsed, values, block)


def sealing(parsed: Parsed) -> dict[int, Scalar]:
    """A sealed value for every item that can be sealed."""
    return {
        index: SEALED.format("eA==", "comment" if item.comment else "str")
        for index, item in enumerate(parsed.items)
        if item.value not in (None, "")
    }


def block(*copies: Wrapped, **settings: object) -> Metadata:
    """A block; without copies, for one age recipient."""
    group = list(copies) or [Wrapped(Recipient("age", "age1example"), "-----BEGIN-----\nabc\n-----END-----\n")]
    said = {"mac": SEALED.format("eA==", "str"), "lastmodified": "2026-01-02T03:04:05Z", "version": "3.11.0"} | settings
    return Metadata(groups=[group], **said)  # type: ignore[arg-type]


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
TRICKY = st.one_of(
    TEXT,
    st.text("ab \n\t#:-'\"{}[],&*!|>%@`\\?~=<0.1\r\x85\u2028\ufeff", max_size=10),
    st.sampled_from(
        ["1", "true", "null", "~", "0x1f", "1e3", "2020-01-02", "<<", "---", "y", "=", " a", "a ", "a\n\n"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False).filter(lambda x: x != 0), st.booleans()
)
SCALARS = st.one_of(TRICKY, NUMBERS)
WORD = st.text("abcdefgh", min_size=1, max_size=4)

_LEAVES = st.sampled_from(
    ["v", "1", "'q'", '"d"', "null", "", "a b", "[a, b]", "{x: 1}", "|\n@  blk\n", "|-\n@  blk\n@  c", "{}"]
)
"""Values; `@` stands for the indentation of the key."""


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A YAML mapping with comments in odd places."""
    count = iter(range(1, 1000))
    lines: list[str] = []

    def comments(indent: int) -> None:
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            at = draw(st.sampled_from([indent, indent, indent, max(0, indent - 2), indent + 2]))
            lines.append(f"{' ' * at}# note {next(count)}")
            if draw(st.sampled_from([False, False, True])):
                lines.append("")

    def node(indent: int, depth: int, *, mapping: bool) -> None:
        for _ in range(draw(st.integers(1, 3))):
            comments(indent)
            head = " " * indent + (f"k{next(count)}:" if mapping else "-")
            behind = f" # behind {next(count)}" if draw(st.sampled_from([False, False, True])) else ""
            shape = draw(st.sampled_from(["leaf", "leaf", "mapping", "list"])) if depth < 3 else "leaf"
            if shape == "leaf":
                source = draw(_LEAVES).replace("@", " " * indent)
                first, feed, rest = source.partition("\n")
                lines.append(f"{head} {first}".rstrip() + behind + feed + rest.rstrip("\n"))
            else:
                lines.append(head + behind)
                node(indent + 2, depth + 1, mapping=shape == "mapping")

    node(0, 0, mapping=True)
    comments(0)
    return "\n".join(lines) + "\n"


FINGERPRINT = st.text("0123456789ABCDEF", min_size=40, max_size=40)
LINES = st.text("abcXYZ019+/=-\n", min_size=1, max_size=60)


@st.composite
def metadata(draw: st.DrawFn) -> Metadata:
    """Any block that sops could write."""
    settings: dict[str, Sequence[str]] = {
        "kms": ("aws_profile", "context", "role"), "azure_kv": ("name", "version"), "hc_vault": ("engine_path", "key_name")
    }  # fmt: skip

    def copy(kind: str) -> Wrapped:
        names = settings.get(kind, ())
        pairs = [(name, "a:b,c:d" if name == "context" else draw(WORD)) for name in names if draw(st.booleans())]
        made_at = "" if kind == "age" else "2026-01-02T03:04:05Z"
        return Wrapped(Recipient(kind, draw(WORD), tuple(pairs)), draw(LINES), made_at)

    def group() -> list[Wrapped]:
        kinds = draw(st.lists(st.sampled_from(RECIPIENT_KINDS), min_size=1, max_size=4))
        return [copy(kind) for kind in sorted(kinds, key=_ORDER.index)]

    groups = [group() for _ in range(draw(st.integers(1, 3)))]
    mode = draw(st.sampled_from(["", "encrypted_regex", "unencrypted_suffix", "encrypted_comment_regex"]))
    return Metadata(
        groups,
        draw(st.integers(2, 9)) if len(groups) > 1 else 0,
        draw(WORD),
        "2026-01-02T03:04:05Z",
        draw(st.sampled_from(["3.9.4", "3.11.0"])),
        Selector(mode, draw(st.sampled_from(["^(data|x)$", "_s", "a b", "#"]))) if mode else Selector(),
        draw(st.booleans()),
    )


_ORDER = ("kms", "gcp_kms", "hckms", "azure_kv", "hc_vault", "age", "pgp")
