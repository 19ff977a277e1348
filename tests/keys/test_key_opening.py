"""sealkit unwraps data keys that the real sops wrapped, and the reverse."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pyrage
import pytest
from keys_lab import pgp_key, plugin, sealed_by_sops, ssh_key, value, with_copy, wrapped

from canary import Canary
from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import age_format, recipients
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped


def ring(**extra: str) -> Keyring:
    return Keyring.discover({**os.environ, **extra})


@pytest.fixture
def data_key(canary: Canary) -> bytes:
    """A data key of 32 bytes that contains the canary."""
    return canary.secret().encode().ljust(32, b"-")[:32]


KINDS = ["age", "ssh-ed25519", "ssh-rsa", "pgp", "plugin"]


@pytest.fixture(params=KINDS)
def whom(request: pytest.FixtureRequest, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipient:
    """A recipient of each kind, with its identity where sops looks for it."""
    kind = request.param
    if kind == "pgp":
        return Recipient("pgp", pgp_key("me@example.invalid"))
    if kind.startswith("ssh-"):
        short = kind.removeprefix("ssh-")
        return Recipient("age", ssh_key(home / ".ssh" / f"id_{short}", kind=short))
    if kind == "plugin":
        recipient, identity, _ = plugin(tmp_path / "bin")
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("SOPS_AGE_KEY", identity)
        return Recipient("age", recipient)
    key = pyrage.x25519.Identity.generate()
    monkeypatch.setenv("SOPS_AGE_KEY", str(key))
    return Recipient("age", str(key.to_public()))


def test_unwraps_what_sops_wrapped(whom: Recipient, tmp_path: Path, canary: Canary) -> None:
    secret = canary.secret()
    path = sealed_by_sops(tmp_path, secret, f"--{whom.kind}", whom.id)
    (key,) = ring().unwrap(wrapped(path), "a.yaml")
    assert key is not None
    assert len(key) == 32
    assert value(path, key) == secret


@pytest.mark.slow
def test_sops_unwraps_what_sealkit_wraps(whom: Recipient, tmp_path: Path, canary: Canary) -> None:
    secret, own = canary.secret(), pyrage.x25519.Identity.generate()
    path = sealed_by_sops(tmp_path, secret, "--age", str(own.to_public()))
    key = ring(SOPS_AGE_KEY=str(own)).first(wrapped(path), "a.yaml")
    assert key is not None
    with_copy(path, Wrapped(whom, recipients.wrap(whom, key)))
    done = subprocess.run(
        ["sops", "decrypt", "--extract", '["password"]', path], capture_output=True, text=True, check=False
    )
    assert done.stdout == secret, done.stderr


def test_all_sources_are_united(home: Path, tmp_path: Path, data_key: bytes) -> None:
    keys = {name: pyrage.x25519.Identity.generate() for name in ("variable", "file", "command", "usual")}
    (tmp_path / "k.txt").write_text(f"{keys['file']}\n")
    (tmp_path / "cmd").write_text(
        f"#!/bin/sh\necho '{keys['command']}'\necho \"$SOPS_AGE_RECIPIENT\" >> {tmp_path}/asked\n"
    )
    (tmp_path / "cmd").chmod(0o755)
    usual = home / ".config/sops/age/keys.txt"
    usual.parent.mkdir(parents=True)
    usual.write_text(f"# a comment\n\n{keys['usual']}\n")
    named = ssh_key(tmp_path / "named")
    ed25519 = ssh_key(home / ".ssh/id_ed25519")
    held = ring(
        SOPS_AGE_KEY=str(keys["variable"]),
        SOPS_AGE_KEY_FILE=str(tmp_path / "k.txt"),
        SOPS_AGE_KEY_CMD=f"'{tmp_path / 'cmd'}' --some 'argument here'",
        SOPS_AGE_SSH_PRIVATE_KEY_FILE=str(tmp_path / "named"),
        SOPS_AGE_SSH_PRIVATE_KEY_CMD=f"cat {home / '.ssh/id_ed25519'}",
    )
    who = [Recipient("age", str(key.to_public())) for key in keys.values()]
    who += [Recipient("age", named), Recipient("age", ed25519)]
    copies = [Wrapped(one, recipients.wrap(one, data_key)) for one in who]
    assert held.unwrap(copies) == [data_key] * len(copies)
    assert held.opened_by([([copy], "a.yaml") for copy in copies]) == [
        "SOPS_AGE_KEY", f"SOPS_AGE_KEY_FILE ({tmp_path / 'k.txt'})", "SOPS_AGE_KEY_CMD", str(usual),
        f"SOPS_AGE_SSH_PRIVATE_KEY_FILE ({tmp_path / 'named'})", str(home / ".ssh/id_ed25519"),
    ]  # fmt: skip
    assert (tmp_path / "asked").read_text() == f"{who[2]}\n"  # only for the copy that nothing else opened
    assert not held.problems


def test_nothing_is_read_before_it_is_needed(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "ran"
    held = ring(SOPS_AGE_KEY_CMD=f"touch {log}", SOPS_AGE_KEY_FILE=str(tmp_path / "missing"))
    assert held.own() == []
    assert not log.exists()


def test_key_command_does_not_see_the_key_in_the_environment(home: Path, tmp_path: Path, data_key: bytes) -> None:
    own, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    (tmp_path / "cmd").write_text(f"#!/bin/sh\nenv > {tmp_path}/env\n")
    (tmp_path / "cmd").chmod(0o755)
    who = Recipient("age", str(other.to_public()))
    held = ring(SOPS_AGE_KEY=str(own), SOPS_AGE_KEY_CMD=str(tmp_path / "cmd"))
    assert held.first([Wrapped(who, recipients.wrap(who, data_key))]) is None
    assert f"SOPS_AGE_RECIPIENT={who}" in (tmp_path / "env").read_text()
    assert "SECRET-KEY" not in (tmp_path / "env").read_text()


def test_metadata_may_lie_about_the_recipient(age_key: str, data_key: bytes) -> None:
    enc = recipients.wrap(Recipient("age", age_key), data_key)
    stranger = Recipient("age", str(pyrage.x25519.Identity.generate().to_public()))
    assert ring().first([Wrapped(stranger, enc)]) == data_key


def test_one_entry_per_copy_and_none_for_strangers(age_key: str, data_key: bytes) -> None:
    stranger = Recipient("age", str(pyrage.x25519.Identity.generate().to_public()))
    mine = Recipient("age", age_key)
    cloud = Wrapped(Recipient("kms", "arn:aws:kms:eu-central-1:0:key/x"), "AQICAH")
    copies = [Wrapped(who, recipients.wrap(who, data_key)) for who in (stranger, mine)] + [cloud]
    assert ring().unwrap(copies) == [None, data_key, None]
    assert ring().first(copies) == data_key
    assert ring().first_batch([(copies, "a"), ([copies[0]], "b"), ([], "c"), (copies, "d")]) == [
        data_key,
        None,
        None,
        data_key,
    ]


def test_refusal_names_who_could_open_it(age_key: str, data_key: bytes) -> None:
    stranger = Recipient("age", str(pyrage.x25519.Identity.generate().to_public()))
    held, copy = ring(), Wrapped(stranger, recipients.wrap(stranger, data_key))
    assert held.first([copy]) is None
    error = held.refusal([copy], "private/a.yaml")
    assert isinstance(error, NoIdentityError)
    assert error.message == f"private/a.yaml: no identity opens it; it is sealed to {stranger}"
    assert "keys.txt" in str(error.hint)


def test_unreadable_key_file_is_named_where_nothing_else_opens(age_key: str, tmp_path: Path, data_key: bytes) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_text(f"# x\nAGE-SECRET-KEY-1{'Q' * 58}\n")
    held = ring(SOPS_AGE_KEY_FILE=str(broken))
    mine, stranger = Recipient("age", age_key), Recipient("age", str(pyrage.x25519.Identity.generate().to_public()))
    assert held.first([Wrapped(mine, recipients.wrap(mine, data_key))]) == data_key
    copy = Wrapped(stranger, recipients.wrap(stranger, data_key))
    assert held.first([copy]) is None
    error = held.refusal([copy], "a.yaml")
    assert f"SOPS_AGE_KEY_FILE ({broken}):2: not a valid age identity" in error.message
    assert "QQQQ" not in error.message


@pytest.mark.parametrize(
    ("enc", "reason"),
    [
        ("", "not an armored age file"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\n!!\n-----END AGE ENCRYPTED FILE-----\n", "not an age file"),
        ("x" * (age_format.LIMIT + 1), "larger than"),
    ],
)
def test_a_data_key_that_is_not_an_age_file(age_key: str, enc: str, reason: str) -> None:
    held, copy = ring(), Wrapped(Recipient("age", age_key), enc)
    assert held.first([copy], "a.yaml") is None
    error = held.refusal([copy], "a.yaml")
    assert type(error) is SealkitError
    assert reason in error.message


def test_huge_header_never_reaches_the_parser(age_key: str, data_key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Recipient("age", age_key)
    whole = age_format.parse(recipients.wrap(mine, data_key))
    stanza = age_format.Stanza("x", ("a",))
    many = age_format.encrypt([*whole.stanzas, *[stanza] * 2000], b"k" * 16, data_key)
    seen: list[int] = []
    real = pyrage.decrypt
    monkeypatch.setattr(pyrage, "decrypt", lambda text, keys: (seen.append(len(text)), real(text, keys))[1])
    good = Wrapped(mine, recipients.wrap(mine, data_key))
    assert ring().unwrap([Wrapped(mine, many), good]) == [None, data_key]
    assert len(many) > age_format.LIMIT
    assert seen
    assert max(seen) <= age_format.LIMIT


@pytest.mark.parametrize(
    ("order", "opener"), [("", "SOPS_AGE_KEY"), ("age,pgp", "SOPS_AGE_KEY"), ("pgp,age", "gpg"), ("pgp", "gpg")]
)
def test_decryption_order(home: Path, data_key: bytes, order: str, opener: str) -> None:
    own = pyrage.x25519.Identity.generate()
    who = [Recipient("pgp", pgp_key("me@example.invalid")), Recipient("age", str(own.to_public()))]
    copies = [Wrapped(one, recipients.wrap(one, data_key)) for one in who]
    assert ring(SOPS_AGE_KEY=str(own), SOPS_DECRYPTION_ORDER=order).opened_by([(copies, "a.yaml")]) == [opener]


def test_own_recipients_without_asking(home: Path, age_key: str, tmp_path: Path) -> None:
    locked = ssh_key(home / ".ssh/id_ed25519", passphrase="a passphrase")
    fingerprint = pgp_key("me@example.invalid")
    recipient, identity, _ = plugin(tmp_path / "bin")
    (tmp_path / "k.txt").write_text(f"# recipient: {recipient}\n{identity}\n")
    own = ring(SOPS_AGE_KEY_FILE=str(tmp_path / "k.txt")).own()
    assert [str(one.recipient) for one in own] == [locked, recipient, age_key, fingerprint]
    assert [one.source for one in own][-1] == "gpg"


def test_one_plugin_session_for_many_files(
    home: Path, tmp_path: Path, data_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, identity, log = plugin(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    who = Recipient("age", recipient)
    copies = [Wrapped(who, recipients.wrap(who, data_key)) for _ in range(20)]
    log.unlink()
    assert ring(SOPS_AGE_KEY=identity).first_batch([([copy], "a.yaml") for copy in copies]) == [data_key] * 20
    assert log.read_text().splitlines() == ["--age-plugin=identity-v1"]


def test_a_missing_plugin_is_named(
    home: Path, tmp_path: Path, data_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient, identity, _ = plugin(tmp_path / "bin")
    who = Recipient("age", recipient)
    with monkeypatch.context() as inner:
        inner.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        copy = Wrapped(who, recipients.wrap(who, data_key))
    held = ring(SOPS_AGE_KEY=identity)
    assert held.first([copy]) is None
    assert "age-plugin-lab is not installed, and a key needs it" in held.refusal([copy], "a.yaml").message
    with pytest.raises(SealkitError, match="age-plugin-lab is not installed, and a key needs it"):
        recipients.wrap(who, data_key)


def test_nothing_secret_in_a_repr(age_key: str, data_key: bytes) -> None:
    held, mine = ring(SOPS_AGE_KEY=str(pyrage.x25519.Identity.generate())), Recipient("age", age_key)
    assert held.first([Wrapped(mine, recipients.wrap(mine, data_key))]) == data_key
    shown = json.dumps([repr(held), repr(held.identities), repr(held.sources)])
    assert "SECRET" not in shown.replace("SOPS_AGE_KEY", "")
