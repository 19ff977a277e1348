"""PGP with the real gpg: one process for many files, and no data key on a disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from keys_lab import pgp_key

from canary import Canary
from sealkit.errors import SealkitError, UsageError
from sealkit.keys import pgp, recipients
from sealkit.keys.keyring import Keyring
from sealkit.sealed.metadata import Recipient, Wrapped

pytestmark = pytest.mark.slow


@pytest.fixture
def me(home: Path) -> Recipient:
    """A PGP key with a private key in our keyring."""
    return Recipient("pgp", pgp_key("me@example.invalid"))


@pytest.fixture
def data_key(canary: Canary) -> bytes:
    """A data key of 32 bytes that contains the canary."""
    return canary.secret().encode().ljust(32, b"-")[:32]


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set SOPS_GPG_EXEC to a gpg that logs each run; returns the log."""
    log, gpg = tmp_path / "runs.log", shutil.which("gpg")
    wrapper = tmp_path / "counted-gpg"
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {gpg} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("SOPS_GPG_EXEC", str(wrapper))
    return log


def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: str = "other@example.invalid") -> Recipient:
    """A PGP key with only its public key in our keyring."""
    fingerprint = pgp_key(uid)
    listed = ["gpg", "--batch", "--yes", "--delete-secret-keys", fingerprint]
    subprocess.run(listed, check=True, capture_output=True)
    return Recipient("pgp", fingerprint)


def test_gpg_opens_what_is_wrapped(me: Recipient, data_key: bytes) -> None:
    text = recipients.wrap(me, data_key)
    assert text.startswith("-----BEGIN PGP MESSAGE-----\n")
    done = subprocess.run(["gpg", "-d"], input=text.encode(), capture_output=True, check=False)
    assert done.stdout == data_key


def test_one_run_for_many_files(me: Recipient, data_key: bytes, counted: Path) -> None:
    requests = [([Wrapped(me, recipients.wrap(me, data_key))], f"{at}.yaml") for at in range(30)]
    counted.unlink()
    assert Keyring.discover(os.environ).first_batch(requests) == [data_key] * 30
    assert len(counted.read_text().splitlines()) == 1


