"""Vouches with real keys: age, post-quantum, ssh, ssh with a passphrase, PGP. What was copied from elsewhere proves nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyrage
import pytest

from canary import Canary
from sealkit.keys import age_post_quantum, bech32
from sealkit.keys.keyring import Keyring
from sealkit.keys.vouching import can_vouch, make, vouched_for
from sealkit.ledger import vouches
from sealkit.ledger.entries import VouchEntry
from sealkit.ledger.signing import SigningKey, new_key, sign, verified
from sealkit.ledger.text import Ledger

ID, OTHER_ID = "1" * 32, "2" * 32


def empty_ledger(repository_id: str = ID, name: str = "homelab") -> tuple[SigningKey, Ledger]:
    key = new_key()
    return key, Ledger(key.public, id=repository_id, name=name)


def ring(**variables: str) -> Keyring:
    return Keyring.discover({**os.environ, **variables})


def new_age(home: Path) -> str:
    identity = pyrage.x25519.Identity.generate()
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{identity}\n")
    path.chmod(0o600)
    return f"age:{identity.to_public()}"


def new_ssh(home: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    path = home / ".ssh" / f"id_{kind}"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(path)], check=True)
    return "age:" + " ".join(path.with_suffix(".pub").read_text().split()[:2])


def new_pgp(name: str = "test@example.invalid") -> str:
    quiet = ["gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run([*quiet, "--quick-generate-key", name, "default", "default"], check=True, capture_output=True)
    listed = subprocess.run(["gpg", "--list-keys", "--with-colons", name], check=True, capture_output=True, text=True)
    return "pgp:" + next(row.split(":")[9] for row in listed.stdout.splitlines() if row.startswith("fpr"))


def new_post_quantum(home: Path) -> str:
    seed = os.urandom(32)
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(bech32.encode(age_post_quantum.SECRET_PREFIX, seed).upper() + "\n")
    return f"age:{age_post_quantum.HybridIdentity(seed).recipient}"


KINDS: dict[str, Callable[[Path], str]] = {
    "age": new_age,
    "post-quantum": new_post_quantum,
    "ssh-ed25519": new_ssh,
    "pgp": lambda _: new_pgp(),
}


def vouch(key: SigningKey, ledger: Ledger, recipient: str) -> Ledger:
    made = make(ledger, [recipient], ring(), with_gpg=True)
    assert [entry.recipient for entry in made] == [recipient]
    return sign(ledger, made, key)


@pytest.fixture
def keys_stay(home: Path, canary: Canary) -> Path:
    canary.allow(home)
    return home


@pytest.mark.parametrize("kind", KINDS)
def test_a_vouch_is_known_again_from_the_text_of_the_ledger(kind: str, keys_stay: Path) -> None:
    recipient = KINDS[kind](keys_stay)
    assert can_vouch(recipient)
    key, ledger = empty_ledger()
    ledger = vouch(key, ledger, recipient)
    read = verified(Ledger.parse(ledger.text()))
    assert read.ignored == 0
    found = vouched_for(read, ring())
    assert found is not None
    assert found.recipient == recipient
    assert make(read, [recipient], ring(), with_gpg=True) == [], "one is enough"


@pytest.mark.parametrize("kind", KINDS)
def test_a_vouch_that_was_copied_or_made_by_another_proves_nothing(
    kind: str, keys_stay: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The one who signs these ledgers controls every field but the proof."""
    recipient = KINDS[kind](keys_stay)
    key, own = empty_ledger()
    (good,) = vouches.about(vouch(key, own, recipient)).values()
    thief, forged = empty_ledger()
    elsewhere, other_id = empty_ledger(OTHER_ID)
    other_name = Ledger(own.signer, id=ID, name="another")
    copies = [
        (thief, forged, good),
        (thief, forged, replace(good, signer=forged.signer)),
        (elsewhere, other_id, replace(good, repository=OTHER_ID, signer=other_id.signer)),
        (key, Ledger(own.signer, id=OTHER_ID, name=own.name), replace(good, repository=OTHER_ID)),
        (key, Ledger(own.signer, id=OTHER_ID, name=own.name), good),
        (key, other_name, replace(good, name="another")),
        (key, other_name, good),
        (key, own, replace(good, proof=good.proof[:-4] + "AAAA")),
        (key, own, replace(good, proof="")),
        (key, own, replace(good, proof=good.proof + "=")),
        (key, own, replace(good, recipient="age:age1" + "q" * 58)),
    ]
    for signing_key, ledger, entry in copies:
        signed = verified(Ledger.parse(sign(ledger, [entry], signing_key).text()))
        assert vouched_for(signed, ring()) is None, entry
    # a good one, and no identity for it here
    nowhere = {name: str(tmp_path / "nowhere") for name in ("HOME", "XDG_CONFIG_HOME", "GNUPGHOME")}
    assert vouched_for(sign(own, [good], key), ring(**nowhere)) is None
    assert vouched_for(sign(own, [good], key), ring()) == good


