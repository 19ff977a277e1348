"""The example tree: fresh values in the places that ask for them, everything else byte for byte."""

from __future__ import annotations

import base64
import re
import string
import uuid

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.errors import SealkitError, UsageError
from sealkit.sealed.example import GENERATORS, fill_in, generate_value, required_values
from sealkit.yamlspan.route import Route

LETTERS = set(string.ascii_letters + string.digits)


def nobody(name: str, what: str) -> str:
    raise AssertionError(f"asked for {name}")


@pytest.mark.parametrize("size", [1, 2, 3, 24, 63, 1000])
def test_sizes(size: int) -> None:
    assert re.fullmatch(f"[0-9a-f]{{{size}}}", generate_value(f"hex:{size}"))
    assert len(base64.b64decode(generate_value(f"base64:{size}"), validate=True)) == size
    for kind in ("alnum", "password"):
        value = generate_value(f"{kind}:{size}")
        assert len(value) == size
        assert set(value) <= LETTERS


def test_usual_sizes_and_kinds() -> None:
    assert uuid.UUID(generate_value("uuid")).version == 4
    assert len(base64.b64decode(generate_value("base64"))) == 24
    for kind in ("password", "alnum", "hex"):
        assert len(generate_value(kind)) == 24
    for _ in range(50):
        value = generate_value("password")
        assert any(map(str.islower, value))
        assert any(map(str.isupper, value))
        assert any(map(str.isdigit, value))


@pytest.mark.parametrize("kind", GENERATORS)
def test_never_twice_the_same(kind: str) -> None:
    assert len({generate_value(kind) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "passphrase",
        "hex:",
        "hex:0",
        "hex:-1",
        "hex:1.5",
        "hex:64:2",
        "hex:99999",
        "hex: 64",
        "uuid:5",
        "Hex:64",
        "hex:٣",
    ],
)
def test_unknown_generators(spec: str) -> None:
    with pytest.raises(UsageError):
        generate_value(spec)
    with pytest.raises(UsageError, match=r"^a\.yaml:3: ") as caught:
        fill_in(f"# c\nx: 1\npassword: '<generate:{spec}>'\n", "a.yaml", nobody)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("dsn: postgres://app:<generate:password>@db", "must be the whole value"),
        ("dsn: <generate:password><generate:password>", "must be the whole value"),
        ("x: <ask:>", "has no purpose"),
        ("x: '<ask: >'", "has no purpose"),
        ("x: <ask:a <b> c>", "must be the whole value"),
        ("x: <generate:hex:8", "must be the whole value"),
    ],
)
def test_what_cannot_be_meant(line: str, reason: str) -> None:
    with pytest.raises(UsageError, match=rf"^a\.yaml:2: .*{reason}"):
        required_values(f"a: b\n{line}\n", "a.yaml")


def test_nobody_is_asked_where_the_file_is_wrong(canary: Canary) -> None:
    with pytest.raises(UsageError):
        fill_in("a: <ask:x>\nb: <generate:nothing>\n", "a.yaml", nobody)


def test_everything_else_stays(canary: Canary) -> None:
    secret = canary.secret()
    text = (
        "# what the shop needs\r\n"
        "database:   # kept\r\n"
        "  user:    app\r\n"
        "  password: <generate:hex:64>   # sixty-four\r\n"
        "\r\n"
        "  port: 5432\r\n"
        '  quoted: "<generate:uuid>"\r\n'
        "  list: [ '<ask:the first>', literal,  <generate:alnum:8> ]\r\n"
        "---\r\n"
        "---\r\n"
        "other: {x: <ask:the second>}\r\n"
    )
    asked: list[tuple[str, str]] = []

    def ask(name: str, what: str) -> str:
        asked.append((name, what))
        return secret

    made = fill_in(text, "private.example/a.sops.yaml", ask)
    assert asked == [("database.list[0]", "the first"), ("other.x", "the second")]
    pattern = re.escape(text)
    for mark in re.findall(r"(?:'|\")?<(?:generate|ask):[^<>]*>(?:'|\")?", text):
        pattern = pattern.replace(re.escape(mark), r"(.+?)", 1)
    assert re.fullmatch(pattern, made, re.DOTALL)
    first, empty, second = yaml.safe_load_all(made)
    assert empty is None
    assert first["database"]["list"][0] == second["other"]["x"] == secret
    assert re.fullmatch("[0-9a-f]{64}", first["database"]["password"])
    assert first["database"]["port"] == 5432


