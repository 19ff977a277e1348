"""Each token of the table: one made from its shape is found under its own rule, and what only looks like it is not."""

from __future__ import annotations

import base64
import random
import re
import re._parser as parser  # type: ignore[import-not-found]
import string
import time
from collections import Counter

import pytest

from sealkit.model.finding import Finding
from sealkit.model.rules import RULES
from sealkit.scan.context import Context
from sealkit.scan.encoded import holds_opening
from sealkit.scan.engine import scan_blob
from sealkit.scan.tokens import dummy, named_token
from sealkit.secrets.spans import Shape, secret_spans, shape_of
from sealkit.secrets.token_search import stems, token_at, tokens_in, webhooks_in
from sealkit.secrets.tokens import TOKENS, WEBHOOKS, Token
from sealkit.secrets.values import Value, grade_value

ALL = [pytest.param(token, id=f"{token.title} {nth}") for nth, token in enumerate(TOKENS)]
OPENED = [
    pytest.param(token, id=f"{token.title} {nth}")
    for nth, token in enumerate(TOKENS)
    if len(min(stems(token.head), default="")) > 3 and not token.head.startswith("eyJ")
]
HOOKS = [pytest.param(hook, id=f"{hook.title} {nth}") for nth, hook in enumerate(WEBHOOKS)]
FRAMES = {
    "notes.txt": "see {} there\n",
    "values.yaml": "first: 1\nthing: {}\nlast: 2\n",
    "run.sh": "#!/bin/sh\ncall --with '{}' now\n",
    "main.py": 'thing = "{}"\n',
}
DIGITS, LETTERS = string.digits, string.ascii_letters


def made(pattern: str, seed: int = 1, *, same: str = "") -> str:
    """A text of a shape, at random with the least repeats. With `same`, a class gives that character, or else its first."""
    chance = random.Random(f"{seed} {pattern}")

    def one(choices: list[str]) -> str:
        if same:
            return same if same in choices else choices[0]
        return chance.choice(choices)

    def walk(items: object) -> str:
        return "".join(node(str(op), value) for op, value in items)  # type: ignore[attr-defined]

    def node(name: str, value: object) -> str:
        if name == "LITERAL":
            return chr(value)  # type: ignore[arg-type]
        if name == "IN":
            return one(_members(value))
        if name == "MAX_REPEAT":
            least, inner = value[0], value[2]  # type: ignore[index]
            return "".join(walk(inner) for _ in range(least))
        if name == "SUBPATTERN":
            return walk(value[3])  # type: ignore[index]
        assert name == "BRANCH", name
        return walk(chance.choice(value[1]))  # type: ignore[index]

    return walk(parser.parse(pattern))


def _members(choices: object) -> list[str]:
    found: list[str] = []
    for op, value in choices:  # type: ignore[attr-defined]
        name = str(op)
        if name == "LITERAL":
            found.append(chr(value))
        elif name == "RANGE":
            found += [chr(code) for code in range(value[0], value[1] + 1)]
        else:  # a class of all but a few, or of words
            assert name in {"NEGATE", "CATEGORY"}, name
            return list(LETTERS + DIGITS)
    return found


def sample(token: Token) -> str:
    """A token of this kind that ends on a letter or digit, where its shape lets it, and does not pass for an example."""
    for seed in range(1, 500):
        text = made(token.head, seed) + made(token.tail, seed)
        if not dummy(text, token) and (text[-1].isalnum() or text.endswith(("=", "-X"))):
            return text
    raise AssertionError(token.title)


def rules(path: str, text: str) -> list[str]:
    return [item.rule for item in scan(path, text)]


def scan(path: str, text: str) -> list[Finding]:
    return scan_blob(path, text.encode(), Context())


@pytest.mark.parametrize("token", ALL)
@pytest.mark.parametrize("path", FRAMES)
def test_a_token_is_found_under_its_own_rule(token: Token, path: str) -> None:
    text = sample(token)
    found = scan(path, FRAMES[path].format(text))
    assert [item.rule for item in found] == [token.rule]
    assert token.title in found[0].message, found[0].message


