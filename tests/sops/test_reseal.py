"""An unchanged value keeps its ciphertext, a changed one gets a fresh nonce; recipients and selector stay."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from real_sops import Bench, opened, reseal, rewrap, rule, seal, trees

from canary import Canary
from sealkit.errors import RefusedError, SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.reveal import reveal
from sealkit.sealed.metadata import Recipient
from sealkit.sops.decrypt import Opened
from sealkit.sops.encrypt import plain

ENC = re.compile(r"ENC\[[^\]]+\]")
TEXT = """\
# a note
db:
    user: app
    password: {one}
    port: 5432
    hosts:
        - a
        - b
        - c
mail:
    token: {two}
"""


@pytest.fixture
def found(bench: Bench, keyring: Keyring, canary: Canary) -> Opened:
    """A file encrypted by sops and decrypted by sealkit."""
    text = TEXT.format(one=canary.secret(), two=canary.secret())
    return opened("a.yaml", bench.encrypt("a.yaml", text), keyring)


def sealed_values(text: str) -> list[str]:
    """All rows except the MAC."""
    return [value for row in text.splitlines() if "mac:" not in row for value in ENC.findall(row)]


def nonces(values: list[str]) -> set[str]:
    return {value.split("iv:")[1].split(",")[0] for value in values}


def test_no_change_gives_the_same_bytes(found: Opened) -> None:
    assert reseal(found, plain(found)) == found.parsed.text


def test_one_changed_leaf_changes_one_line(bench: Bench, found: Opened, canary: Canary) -> None:
    new = plain(found).replace("user: app", f"user: {canary.secret()}")
    text = reseal(found, new)
    before, after = found.parsed.text.splitlines(), text.splitlines()
    assert len(before) == len(after)
    changed = [row.strip().split(":")[0] for row, old in zip(after, before, strict=True) if row != old]
    assert changed == ["user", "lastmodified", "mac"] or changed == ["user", "mac"]
    assert yaml.safe_load(bench.decrypt("a.yaml", text)) == yaml.safe_load(new)
    fresh = set(sealed_values(text)) - set(sealed_values(found.parsed.text))
    assert len(fresh) == 1
    assert not nonces(list(fresh)) & nonces(sealed_values(found.parsed.text))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "fresh"),
    [
        ("        - a\n", "        - new\n        - a\n", 1),
        ("        - a\n        - b\n", "        - b\n        - a\n", 0),
        ("        - b\n", "", 0),
        ("        - c\n", "        - c\n        - c\n", 1),
        ("    port: 5432\n", '    port: "5432"\n', 1),
        ("    port: 5432\n", "", 0),
        ("    user: app\n", "    user: app\n    extra: app\n", 1),
        ("    user: app\n", "    name: app\n", 1),
        ("# a note\n", "# another note\n", 1),
        ("# a note\n", "", 0),
        ("mail:\n", "# a note\nmail:\n", 1),
        ("    port: 5432\n", "    port: null\n", 0),
        ("    port: 5432\n", '    port: ""\n', 0),
        ("    user: app\n", "    user:   'app'\n", 0),
    ],
)
def test_what_is_encrypted_again(bench: Bench, found: Opened, old: str, new: str, fresh: int) -> None:
    changed = plain(found).replace(old, new)
    assert changed != plain(found)
    text = reseal(found, changed)
    added = set(sealed_values(text)) - set(sealed_values(found.parsed.text))
    assert len(added) == fresh
    assert len(nonces(sealed_values(text))) == len(sealed_values(text))
    assert yaml.safe_load(bench.decrypt("a.yaml", text)) == yaml.safe_load(changed)


def test_the_rule_of_the_file_stays(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    text = f"kind: Secret\ndata:\n    a: {canary.secret()}\n"
    sealed = seal("a.yaml", text, rule(bench.recipient, mode="encrypted_regex", pattern="^data$", mac_only=True))
    again = reseal(opened("a.yaml", sealed, keyring), text + "    b: x\n")
    found = opened("a.yaml", again, keyring)
    assert found.metadata.selector.pattern == "^data$"
    assert found.metadata.mac_only_encrypted
    assert "kind: Secret" in again
    assert "b: ENC[" in again


def test_the_order_of_the_block_stays(bench: Bench, keyring: Keyring, canary: Canary) -> None:
    """sops 3.13 writes the block in alphabetical order, 3.11 in its own."""
    sealed = bench.encrypt("a.yaml", f"a: {canary.secret()}\nb: c\n").decode()
    head, block = sealed.split("sops:\n")
    rows = block.splitlines(keepends=True)
    at = next(index for index, row in enumerate(rows) if row.startswith("    lastmodified"))
    turned = head + "sops:\n" + "".join([*rows[at:], *rows[:at]])
    found = opened("a.yaml", turned, keyring)
    text = reseal(found, plain(found).replace("b: c", "b: d"))

    def keys(text: str) -> list[str]:
        return [row.split(":")[0] for row in text.split("sops:\n")[1].splitlines()]

    assert keys(text) == keys(turned)
    assert bench.opens("a.yaml", text)


def test_what_is_sealed_already_is_refused(bench: Bench, found: Opened) -> None:
    text = found.parsed.text
    with pytest.raises(RefusedError, match="top-level key sops"):
        seal("a.yaml", text, rule(bench.recipient))
    with pytest.raises(RefusedError, match="top-level key sops"):
        reseal(found, text)
    for document in ("sops: x\n", "a: b\nsops:\n    c: d\n"):
        with pytest.raises(SealkitError):
            seal("a.yaml", document, rule(bench.recipient))
    value = sealed_values(text)[-1]
    with pytest.raises(RefusedError, match=r"^a\.yaml \.x: holds a sealed value already"):
        seal("a.yaml", f"x: {value}\n", rule(bench.recipient))
    with pytest.raises(RefusedError, match=r"^a\.yaml \.x: holds a sealed value already"):
        reseal(found, plain(found) + f"x: {value}\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "a_unencrypted: -0.0\n"),
        ("a.json", '{"a_unencrypted": -0.0}'),
        ("a.json", '{"a_unencrypted": 9007199254740993}'),
        ("a.yaml", "a_unencrypted: 18446744073709551615\n"),
        ("a.yaml", "a: 9223372036854775808\n"),
        ("a.yaml", 'a: "\\ud800"\n'),
        ("a.yaml", "%YAML 1.2\n---\na: b\n"),
    ],
)
def test_what_sops_could_not_read_back_is_refused(bench: Bench, path: str, text: str) -> None:
    with pytest.raises(SealkitError, match=rf"^{path}"):
        seal(path, text, rule(bench.recipient))


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [("a.yaml", "a: -0.0\n", b"a: -0\n"), ("a.json", '{"a": 9007199254740993}', b'{\n\t"a": 9007199254740993\n}\n')],
)
def test_sealed_they_are_safe(bench: Bench, path: str, text: str, expected: bytes) -> None:
    assert bench.decrypt(path, seal(path, text, rule(bench.recipient))) == expected


def test_no_recipients_is_an_error(bench: Bench) -> None:
    with pytest.raises(SealkitError, match="no recipients to seal it to"):
        seal("a.yaml", "a: b\n", rule())


def stranger() -> str:
    import pyrage

    return str(pyrage.x25519.Identity.generate().to_public())


def groups(*recipients: str) -> list[list[Recipient]]:
    return [[Recipient("age", each) for each in recipients]]


def test_a_recipient_joins_and_nothing_else_changes(bench: Bench, keyring: Keyring, found: Opened) -> None:
    other = stranger()
    text = rewrap(found, groups(bench.recipient, other), rotate=False)
    again = opened("a.yaml", text, keyring)
    assert [str(r) for r in again.metadata.recipients] == [bench.recipient, other]
    assert sealed_values(text) == sealed_values(found.parsed.text)
    assert again.metadata.mac == found.metadata.mac
    assert again.data_key == found.data_key
    assert again.metadata.groups[0][0] == found.metadata.groups[0][0]
    assert bench.opens("a.yaml", text)
    assert rewrap(again, groups(bench.recipient, other), rotate=False) == text


def test_rotation_changes_the_data_key_and_every_nonce(bench: Bench, keyring: Keyring, found: Opened) -> None:
    text = rewrap(found, groups(bench.recipient), rotate=True)
    again = opened("a.yaml", text, keyring)
    assert again.data_key != found.data_key
    assert list(map(reveal, again.values)) == list(map(reveal, found.values))
    assert not nonces(sealed_values(text)) & nonces(sealed_values(found.parsed.text))
    assert len(nonces(sealed_values(text))) == len(sealed_values(text))
    assert trees(again) == trees(found)
    assert plain(again) == plain(found)
    assert bench.decrypt("a.yaml", text) == bench.decrypt("a.yaml", found.parsed.text)


def test_a_removed_recipient_decrypts_nothing(bench: Bench, found: Opened) -> None:
    text = rewrap(found, groups(stranger()), rotate=True)
    assert not bench.opens("a.yaml", text)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    port: ENC", "    part: ENC", "would not open again; nothing was written"),
        ("sops:", "ops:", "would not be sealed; nothing was written"),
    ],
)
def test_what_would_not_open_again_is_never_handed_out(
    found: Opened, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str
) -> None:
    """A store that writes wrong text is detected: the text is parsed again and its MAC recomputed before it is written."""
    from sealkit.sealed.stores.yaml_store import YamlStore

    right, changed = YamlStore.write, plain(found).replace("user: app", "user: web")

    def wrong(*args: Any) -> str:
        return right(*args).replace(old, new, 1)

    monkeypatch.setattr(YamlStore, "write", wrong)
    with pytest.raises(SealkitError, match=rf"^a\.yaml.*{message}"):
        reseal(found, changed)