def test_the_agent_is_asked_and_not_the_person(home: Path, data_key: bytes, counted: Path) -> None:
    """A key with a passphrase works while the agent has it; otherwise gpg fails, and nothing hangs."""
    me = Recipient("pgp", pgp_key("locked@example.invalid", passphrase="made up"))
    (Path(os.environ["GNUPGHOME"]) / "gpg-agent.conf").write_text("pinentry-program /bin/false\n")
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=True)  # and what it knows
    messages = [recipients.wrap(me, data_key)] * 3
    assert pgp.decrypt(messages, os.environ) == [None] * 3
    primed = ["gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "made up", "--decrypt"]
    subprocess.run(primed, input=messages[0].encode(), check=True, capture_output=True)
    counted.unlink()
    assert pgp.decrypt(messages, os.environ) == [data_key] * 3
    assert len(counted.read_text().splitlines()) == 1


def test_more_files_than_one_process_takes(
    me: Recipient, data_key: bytes, counted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgp, "_MAX_MESSAGES", 3)
    messages = [recipients.wrap(me, data_key + str(at).encode()) for at in range(7)]
    counted.unlink()
    assert pgp.decrypt(messages, os.environ) == [data_key + str(at).encode() for at in range(7)]
    assert len(counted.read_text().splitlines()) == 3


def test_broken_messages_spoil_no_others(me: Recipient, data_key: bytes, canary: Canary) -> None:
    good = recipients.wrap(me, data_key)
    lines = good.splitlines()
    flipped = lines[4][:20] + ("A" if lines[4][20] != "A" else "B") + lines[4][21:]
    broken = "\n".join([*lines[:4], flipped, *lines[5:], ""])
    cut = "\n".join([*lines[:4], lines[-1], ""])
    plain = subprocess.run(
        ["gpg", "--batch", "--armor", "--store"], input=canary.secret().encode(), capture_output=True, check=True
    ).stdout.decode()
    large = recipients.wrap(me, bytes(8 << 20))  # packed, it is small
    messages = [good, broken, good, cut, "", "x" * (1 << 17), plain, large, good]
    got = pgp.decrypt(messages, os.environ)
    assert len(large) < 1 << 16
    assert got == [data_key, None, data_key, *[None] * 5, data_key]


def test_our_copy_first_so_that_one_run_is_enough(
    me: Recipient, data_key: bytes, tmp_path: Path, counted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stranger(tmp_path, monkeypatch)
    request = ([Wrapped(who, recipients.wrap(who, data_key)) for who in (other, me)], "a.yaml")
    counted.unlink()
    held = Keyring.discover(os.environ)
    assert held.first_batch([request] * 3) == [data_key] * 3
    assert ["--decrypt-files" in run for run in counted.read_text().splitlines()] == [False, True]
    assert held.unwrap(*request) == [None, data_key]


def test_metadata_may_lie_about_the_fingerprint(
    me: Recipient, data_key: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stranger(tmp_path, monkeypatch)
    copies = [Wrapped(me, recipients.wrap(other, data_key)), Wrapped(other, recipients.wrap(me, data_key))]
    assert Keyring.discover(os.environ).first(copies) == data_key


def test_a_missing_gpg_is_an_error(me: Recipient, data_key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Wrapped(me, recipients.wrap(me, data_key))
    monkeypatch.setenv("SOPS_GPG_EXEC", "no-such-gpg")
    held = Keyring.discover(os.environ)
    assert held.first([copy]) is None
    assert "no-such-gpg is not installed" in held.refusal([copy], "a.yaml").message
    with pytest.raises(SealkitError, match="not installed"):
        recipients.wrap(me, data_key)


def test_no_gnupg_home_is_made(
    home: Path, tmp_path: Path, me: Recipient, data_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = Wrapped(me, recipients.wrap(me, data_key))
    monkeypatch.setenv("GNUPGHOME", str(tmp_path / "none"))
    assert Keyring.discover(os.environ).first([copy]) is None
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("text", ["me@example.invalid", "--output=/tmp/x", "12345678", ""])
def test_only_a_fingerprint_is_encrypted_to(me: Recipient, data_key: bytes, text: str) -> None:
    with pytest.raises(UsageError, match="not a PGP fingerprint"):
        recipients.wrap(Recipient("pgp", text), data_key)


def test_unknown_and_expired_keys_are_refused(home: Path, data_key: bytes) -> None:
    with pytest.raises(SealkitError, match=r"0{40}: no usable key"):
        recipients.wrap(Recipient("pgp", "0" * 40), data_key)
    old = datetime.now(UTC) - timedelta(days=30)
    past = ["gpg", "--batch", "--quiet", "--passphrase", "", "--faked-system-time", f"{old:%Y%m%dT%H%M%S}!"]
    made = subprocess.run(
        [*past, "--status-fd", "1", "--quick-generate-key", "old@example.invalid", "ed25519", "cert", "2d"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    fingerprint = re.search(r"KEY_CREATED \S+ ([0-9A-F]{40})", made.stdout)[1]
    subprocess.run([*past, "--quick-add-key", fingerprint, "cv25519", "encr", "2d"], check=True, capture_output=True)
    with pytest.raises(SealkitError, match="no usable key"):
        recipients.wrap(Recipient("pgp", fingerprint), data_key)
    (key,) = Keyring.discover(os.environ).pgp_keys
    assert not key.usable
    assert key.expires is not None
    assert key.expires < datetime.now(UTC)


def test_secret_keys_and_their_expiry(home: Path) -> None:
    never, soon = pgp_key("never@example.invalid"), pgp_key("soon@example.invalid", "30d")
    keys = {key.fingerprint: key for key in pgp.secret_keys(os.environ)}
    assert keys[never].expires is None
    assert keys[never].usable
    assert keys[never].user == "never@example.invalid"
    assert keys[soon].expires is not None
    assert 28 <= (keys[soon].expires - datetime.now(UTC)).days <= 30
    assert keys[soon].matches(soon[-16:].lower())
    assert not keys[soon].matches(never)


def test_expiry_of_other_peoples_keys(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, mine = stranger(tmp_path, monkeypatch), pgp_key("me@example.invalid", "90d")
    keys = {key.fingerprint: key for key in pgp.public_keys([other.id, mine, "0" * 40, "--version"], os.environ)}
    assert set(keys) == {other.id, mine}
    assert keys[other.id].expires is None
    assert keys[mine].expires is not None
    assert [key.fingerprint for key in pgp.secret_keys(os.environ)] == [mine]
    assert pgp.public_keys([], os.environ) == []


def test_one_process_for_each_message_elsewhere(
    me: Recipient, data_key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [recipients.wrap(me, data_key), "broken", recipients.wrap(me, data_key)]
    monkeypatch.setattr(sys, "platform", "darwin")
    assert pgp.decrypt(messages, os.environ) == [data_key, None, data_key]


WRITES = re.compile(r"(?:write|pwrite64|writev|pwritev2?|sendto|sendmsg)\(\d+<(?P<to>[^>]*)>")


def written_to(trace: Path, text: str) -> list[str]:
    """The files to which a traced program wrote this text."""
    lines = trace.read_text(errors="replace").splitlines()
    return [found["to"] for line in lines if text in line and (found := WRITES.search(line))]


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.slow
def test_no_data_key_reaches_a_disk(me: Recipient, data_key: bytes, tmp_path: Path, canary: Canary) -> None:
    canary.allow(tmp_path)  # the traces and the planted leak
    text = data_key.decode()
    for at in range(3):
        (tmp_path / f"{at}.gpg").write_text(recipients.wrap(me, data_key))
    strace = [
        "strace",
        "-f",
        "-y",
        "-s",
        "4096",
        "-e",
        "trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg",
        "-o",
    ]

    planted = tmp_path / "planted.trace"
    files = [str(tmp_path / f"{at}.gpg") for at in range(3)]
    subprocess.run(
        [*strace, planted, "gpg", "--batch", "--yes", "--decrypt-files", *files], check=True, capture_output=True
    )
    assert written_to(planted, text) == [str(tmp_path / str(at)) for at in range(3)]  # the detector sees a leak

    program = """
import os, sys
from sealkit.keys import pgp
got = pgp.decrypt([open(name).read() for name in sys.argv[2:]], os.environ)
sys.exit(0 if [g.decode() for g in got] == [open(sys.argv[1]).read()] * 3 else 1)
"""
    (tmp_path / "expected").write_text(text)
    ours = tmp_path / "ours.trace"
    subprocess.run([*strace, ours, sys.executable, "-c", program, str(tmp_path / "expected"), *files], check=True)
    places = written_to(ours, text)
    assert len(places) == 3
    assert all(place.startswith("/memfd:") for place in places), places
