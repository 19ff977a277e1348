"""Properties of the stores: spans, values that are read back, blocks, and nothing but one kind of error."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_texts import NUMBERS, SAMPLES, SCALARS, SEALED, TEXT, block, commented, metadata, parse, sealing, write

from sealkit.errors import SealkitError
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.metadata import RECIPIENT_KINDS, Metadata
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.yamlspan.scalars import Scalar

pytestmark = pytest.mark.slow

RELAXED = settings(deadline=None, suppress_health_check=list(HealthCheck))
PATHS = sorted(SAMPLES)


@pytest.mark.parametrize("path", PATHS)
def test_spans_hold_what_they_say(path: str) -> None:
    """Replacing one span alone changes the value of that item alone."""
    parsed = parse(SAMPLES[path], path)
    for index, item in enumerate(parsed.items):
        assert item.line == parsed.text.count("\n", 0, item.start) + 1
        if item.comment or item.value in (None, "") or path.endswith(".txt"):
            continue
        sealed = SEALED.format("eA==", "str")
        written = write(parsed, {index: sealed}, None)
        assert written.startswith(parsed.text[: item.start])
        assert written.endswith(parsed.text[item.end :])
        again = parse(written, path)
        assert [other.value for other in again.items] == [
            sealed if at == index else other.value for at, other in enumerate(parsed.items)
        ]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_changes_where_nothing_is_said(path: str) -> None:
    parsed = parse(SAMPLES[path], path)
    same = {index: item.value for index, item in enumerate(parsed.items)}
    assert write(parsed, same, None) == parsed.text
    sealed = write(parsed, sealing(parsed), block())
    found = parse(sealed, path)
    assert write(found, sealing(found), found.metadata) == sealed


@pytest.mark.parametrize("path", PATHS)
def test_sealed_and_opened_again(path: str) -> None:
    """What was sealed and is opened has the values, types and places that it had, and no block."""
    parsed = parse(SAMPLES[path], path)
    found = parse(write(parsed, sealing(parsed), block()), path)
    assert found.metadata is not None
    assert shape(found) == shape(parsed)
    opened = parse(write(found, {at: item.value for at, item in enumerate(parsed.items)}, None), path)
    assert opened.metadata is None
    assert shape(opened) == shape(parsed)
    assert [(type(i.value), i.value) for i in opened.items] == [(type(i.value), i.value) for i in parsed.items]


def shape(parsed: Parsed) -> list[tuple[object, ...]]:
    """Where the items are."""
    return [(item.document, item.route, item.comment) for item in parsed.items]


@RELAXED
@given(text=commented(), feed=st.sampled_from(["\n", "\r\n"]), cut=st.booleans(), pick=st.sets(st.integers(0, 40)))
def test_yaml_of_any_layout(text: str, feed: str, *, cut: bool, pick: set[int]) -> None:
    text = text.replace("\n", feed)
    parsed = parse(text.removesuffix(feed) if cut else text)
    some = {at: value for at, value in sealing(parsed).items() if at in pick}
    sealed = write(parsed, some, block())
    found = parse(sealed)
    values = [some.get(at, item.value) for at, item in enumerate(parsed.items)]
    leaves = [value for value, item in zip(values, parsed.items, strict=True) if not item.comment]
    assert [item.value for item in found.items if not item.comment] == leaves
    assert sorted(map(str, shape(found))) == sorted(map(str, shape(parsed)))
    assert found.metadata is not None
    assert replace(found.metadata, order=()) == block()
    assert write(found, {}, found.metadata) == sealed
    opened = parse(
        write(found, {at: " c" if i.comment else "x\ny\n" for at, i in enumerate(found.items) if i.sealed}, None)
    )
    assert opened.metadata is None
    wanted = ["x\ny\n" if item.sealed else item.value for item in found.items if not item.comment]
    assert [item.value for item in opened.items if not item.comment] == wanted


FORMS = {
    "a.yaml": [
        "a: @\nb: 1\n", "a:\n  - @\n  - b: @ # c\nc: x\n", "a: [@, {b: @}]\n", 'a: "@"\n', "a: &x @\n", "a: |-\n  @\n\nb: c",
    ],
    "a.json": ['{"a": "@", "b": ["@"]}\n'],
    "a.env": ["A=@\nexport B=@\n"],
    "a.ini": ["[a]\nb = @\nc=@ ; d\n"],
    "a.txt": ["@"],
}  # fmt: skip
FINITE = SCALARS.filter(lambda value: not isinstance(value, float) or abs(value) < 1e308)
CASES = [(path, form) for path, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("path", "form"), CASES)
@RELAXED
@given(data=st.data())
def test_any_value_is_read_back(path: str, form: str, data: st.DataObject) -> None:
    """Over a sealed value in any style, any clear value stands so that it is read as itself, or is refused."""
    sealed = SEALED.format("eA==", "str")
    flow = "[@" in form
    parsed = parse(form.replace("@", f'"{sealed}"' if flow else sealed), path)
    wanted: dict[int, Scalar] = {}
    typed = path.endswith((".yaml", ".json"))
    for index, item in enumerate(parsed.items):
        if isinstance(item.value, str) and "ENC[" in item.value and not item.comment:
            wanted[index] = data.draw(
                (FINITE if path == "a.json" else SCALARS)
                if typed
                else st.one_of(TEXT, st.text("a \n\t'\"`;#=\\[]nr\r", max_size=8))
            )
    try:
        written = write(parsed, wanted, None)
    except SealkitError:
        if path not in {"a.env", "a.ini"}:
            raise
        return
    again = parse(written, path)
    values = [wanted.get(at, item.value) for at, item in enumerate(parsed.items)]
    assert [(type(i.value), i.value) for i in again.items] == [(type(value), value) for value in values]
    if typed:
        resealed = write(again, dict.fromkeys(wanted, sealed), None)
        assert [item.value for item in parse(resealed, path).items] == [item.value for item in parsed.items]


@pytest.mark.parametrize("path", PATHS)
@RELAXED
@given(first=metadata(), second=metadata())
def test_blocks_are_read_back(path: str, first: Metadata, second: Metadata) -> None:
    """Any block, new or in place of another, in every format."""
    parsed = parse(SAMPLES[path], path)
    values = sealing(parsed)
    if path.endswith(".txt"):  # a binary block names no selector
        first, second = replace(first, selector=Metadata().selector), replace(second, selector=Metadata().selector)
    one = write(parsed, values, first)
    found = parse(one, path)
    assert said(found) == said_by(first)
    assert is_sealed(one.encode())
    two = write(found, {}, second)
    assert said(parse(two, path)) == said_by(second)
    assert write(parse(two, path), {}, second) == two
    assert shape(parse(two, path)) == shape(found)


def said(parsed: Parsed) -> Metadata:
    """The block of a file, but for its order."""
    assert parsed.metadata is not None
    return said_by(parsed.metadata)


def said_by(given_block: Metadata) -> Metadata:
    """A block, but for the order of its keys and of the kinds of recipients."""
    groups = [
        sorted(group, key=lambda wrapped: RECIPIENT_KINDS.index(wrapped.recipient.kind)) for group in given_block.groups
    ]
    return replace(given_block, order=(), groups=groups)


ODD = st.text("ab: \n\t-#{}[],'\"|>&*!%?=;\\/<0.1~_\r\x85\ufeff", max_size=60)
PIECES = st.lists(
    st.sampled_from(
        ["sops:\n", "    mac: ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]\n", "sops_mac=x\n", "[sops]\n", "mac = x\n", "{",
         '"sops": {"mac": "x"}', "}", "a: b\n", "  - c\n", "# d\n", "---\n", "...\n", "*a", "&a ", "<<: ", "|\n", "'", '"', ",",
         "sops_age__list_0__map_enc=1\n", "sops_age=1\n", "age:\n", "\n", " ", "!!int ", "? ", "\\", "`", "=", "\x00"]
    ), max_size=14,
).map("".join)  # fmt: skip


@settings(RELAXED, max_examples=400)
@given(
    path=st.sampled_from(["a.yaml", "a.json", "a.env", "a.ini", "a.bin"]),
    text=st.one_of(ODD, PIECES, st.text(max_size=30)),
)
def test_any_text_is_read_or_refused(path: str, text: str) -> None:
    store = store_for(path)
    is_sealed(text.encode("utf-8", "surrogatepass"))
    with contextlib.suppress(SealkitError):
        parsed = store.parse(text, path)
        for item in parsed.items:
            assert 0 <= item.start <= item.end <= len(text)
        assert store.write(parsed, {}, parsed.metadata) == text
        with contextlib.suppress(SealkitError):
            written = store.write(parsed, sealing(parsed), block())
            assert store.parse(written, path).metadata is not None


@settings(RELAXED, max_examples=200)
@given(data=st.binary(max_size=80))
def test_any_bytes_are_no_sealed_file(data: bytes) -> None:
    assert not is_sealed(data)
    assert not is_sealed(b"sops:\n  mac: " + data.replace(b"\n", b"") + b"\n\xff")


DEEP = 20_000
HOSTILE = {
    "a.yaml": [
        "[" * DEEP, "{a: " * DEEP, "- " * DEEP, "".join(f"{' ' * n}k:\n" for n in range(600)), "a: '" + "'" * DEEP,
        "x: &a [1]\n" + "".join(f"y{n}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)),
        "? " * DEEP, "!!str " * DEEP, "a: 1\n---\n" * 3 + "sops: {mac: x}\n", "- a\n", "a\n", "1: a\n", "true: a\n",
        "null: a\n", "? [a]\n: b\n", "a: 18446744073709551615\n", "a: !!int x\n", "a: !!binary '*'\n", "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n", "a: *b\n", "<<: a\n", "\tx: 1\n", "a: b: c\n", "sops: {mac: [1]}\n", "a: '\x01'\n",
        "sops:\n  mac: x\n  encrypted_regex: a\n  encrypted_suffix: b\n", "sops: {mac: x, age: {}}\n",
        "sops: {mac: x, shamir_threshold: -1}\n", "sops: {mac: x}\n---\nsops: y\n",
    ],
    "a.json": [
        "[" * DEEP, '{"a":' * DEEP, "[1]", "1", "", "{", '{"a":1,}', '{"a":1}x', '{"a":1,"a":2}', '{"a":1e999}', '{"a":01}',
        "{'a': 1}", '{"a": NaN}', '{"a": "\n"}', '{"sops": {"mac": "x", "version": {}}}',
    ],
    "a.env": [
        "a", "a=1\na=2", "A=1\r\n\r\n", "sops_mac=1\nsops_age__list_5__map_enc=1", "sops_mac=x\nsops_mac__map_a=y",
        "sops_mac=1\r\nsops_version=3\r\n", "sops_mac=1\nsops_a" + "__map_a" * DEEP + "=1",
    ],
    "a.ini": [
        "a", "[", "[]", "=b", "a=`", 'a="""\nx', "[a]\nb=1\nb=2", "[sops]\nmac=1\nmac=2", "`a=1",
        "[sops]\nmac=1\nage__list_1__map_enc=2\n",
    ],
    "a.bin": ['{"sops": {"mac": "x"}, "other": 1}', '{"sops": {"mac": "x"}, "data": "ENC[AES256_GCM,'],
}  # fmt: skip


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in HOSTILE.items() for text in texts])
def test_refused_in_one_line(path: str, text: str) -> None:
    with pytest.raises(SealkitError) as caught:
        parse(text, path)
    message = f"{caught.value.message} {caught.value.hint or ''}"
    assert message.startswith(path)
    assert "\n" not in message
    assert len(message) < 300


@pytest.mark.parametrize("path", ["a.yaml", "a.json", "a.env", "a.ini", "a.bin"])
def test_many_lines_take_linear_time(path: str) -> None:
    """Runs that are quadratic in anything would not end within the patience of whoever waits."""
    many = json.dumps({"a": [1] * 100_000}) if path == "a.json" else "#\n" * 100_000
    parse(many, path)
    if path == "a.yaml":
        parse("".join(f"k{n}: v # c\n" for n in range(20_000)), path)
    is_sealed(b"sops:\n mac:\n" * 20_000)
    is_sealed(b"[sops]\nmac = 1\n[x]\n" * 20_000)
    is_sealed(b'{"sops": ' * 20_000)


@RELAXED
@given(value=NUMBERS.filter(lambda number: abs(number) < 1e308))
def test_json_numbers(value: float) -> None:
    assert [item.value for item in parse(json.dumps({"a": value}), "a.json").items] == [value]
