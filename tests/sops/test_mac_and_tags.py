"""Every change that the MAC or a tag detects is refused with exit code 1, with the file and, for a single value, its route."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from real_sops import Bench, opened, rule, seal

from canary import Canary
from sealkit.errors import Exit, RefusedError, SealkitError
from sealkit.keys.keyring import Keyring

TEXT = """\
kind: Secret
metadata:
    name: app
data:
    one: {one}
    two: {two}
    three: 7
    list:
        - {three}
        - b
"""
Change = Callable[[str], str]


@pytest.fixture
def text(canary: Canary) -> str:
    return TEXT.format(one=canary.secret(), two=canary.secret(), three=canary.secret())


@pytest.fixture
def sealed(bench: Bench, text: str) -> str:
    """A file encrypted by the real sops."""
    return bench.encrypt("a.yaml", text, "--encrypted-regex", "^data$").decode()


def value(text: str, key: str) -> str:
    return next(row.split(": ", 1)[1] for row in text.splitlines() if row.strip().startswith(f"{key}: ENC"))


def swap(one: str, two: str) -> Change:
    def change(text: str) -> str:
        a, b = value(text, one), value(text, two)
        return text.replace(a, "\0").replace(b, a).replace("\0", b)

    return change


def flip(field: str, key: str = "one") -> Change:
    def change(text: str) -> str:
        old = value(text, key)
        found = re.search(rf"{field}:([^,\]]+)", old)
        assert found is not None
        raw = bytearray(base64.b64decode(found[1]))
        raw[-1] ^= 1
        return text.replace(old, old.replace(found[1], base64.b64encode(raw).decode()))

    return change


def cut(text: str) -> str:
    old = value(text, "one")
    found = re.search(r"tag:([^,]+)", old)
    assert found is not None
    return text.replace(old, old.replace(found[1], base64.b64encode(base64.b64decode(found[1])[:8]).decode()))


def items(text: str) -> str:
    rows = [row for row in text.splitlines() if row.startswith("        - ENC")]
    return text.replace(rows[0], "\0").replace(rows[1], rows[0]).replace("\0", rows[1])


def without(pattern: str) -> Change:
    return lambda text: re.sub(pattern, "", text, count=1, flags=re.MULTILINE | re.DOTALL)


def into(old: str, new: str) -> Change:
    return lambda text: text.replace(old, new, 1)


LEAF: dict[str, tuple[Change, str]] = {
    "flipped data": (flip("data"), ".data.one"),
    "flipped iv": (flip("iv"), ".data.one"),
    "flipped tag": (flip("tag"), ".data.one"),
    "cut tag": (cut, ".data.one"),
    "swapped values": (swap("one", "two"), ".data.one"),
    "renamed sealed key": (into("    one:", "    uno:"), ".data.uno"),
    "moved up": (lambda t: t.replace("metadata:\n", f"metadata:\n    data: {value(t, 'one')}\n"), ".metadata.data"),
    "opened value": (lambda t: t.replace(value(t, "one"), "x"), ".data.one"),
    "opened number": (lambda t: t.replace(value(t, "three"), "7"), ".data.three"),
    "type that does not fit": (
        lambda t: t.replace(value(t, "one"), value(t, "one").replace(":str]", ":int]")),
        ".data.one",
    ),
    "unknown type": (lambda t: t.replace(value(t, "one"), value(t, "one").replace(":str]", ":blob]")), ".data.one"),
    "text behind": (lambda t: t.replace(value(t, "one"), value(t, "one") + "x"), ".data.one"),
}
WHOLE: dict[str, Change] = {
    "changed open value": into("name: app", "name: other"),
    "changed open type": into("name: app", "name: 1"),
    "blanked ciphertext": lambda t: t.replace(value(t, "one"), '""'),
    "removed leaf": without(r"^    two: ENC[^\n]*\n"),
    "swapped list items": items,
    "repeated list item": lambda t: re.sub(r"(        - ENC[^\n]*\n)", r"\1\1", t, count=1),
    "reordered leaves": lambda t: re.sub(r"(    one: [^\n]*\n)(    two: [^\n]*\n)", r"\2\1", t),
    "changed lastmodified": lambda t: re.sub(r'(lastmodified: "\d)\d', r"\g<1>1", t),
    "changed mac": lambda t: re.sub(r"(mac: ENC\[AES256_GCM,data:)(..)", r"\g<1>AA", t),
    "removed mac": without(r"^    mac: [^\n]*\n"),
    "emptied mac": lambda t: re.sub(r"    mac: ENC[^\n]*", '    mac: ""', t),
    "selector that seals less": into("encrypted_regex: ^data$", "encrypted_regex: ^list$"),
    "selector that seals nothing": into("encrypted_regex: ^data$", "encrypted_regex: ^nothing$"),
    "mac over sealed values only": into("    version:", "    mac_only_encrypted: true\n    version:"),
}


@pytest.mark.parametrize("what", LEAF)
def test_a_changed_leaf_is_named(bench: Bench, keyring: Keyring, canary: Canary, sealed: str, what: str) -> None:
    change, route = LEAF[what]
    tampered = change(sealed)
    assert tampered != sealed
    assert what == "text behind" or not bench.opens("a.yaml", tampered)
    with pytest.raises(RefusedError) as caught:
        opened("a.yaml", tampered, keyring)
    assert caught.value.message.startswith(f"a.yaml {route}: ")
    assert caught.value.exit_code is Exit.NO
    assert caught.value.hint
    canary.hear("message", f"{caught.value.message} {caught.value.hint}")


@pytest.mark.parametrize("what", WHOLE)
def test_a_changed_file_is_refused(bench: Bench, keyring: Keyring, canary: Canary, sealed: str, what: str) -> None:
    tampered = WHOLE[what](sealed)
    assert tampered != sealed
    assert not bench.opens("a.yaml", tampered)
    with pytest.raises(RefusedError, match=r"^a\.yaml") as caught:
        opened("a.yaml", tampered, keyring)
    assert caught.value.exit_code is Exit.NO
    canary.hear("message", f"{caught.value.message} {caught.value.hint}")


def test_a_file_without_a_version_or_recipient(bench: Bench, keyring: Keyring, sealed: str) -> None:
    for change in (without(r"^    version:[^\n]*\n"), without(r"^    age:\n.*?(?=^    lastmod)")):
        tampered = change(sealed)
        assert not bench.opens("a.yaml", tampered)
        with pytest.raises(SealkitError, match=r"^a\.yaml"):
            opened("a.yaml", tampered, keyring)


def test_a_value_of_another_file_with_another_data_key(bench: Bench, keyring: Keyring, sealed: str, text: str) -> None:
    other = seal("b.yaml", text, rule(bench.recipient, mode="encrypted_regex", pattern="^data$"))
    tampered = sealed.replace(value(sealed, "one"), value(other, "one"))
    with pytest.raises(RefusedError, match=r"^a\.yaml \.data\.one"):
        opened("a.yaml", tampered, keyring)


def test_a_wrapped_key_of_another_file(bench: Bench, keyring: Keyring, sealed: str, text: str) -> None:
    other = seal("b.yaml", text, rule(bench.recipient))
    block = re.compile(r"-----BEGIN AGE.*?-----END AGE ENCRYPTED FILE-----", re.DOTALL)
    theirs = [row.strip() for row in block.findall(other)[0].splitlines()]
    indent = re.search(r"\n( +)-----BEGIN", sealed)
    assert indent is not None
    tampered = block.sub(f"\n{indent[1]}".join(theirs), sealed)
    with pytest.raises(RefusedError):
        opened("a.yaml", tampered, keyring)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["a.json", "a.env", "a.ini", "a.bin"])
def test_no_flipped_byte_gives_other_values(bench: Bench, keyring: Keyring, canary: Canary, path: str) -> None:
    """Each single character of a sealed file, replaced: the file is refused, unreadable, or has the same values."""
    from real_sops import values

    texts = {
        "a.json": '{"a": "x1", "b": [1, true]}', "a.env": "A=x1\nB=2\n", "a.ini": "[s]\na = x1\n", "a.bin": "x1",
    }  # fmt: skip
    sealed = bench.encrypt(path, texts[path]).decode()
    expected = values(opened(path, sealed, keyring))
    for at in range(0, len(sealed), 3):
        tampered = sealed[:at] + ("b" if sealed[at] == "a" else "a") + sealed[at + 1 :]
        try:
            found = opened(path, tampered, keyring)
        except SealkitError:
            continue
        assert values(found) == expected, (at, sealed[at - 20 : at + 20])
