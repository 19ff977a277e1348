"""Post-quantum age keys, against a sops that supports them: 3.13 with the age library 1.3."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from keys_lab import value, with_copy, wrapped

from canary import Canary
from sealkit.errors import SealkitError, UsageError
from sealkit.keys import age_format, age_post_quantum, bech32, identities, recipients
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped


@pytest.fixture
def me(home: Path, monkeypatch: pytest.MonkeyPatch) -> Recipient:
    """A post-quantum recipient whose identity is in SOPS_AGE_KEY."""
    monkeypatch.setenv("SOPS_AGE_KEY", bech32.encode(age_post_quantum.SECRET_PREFIX, os.urandom(32)).upper())
    (own,) = Keyring.discover(os.environ).own()
    return own.recipient


def sops(program: Path, *args: str | Path, text: str = "") -> str:
    done = subprocess.run([program, *args], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.peers
def test_both_ways_with_sops(me: Recipient, tmp_path: Path, canary: Canary, peer: Callable[[str], Path]) -> None:
    program, secret, path = peer("sops-3.13"), canary.secret(), tmp_path / "a.yaml"
    override = ["--filename-override", "a.yaml", "/dev/stdin"]
    path.write_text(sops(program, "encrypt", "--age", me.id, *override, text=f"password: {secret}\n"))
    key = Keyring.discover(os.environ).first(wrapped(path), "a.yaml")
    assert key is not None
    assert value(path, key) == secret

    with_copy(path, Wrapped(me, recipients.wrap(me, key)))
    assert sops(program, "decrypt", "--extract", '["password"]', path) == secret


def test_only_its_own_and_only_unchanged(me: Recipient, canary: Canary) -> None:
    key = canary.secret().encode().ljust(32, b"-")[:32]
    held = Keyring.discover(os.environ)
    text = recipients.wrap(me, key)
    assert len(text) < age_format.LIMIT
    assert held.first([Wrapped(me, text)]) == key
    other = Recipient("age", age_post_quantum.HybridIdentity(os.urandom(32)).recipient)
    assert held.first([Wrapped(other, recipients.wrap(other, key))]) is None

    file = age_format.parse(text)
    (stanza,) = file.stanzas
    added = age_format.AgeFile((stanza, age_format.Stanza("x")), file.authenticated + b" ", file.mac, file.payload)
    (identity,) = held.identities
    assert identity.secret.unwrap(file) == key
    assert identity.secret.unwrap(added) is None
    for changed in (
        age_format.AgeFile(
            file.stanzas, file.authenticated, file.mac, file.payload[:-1] + bytes([file.payload[-1] ^ 1])
        ),
        age_format.AgeFile(
            (age_format.Stanza(stanza.type, stanza.args, stanza.body[:-1]),), file.authenticated, file.mac, file.payload
        ),
        age_format.AgeFile(
            (age_format.Stanza(stanza.type, (), stanza.body),), file.authenticated, file.mac, file.payload
        ),
    ):
        assert identity.secret.unwrap(changed) is None


def test_keys_of_another_size_are_refused() -> None:
    short = bech32.encode(age_post_quantum.SECRET_PREFIX, bytes(31)).upper()
    with pytest.raises(SealkitError, match="not a valid age identity"):
        identities.read(short.encode(), "k")
    with pytest.raises(UsageError, match="not an age recipient"):
        recipients.parse(bech32.encode(age_post_quantum.PREFIX, bytes(100)))
