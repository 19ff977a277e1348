"""Identity files: what is read, what is rejected without quoting it, and generating a new identity."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pyrage
import pytest
from keys_lab import plugin, ssh_key

from canary import Canary
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.keys import identities, recipients
from sealkit.keys.identities import IdentityKind
from sealkit.keys.keyring import Keyring

pytestmark = pytest.mark.slow


def new_key() -> tuple[str, str]:
    key = pyrage.x25519.Identity.generate()
    return str(key), str(key.to_public())


def test_comments_blank_lines_and_blanks(tmp_path: Path) -> None:
    (one, first), (two, second), (three, third) = new_key(), new_key(), new_key()
    text = f"\ufeff# created: today\r\n# public key: {first}\r\n{one}\r\n\r\n  {two} {three}\r\n"
    found = identities.read(text.encode(), "k")
    assert [(i.kind, i.recipient) for i in found] == [(IdentityKind.X25519, who) for who in (first, second, third)]


def test_plugin_identity_and_the_recipient_in_its_comment(tmp_path: Path) -> None:
    recipient, identity, _ = plugin(tmp_path / "bin")
    _, other = new_key()
    found = identities.read(f"#    Recipient: {recipient}\n{identity}\n# {other}\n{identity}\n".encode(), "k")
    assert [(i.kind, i.plugin, i.recipient) for i in found] == [
        (IdentityKind.PLUGIN, "lab", recipient),
        (IdentityKind.PLUGIN, "lab", ""),
    ]


@pytest.mark.parametrize(
    ("kind", "form"), [("ed25519", ""), ("rsa", ""), ("rsa", "PEM"), ("rsa", "PKCS8")]
)  # fmt: skip
@pytest.mark.parametrize("passphrase", ["", "hunter's passphrase"])
def test_ssh_keys(tmp_path: Path, kind: str, form: str, passphrase: str) -> None:
    recipient = ssh_key(tmp_path / "k", kind=kind, form=form, passphrase=passphrase)
    (found,) = identities.read((tmp_path / "k").read_bytes(), "k")
    hidden = bool(passphrase and form)  # an encrypted key in an older form does not show its public half
    assert found.kind is (IdentityKind.LOCKED_SSH if passphrase else IdentityKind.SSH)
    assert found.recipient == ("" if hidden else recipient)


@pytest.mark.parametrize("armored", [True, False])
def test_passphrase_protected_file(armored: bool) -> None:
    sealed = pyrage.passphrase.encrypt(b"x", "passphrase", armored)
    assert [i.kind for i in identities.read(sealed, "k")] == [IdentityKind.LOCKED_FILE]


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["{word}"], 1),
        (["# c", "", "AGE-SECRET-KEY-1{word}"], 3),
        (["{key}x"], 1),
        (["{key}", "age-plugin-../../{word}1qqqqqq"], 2),
        (["{recipient}"], 1),
    ],
)
def test_a_bad_line_is_named_and_not_shown(canary: Canary, lines: list[str], line: int) -> None:
    key, recipient = new_key()
    word = canary.secret()
    text = "\n".join(lines).format(word=word, key=key, recipient=recipient)
    with pytest.raises(SealkitError) as caught:
        identities.read(text.encode(), "keys.txt")
    shown = f"{caught.value.message} {caught.value.hint}"
    assert caught.value.message == f"keys.txt:{line}: not a valid age identity"
    assert word not in shown
    assert key[20:] not in shown


def test_files_that_hold_no_identity(tmp_path: Path) -> None:
    key = tmp_path / "k"
    ssh_key(key, kind="ecdsa")
    for data, reason in (
        (b"\xff\xfe\x00", "not an identity file"),
        (key.read_bytes(), "an ssh key of type ecdsa-sha2-nistp256"),
        (key.read_bytes()[:200] + b"\n-----END OPENSSH PRIVATE KEY-----\n", "not a valid ssh private key"),
        (b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", "not a valid ssh private key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----", "not a valid ssh private key"),
    ):
        with pytest.raises(SealkitError, match=reason):
            identities.read(data, "k")
    assert identities.read(b"", "k") == []


def test_new_identity_is_where_sops_looks(home: Path, tmp_path: Path) -> None:
    path, recipient = identities.generate(os.environ)
    assert path == home / ".config/sops/age/keys.txt"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    made = subprocess.run(
        ["sops", "encrypt", "--age", recipient, "--filename-override", "a.yaml", "/dev/stdin"],
        input=b"a: b\n", capture_output=True, check=True,
    )  # fmt: skip
    (tmp_path / "a.yaml").write_bytes(made.stdout)
    assert subprocess.run(["sops", "decrypt", tmp_path / "a.yaml"], capture_output=True, check=True).stdout == b"a: b\n"


def test_new_identity_is_added_and_nothing_is_lost(home: Path, age_key: str) -> None:
    path = home / ".config/sops/age/keys.txt"
    before = path.read_bytes().rstrip(b"\n")
    path.write_bytes(before)
    _, recipient = identities.generate(os.environ)
    assert path.read_bytes().startswith(before + b"\n# created: ")
    assert [str(own.recipient) for own in Keyring.discover(os.environ).own()] == [age_key, recipient]


@pytest.mark.parametrize("content", [b"not a key\n", "locked"])
def test_new_identity_spoils_no_other_file(home: Path, content: bytes | str) -> None:
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True)
    data = content if isinstance(content, bytes) else pyrage.passphrase.encrypt(b"x", "passphrase")
    path.write_bytes(data)
    with pytest.raises(RefusedError):
        identities.generate(os.environ)
    assert path.read_bytes() == data


def test_a_key_file_that_others_can_read_is_a_warning(home: Path, age_key: str) -> None:
    path = home / ".config/sops/age/keys.txt"
    assert Keyring.discover(os.environ).warnings == []
    path.chmod(0o644)
    assert Keyring.discover(os.environ).warnings == [
        (f"{path}: other users can read this key file", f"chmod 600 {path}")
    ]


@pytest.mark.parametrize("text", ["{age}", " {age}\n", "{ssh} me@here", "{pgp}", "0x{pgp}", "{spaced}", "{plugin}"])
def test_recipients(tmp_path: Path, text: str) -> None:
    pgp = "0123456789ABCDEF0123456789ABCDEF01234567"
    known = {
        "age": new_key()[1],
        "ssh": ssh_key(tmp_path / "k"),
        "pgp": pgp,
        "spaced": " ".join(pgp[at : at + 4] for at in range(0, 40, 4)).lower(),
        "plugin": plugin(tmp_path / "bin")[0],
    }
    found = recipients.parse(text.format(**known))
    assert found.id in {known["age"], known["ssh"], known["pgp"], known["plugin"]}
    assert found.kind == ("pgp" if "p" in text and "plugin" not in text else "age")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a recipient"),
        ("me@example.invalid", "not a recipient"),
        ("0123ABCD", "short PGP key id"),
        ("0123456789ABCDEF", "short PGP key id"),
        ("age1qqqq", "not an age recipient"),
        ("age1../x1qqqqqq", "not an age recipient"),
        ("ssh-ed25519 AAAA", "not a complete public key"),
        ("ssh-dss AAAA", "age supports ssh-ed25519 and ssh-rsa"),
        ("arn:aws:kms:eu-central-1:0:key/x", "key of a cloud service"),
        ("https://vault.example.invalid/v1/transit/keys/x", "key of a cloud service"),
    ],
)
def test_invalid_recipients(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        recipients.parse(text)


def test_an_identity_given_as_a_recipient_is_not_repeated() -> None:
    key, _ = new_key()
    with pytest.raises(UsageError, match="this is an identity") as caught:
        recipients.parse(key)
    assert key[20:] not in f"{caught.value.message} {caught.value.hint}"