@given(st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\ufeff"), min_size=1, max_size=40))
def test_an_answer_is_always_text(answer: str) -> None:
    text = "a:\n  plain: <ask:x>\n  block: |-\n    <ask:x>\n  flow: [<ask:x>, {k: '<ask:x>'}]\nb: <ask:x>\n"
    made = yaml.safe_load(fill_in(text, "a.yaml", lambda *_: answer))
    assert made == {"a": {"plain": answer, "block": answer, "flow": [answer, {"k": answer}]}, "b": answer}


@pytest.mark.parametrize(
    "answer", ["true", "null", "~", "0644", "1e3", "yes", "2026-01-01", "- x", "a: b", " x ", "12:30", "0x1f", "*a"]
)
def test_what_another_reader_would_take_for_a_type(answer: str) -> None:
    assert yaml.safe_load(fill_in("a: <ask:x>\n", "a.yaml", lambda *_: answer)) == {"a": answer}


def test_a_block_stays_a_block(canary: Canary) -> None:
    key = f"-----BEGIN KEY-----\n{canary.secret()}\n-----END KEY-----"
    text = "stringData:\n  tls.key: |\n    <ask:the key>\n  # kept\n  items:\n    - |\n      <ask:the key>\nlast: 1\n"
    made = fill_in(text, "a.yaml", lambda *_: key)
    assert made.startswith("stringData:\n  tls.key: |\n    -----BEGIN KEY-----\n    ")
    assert "  # kept\n  items:\n" in made
    assert yaml.safe_load(made) == {"stringData": {"tls.key": f"{key}\n", "items": [f"{key}\n"]}, "last": 1}


def test_aliases_follow_their_anchor() -> None:
    text = (
        "a: &pw <generate:password>\nb: *pw\nbase: &base {x: &x '<generate:hex:8>'}\nc: *base\nd: {<<: *base, y: 1}\n"
    )
    made = fill_in(text, "a.yaml", nobody)
    assert re.fullmatch(r"a: &pw \S+\nb: \*pw\nbase: &base \{x: &x \S+\}\nc: \*base\nd: \{<<: \*base, y: 1\}\n", made)
    tree = yaml.safe_load(made)
    assert tree["a"] == tree["b"]
    assert tree["base"]["x"] == tree["c"]["x"] == str(tree["d"]["x"])
    assert [need.name for need in required_values(text, "a.yaml")] == ["a", "base.x"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.json", '{\n\t"a": {"b": "<ask:x>"},\n\t"n": 1\n}\n'),
        ("a.env", "# c\nexport A=1\nB=<ask:x>\n"),
        ("a.ini", "[s]\n; c\nb = <ask:x>\n"),
        ("token.txt", "<ask:x>\n"),
        ("token.txt", "<ask:x>"),
    ],
)
def test_other_formats(path: str, text: str, canary: Canary) -> None:
    secret = canary.secret()
    assert fill_in(text, path, lambda *_: secret).strip("\n") == text.replace("<ask:x>", secret).strip("\n")


def test_whole_file_with_lines(canary: Canary) -> None:
    key = f"first\n{canary.secret()}"
    assert fill_in("<ask:x>\n", "id_key", lambda *_: key) == f"{key}\n"


def test_what_is_wanted() -> None:
    text = "a: <generate:hex:64>\nb:\n  - c: '<ask: what for >'\n---\nd: literal\n"
    first, second = required_values(text, "a.yaml")
    assert (first.name, first.line, first.generator, first.ask) == ("a", 1, "hex:64", "")
    assert (second.name, second.line, second.generator, second.ask) == ("b[0].c", 3, "", "what for")
    assert second.route == Route(("b", 0, "c"))


@pytest.mark.parametrize("text", ["a: [\n", "- <ask:x>\n", "a: 1\na: 2\n"])
def test_files_that_sops_does_not_take(text: str) -> None:
    with pytest.raises(SealkitError, match=r"a\.yaml"):
        fill_in(text, "a.yaml", nobody)