@pytest.mark.parametrize("token", ALL)
def test_a_token_is_the_same_to_split(token: Token) -> None:
    text = sample(token)
    assert shape_of(text) is Shape.TOKEN
    assert [(span.start, span.end, span.shape) for span in secret_spans(f"x {text} y")] == [
        (2, 2 + len(text), Shape.TOKEN)
    ]
    found = token_at(text)
    assert found is not None
    assert found[2].rule == token.rule


@pytest.mark.parametrize("token", OPENED)
def test_a_token_is_found_in_base64(token: Token) -> None:
    """At each of the three alignments. Tokens that begin with fewer letters are found at some."""
    text = sample(token)
    for before in ("", "a ", "ab "):
        encoded = base64.b64encode(f"{before}{text}\n".encode()).decode()
        found = scan("notes.txt", f"see {encoded} there\n")
        assert [item.rule for item in found] in (["SK318"], [token.rule]), before


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("path", FRAMES)
def test_a_url_with_a_secret_path_is_found(hook: Token, path: str) -> None:
    public, secret = made(hook.head), sample(hook._replace(head=hook.tail, tail=""))
    start = "https://x" if public.startswith(".") else "https://x.example.org/a" if public[0] in "?&" else "https://"
    found = scan(path, FRAMES[path].format(start + public + secret))
    own = [item for item in found if item.rule == hook.rule]  # `?key=…` before it is one by its name
    assert len(own) == 1
    assert hook.title in own[0].message
    assert secret not in own[0].message


@pytest.mark.parametrize("hook", HOOKS)
def test_a_url_without_its_secret_path_is_none(hook: Token) -> None:
    public = made(hook.head)
    for path, frame in FRAMES.items():
        assert not {"SK310", "SK311", "SK312", "SK316"} & set(rules(path, frame.format(f"https://x{public}…")))
        assert not list(webhooks_in(f"https://x{public}<secret>"))


@pytest.mark.parametrize("token", ALL)
def test_look_alikes_are_not_found(token: Token) -> None:
    text = sample(token)
    short = text[:-1] if not made(token.tail) else made(token.head)[:-1]
    named = "{1," in token.head or "eyJ" in token.head  # begins with a name of any length, or holds letters of its own
    inside = f"z{text}" if re.match(r"\w", text) and not token.head.startswith("[A-Za-z0-9._-]{1,") else ""
    same = [made(token.head, same=letter) + made(token.tail, same=letter) for letter in "aA07" if not named]
    example = text[: -len("EXAMPLE")] + "EXAMPLE"
    looks = [short, inside, *same, example, f"{text[:6]}{'x' * (len(text) - 6)}", f"{text[:6]}{'*' * (len(text) - 6)}"]
    for look in filter(None, looks):
        reported = [found for found in tokens_in(f"see {look} there") if not dummy(look[found[0] - 4 :], found[2])]
        assert not [found for found in reported if found[2] is token], look[:8]
        assert token.rule not in rules("notes.txt", f"see {look} there\n"), look[:8]


@pytest.mark.parametrize("escape", ["\\n", "\\u0022", "\\x3d", "%3D"])
def test_a_token_after_an_escape_is_found(escape: str) -> None:
    token = next(token for token in TOKENS if token.title == "GitHub token")
    text = f"a{escape}{sample(token)}"
    assert [found for _, _, found in tokens_in(text)] == [token]
    assert named_token(text.encode()) == token.title
    assert [span.shape for span in secret_spans(f"note: {text}")] == [Shape.TOKEN]
    assert not list(tokens_in(text.replace(escape, "bc")))


@pytest.mark.parametrize("hook", HOOKS)
def test_a_url_with_a_secret_path_is_no_address(hook: Token) -> None:
    url = f"https://{'' if hook.head[0].isalpha() else 'a.example.org'}{made(hook.head)}"
    assert grade_value(url + made(hook.tail)) is not Value.PATH
    assert grade_value("https://ci.example.org/hooks/build") is Value.PATH


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_base64_that_looks_like_a_token_by_chance_is_not_decoded(before: str) -> None:
    token = next(token for token in TOKENS if token.title == "GitHub token")
    once = base64.b64encode(f"{before} {sample(token)}".encode())
    twice = base64.b64encode(once)
    assert holds_opening(once, 24)
    assert holds_opening(b"key_" + once, 28)  # behind what may be a letter of URL-safe base64
    assert holds_opening(twice, 32, 2)
    other = base64.b64encode(bytes(range(128, 170)))
    assert not holds_opening(other, 24)
    assert not holds_opening(base64.b64encode(other), 32, 2)