def test_another_own_identity_does_not_check_it(keys_stay: Path) -> None:
    recipient = new_age(keys_stay)
    key, ledger = empty_ledger()
    (good,) = vouches.about(vouch(key, ledger, recipient)).values()
    other = new_age(keys_stay)
    swapped = sign(ledger, [replace(good, recipient=other)], key)
    assert vouched_for(swapped, ring()) is None


def test_a_pgp_signature_of_another_own_key(keys_stay: Path) -> None:
    one, two = new_pgp("one@example.invalid"), new_pgp("two@example.invalid")
    key, ledger = empty_ledger()
    said = vouches.Statement.of(ledger, one)
    child = subprocess.run(
        ["gpg", "--batch", "--quiet", "--local-user", two.removeprefix("pgp:"), "--detach-sign"],
        input=said.text(), capture_output=True, check=True,
    )  # fmt: skip
    assert vouched_for(sign(ledger, [said.entry(child.stdout)], key), ring()) is None


def test_an_ssh_key_with_a_passphrase_is_checked_without_it_and_signs_when_it_is_open(
    keys_stay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = new_ssh(keys_stay, passphrase="correct horse")
    key, ledger = empty_ledger()
    assert make(ledger, [recipient], ring()) == [], "nothing is asked"
    path = keys_stay / ".ssh/id_ed25519"
    locked = path.read_bytes()
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", "correct horse", "-N", "", "-f", str(path)], check=True)
    ledger = vouch(key, ledger, recipient)
    path.write_bytes(locked)
    found = vouched_for(ledger, ring())
    assert found is not None
    assert found.recipient == recipient


def test_an_ssh_rsa_key_and_a_plugin_cannot_vouch(keys_stay: Path) -> None:
    recipient = new_ssh(keys_stay, "rsa")
    _, ledger = empty_ledger()
    assert make(ledger, [recipient, "age:age1yubikey1qq"], ring(), with_gpg=True) == []
    assert not can_vouch(recipient)
    assert not can_vouch("age:age1yubikey1qqqqqqqqqqqqqqqqqq")
    assert not can_vouch("kms:arn:aws:kms:eu-west-1:1:key/x")


def test_a_key_command_is_run_for_a_recipient_with_a_vouch_alone(keys_stay: Path, tmp_path: Path) -> None:
    recipient = new_age(keys_stay)
    key, ledger = empty_ledger()
    ledger = vouch(key, ledger, recipient)
    file = keys_stay / ".config/sops/age/keys.txt"
    hidden, log = keys_stay / "hidden.txt", tmp_path / "log"
    file.rename(hidden)
    script = keys_stay / "command"
    script.write_text(f'#!/bin/sh\necho "$SOPS_AGE_RECIPIENT" >> {log}\ncat {hidden}\n')
    script.chmod(0o700)
    found = vouched_for(ledger, ring(SOPS_AGE_KEY_CMD=str(script)))
    assert found is not None
    assert log.read_text().split() == [recipient.removeprefix("age:")]
    assert vouched_for(empty_ledger()[1], ring(SOPS_AGE_KEY_CMD=str(script))) is None
    assert len(log.read_text().split()) == 1, "no vouch, no command"


def test_nothing_is_asked_and_no_gpg_is_run_to_vouch_in_passing(
    keys_stay: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fingerprint = new_pgp()
    log = tmp_path / "log"
    program = tmp_path / "gpg"
    program.write_text(f"#!/bin/sh\necho run >> {log}\n")
    program.chmod(0o700)
    _, ledger = empty_ledger()
    assert make(ledger, [fingerprint], ring(SOPS_GPG_EXEC=str(program))) == []
    assert not log.exists()


def test_a_ledger_without_an_id_has_no_vouches(keys_stay: Path) -> None:
    recipient = new_age(keys_stay)
    key, ledger = empty_ledger("", "")
    assert make(ledger, [recipient], ring()) == []
    entry = VouchEntry("", "", recipient, ledger.signer, "AAAA")
    assert vouches.about(sign(ledger, [entry], key)) == {}
