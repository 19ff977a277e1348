"""Signing keys, signatures line by line, and handovers."""

from __future__ import annotations

import pytest

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.entries import FileEntry, SignerEntry
from sealkit.ledger.signing import SigningKey, leads_to, load_key, new_key, sign, succeed, verified
from sealkit.ledger.text import Ledger

FILE = FileEntry("private/db.yaml", 1, "0" * 64, ("age:age1x",))


def signed(*entries: FileEntry) -> tuple[SigningKey, Ledger]:
    key = new_key()
    return key, sign(Ledger(key.public), entries or (FILE,), key)


def test_a_signing_key_survives_its_text_and_hides_in_print() -> None:
    key = new_key()
    text = key.secret_text()
    assert load_key(text).public == key.public
    assert text.rpartition(":")[2] not in f"{key!r} {key}"
    with pytest.raises(SealkitError) as caught:
        load_key(text + "x")
    assert text not in str(caught.value)


def test_only_the_signing_key_signs() -> None:
    _, ledger = signed()
    with pytest.raises(RefusedError, match="not the one that the ledger names"):
        sign(ledger, [FILE], new_key())


def test_a_succession_is_signed_step_by_step() -> None:
    first, one = signed()
    second, third = new_key(), new_key()
    three = succeed(succeed(one, first, second), second, third)
    assert verified(three).ignored == 0
    assert {e.new for e in three.entries if isinstance(e, SignerEntry)} == {second.public, third.public}
    assert leads_to(three, first.public)
    assert not leads_to(one, third.public)


def test_a_forged_succession_leads_nowhere() -> None:
    first, one = signed()
    thief = new_key()
    forged = sign(Ledger(thief.public), [FILE], thief)
    forged.lines.append(thief.sign(SignerEntry(first.public, thief.public)))
    assert not leads_to(forged, first.public)
    assert list(verified(forged).entries) == [FILE]
    assert not leads_to(verified(forged), first.public)
    stray = Ledger(one.signer, [*one.lines, thief.sign(SignerEntry(thief.public, new_key().public))])
    assert list(verified(stray).entries) == [FILE]
    circle = Ledger(one.signer, [first.sign(SignerEntry(first.public, one.signer))])
    assert verified(circle).lines == []
    assert [verified(made).ignored for made in (forged, stray, circle)] == [1, 1, 1]


@pytest.mark.parametrize("at", [0, 99, 100, 199])
def test_one_bad_line_of_a_long_ledger_is_found(at: int) -> None:
    """By both of the threads that verify one."""
    key, stranger = new_key(), new_key()
    entries = [FileEntry(f"private/{n:03}.yaml", 1, "1" * 64) for n in range(200)]
    lines = [(stranger if n == at else key).sign(entry) for n, entry in enumerate(entries)]
    held = verified(Ledger(key.public, lines))
    assert list(held.entries) == entries[:at] + entries[at + 1 :]
    assert held.ignored == 1