def test_a_fixed_length_may_not_go_on() -> None:
    """A token whose whole length is known is none in a longer run of letters."""
    for token in TOKENS:
        if not token.tail and (text := sample(token))[-1].isalnum():
            longer = text + "Zz9"
            assert not [found for found in tokens_in(longer) if found[:2] == (0, len(text))], token.title


def test_each_token_says_what_it_is_and_who_says_so() -> None:
    for token in (*TOKENS, *WEBHOOKS):
        assert token.title.strip()
        assert token.source.strip(), token.title
        assert token.rule in RULES
        assert re.compile(token.head)
        assert re.compile(token.tail)
    heads = Counter(token.head for token in (*TOKENS, *WEBHOOKS))
    assert max(heads.values()) == 1, heads.most_common(3)


def test_each_token_is_given_away_by_a_text() -> None:
    """The search looks for that text first: at least two characters to begin with, or some within."""
    for token in TOKENS:
        found = stems(token.head)
        assert all(len(stem) >= 2 for stem in found), token.title
        assert found or token.infix, token.title
        assert not found or not token.infix, token.title
    for token in (*TOKENS, *WEBHOOKS):
        for seed in range(20):
            text = made(token.head, seed)
            assert token.infix in text, token.title
            assert not (found := stems(token.head)) or token in WEBHOOKS or text.startswith(found), token.title


def test_no_shape_is_unbounded_or_nested() -> None:
    for token in (*TOKENS, *WEBHOOKS):
        for part in (token.head, token.tail):
            assert not re.search(r"(?<!\\)[*+](?![^\[]*\])", part), token.title
            assert "(?=" not in part
            assert "(?<" not in part


def test_two_tokens_of_one_shape_are_reported_once() -> None:
    """A value has one name: no sample of one token is another token of another rule."""
    for token in TOKENS:
        found = token_at(sample(token))
        assert found is not None
        assert (found[2].rule, found[2].title) == (token.rule, token.title)


@pytest.mark.parametrize(
    "public",
    [
        "pk_live_{24}",
        "pk_test_{24}",
        "phc_{43}",
        "sb_publishable_{31}",
        "pk-lf-0b7c1d2e-3f40-4152-8637-48596a7b8c9d",
        "sq0idp-{22}",
        "123456789012-{32}.apps.googleusercontent.com",
        "https://{32}@o12345.ingest.sentry.io/12345",
        "pk.eyJ1Ijoi{40}.{22}",
        "NRJS-0123456789abcdef012",
        "mdb_sa_id_0123456789abcdef01234567",
        "sub-c-0b7c1d2e-3f40-4152-8637-48596a7b8c9d",
        "amzn1.application-oa2-client.{32}",
        "FLWPUBK-0b7c1d2e3f40415286374859-X",
        "cli_{16}",
        "AC0b7c1d2e3f404152863748596a7b8c9d",
        "age1{58}",
    ],
)
def test_what_issuers_publish_is_no_secret(public: str) -> None:
    """Publishable keys, client ids and DSNs of browsers stand in every page that uses them."""
    chance = random.Random(7)
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    text = re.sub(r"\{(\d+)\}", lambda size: "".join(chance.choices(letters, k=int(size[1]))), public)
    assert not list(tokens_in(text))
    assert not [rule for rule in rules("notes.txt", f"see {text} there\n") if rule.startswith("SK31")]


@pytest.mark.parametrize("count", [2_000, 20_000])
def test_the_search_is_linear(count: int) -> None:
    """Openings of tokens over and over, and words that begin none."""
    openings = [made(token.head)[:12] for token in TOKENS]
    hostile = ["-".join(openings), "eyJ-" * 300, "perm:a.a." * 120, "sk-" * 400, "root@pam!" * 100, "plain words only "]
    for text in hostile:
        body = (text * (count * 10 // len(text) + 1))[: count * 10]
        start = time.perf_counter()
        list(tokens_in(body))
        assert time.perf_counter() - start < count / 1000
