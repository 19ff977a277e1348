"""Succession moves pins on and never back; a removed ledger or another signing key stops where a pin exists."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger import pins
from sealkit.ledger.entries import FileEntry, SignerEntry
from sealkit.ledger.signing import SigningKey, leads_to, load_key, new_key, sign, succeed, verified
from sealkit.ledger.text import Ledger

FILE = FileEntry("private/db.yaml", 1, "0" * 64, ("age:age1x",))


def signed(*entries: FileEntry) -> tuple[SigningKey, Ledger]:
    key = new_key()
    return key, sign(Ledger(key.public), entries or (FILE,), key)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(tmp_path / "config")}


def seen(ledger: Ledger, env: dict[str, str], where: Path) -> pins.Pin:
    """A machine that has used this ledger."""
    pin = pins.load(where, env)
    admitted = pins.admit(ledger.text(), pin, env)
    assert admitted is not None
    pins.remember(pin, admitted, ledger.text(), env)
    return pins.load(where, env)


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


def test_a_pin_is_private_and_made_on_first_use(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    pin = seen(ledger, env, tmp_path)
    assert pin.signer == ledger.signer
    assert pin.versions == {"private/db.yaml": 1}
    assert stat.S_IMODE(pin.path.stat().st_mode) == 0o600
    assert pin.path.parent == tmp_path / "config/sealkit/pins"
    assert pins.load(tmp_path / "other", env).signer == ""


def test_the_whole_ledger_removed_stops_where_a_pin_or_the_variable_knows_it(
    env: dict[str, str], tmp_path: Path
) -> None:
    assert pins.admit(None, pins.load(tmp_path, env), env) is None
    _, ledger = signed()
    with pytest.raises(RefusedError, match="whole ledger was removed"):
        pins.admit(None, seen(ledger, env, tmp_path), env)
    with pytest.raises(RefusedError, match="SEALKIT_SIGNER knows its signer"):
        pins.admit(None, pins.load(tmp_path / "fresh", env), {**env, "SEALKIT_SIGNER": ledger.signer})


def test_the_old_variable_is_an_error(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    with pytest.raises(UsageError, match="SEALKIT_HOUSE was renamed to SEALKIT_SIGNER"):
        pins.admit(ledger.text(), pins.load(tmp_path, env), {**env, "SEALKIT_HOUSE": ledger.signer})


def test_another_signing_key_stops(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    _, stranger = signed()
    pin = seen(ledger, env, tmp_path)
    with pytest.raises(RefusedError, match=r"sealkit\.sum:1: the signing key was replaced"):
        pins.admit(stranger.text(), pin, env)
    with pytest.raises(RefusedError, match="SEALKIT_SIGNER knows") as caught:
        pins.admit(ledger.text(), pin, {**env, "SEALKIT_SIGNER": stranger.signer})
    assert (caught.value.hint or "").endswith("name it in SEALKIT_SIGNER")
    allowed = {**env, "SEALKIT_SIGNER": stranger.signer}
    admitted = pins.admit(stranger.text(), pin, allowed)
    assert admitted is not None
    pins.remember(pin, admitted, stranger.text(), allowed)
    assert pins.load(tmp_path, env).signer == ledger.signer


def test_where_nothing_can_be_kept_the_variable_names_the_repository(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    (tmp_path / "config").write_text("a file where the folder of pins should be\n")
    with pytest.raises(SealkitError) as caught:
        seen(ledger, env, tmp_path)
    assert "SEALKIT_SIGNER" in (caught.value.hint or "")
    pin, named = pins.load(tmp_path, env), {**env, "SEALKIT_SIGNER": ledger.signer}
    admitted = pins.admit(ledger.text(), pin, named)
    assert admitted is not None
    pins.remember(pin, admitted, ledger.text(), named)
    assert pin.signer == ledger.signer


def test_pins_follow_a_succession_and_never_go_back(env: dict[str, str], tmp_path: Path) -> None:
    first, one = signed()
    second, third = new_key(), new_key()
    two = succeed(one, first, second)
    three = succeed(two, second, third)
    assert verified(three).ignored == 0
    assert {e.new for e in three.entries if isinstance(e, SignerEntry)} == {second.public, third.public}
    assert seen(one, env, tmp_path).signer == first.public
    assert seen(three, env, tmp_path).signer == third.public
    for old in (one, two):
        with pytest.raises(RefusedError, match="signing key was replaced"):
            pins.admit(old.text(), pins.load(tmp_path, env), env)


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


def test_versions_of_a_pin_only_go_up(env: dict[str, str], tmp_path: Path) -> None:
    key, old = signed()
    new = sign(old, [FileEntry("private/db.yaml", 7, "1" * 64)], key)
    seen(new, env, tmp_path)
    assert seen(old, env, tmp_path).versions == {"private/db.yaml": 7}


def test_only_looking_raises_no_version(env: dict[str, str], tmp_path: Path) -> None:
    """Whoever looks at a colleague's branch and goes back is told of no replay."""
    key, old = signed()
    new = sign(old, [FileEntry("private/db.yaml", 7, "1" * 64)], key)
    pin = pins.load(tmp_path / "repo/.git", env)
    pins.remember(pin, old, old.text(), env, looked=True)  # the first use pins what there is
    first = dict(pin.versions)
    pins.remember(pin, new, new.text(), env, looked=True)
    assert pins.load(tmp_path / "repo/.git", env).versions == first != {"private/db.yaml": 7}
    pins.remember(pin, new, new.text(), env)
    assert pins.load(tmp_path / "repo/.git", env).versions == {"private/db.yaml": 7}


def test_a_broken_pin_is_an_error_and_never_no_pin(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    pin = seen(ledger, env, tmp_path)
    for text in ("", "{}", "[]", json.dumps({"signer": 1})):
        pin.path.write_text(text)
        with pytest.raises(SealkitError, match="not a pin"):
            pins.load(tmp_path, env)


def test_the_memory_of_a_verified_text_does_not_vouch_for_another(env: dict[str, str], tmp_path: Path) -> None:
    _, ledger = signed()
    pin = seen(ledger, env, tmp_path)
    text = ledger.text().replace("version=1", "version=2")
    with pytest.raises(RefusedError, match="does not hold"):
        pins.admit(text, pin, env)


@pytest.mark.slow
def test_an_unchanged_ledger_is_verified_once(
    env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`bench/bench_ledger.py` has the time of a thousand lines."""
    _, ledger = signed(*(FileEntry(f"private/{n}.yaml", 1, "0" * 64, ("age:age1x",)) for n in range(1000)))
    text, verified = ledger.text(), []
    pin = seen(ledger, env, tmp_path)
    monkeypatch.setattr(pins, "verify", lambda found: verified.append(len(found.lines)))
    pins.admit(text, pin, env)
    assert verified == []
    pins.admit(text, pins.load(tmp_path / "fresh", env), env)
    assert verified == [1000]


@pytest.mark.parametrize("at", [0, 99, 100, 199])
def test_one_bad_line_of_a_long_ledger_is_found(at: int) -> None:
    """By both of the threads that verify one."""
    key, stranger = new_key(), new_key()
    entries = [FileEntry(f"private/{n:03}.yaml", 1, "1" * 64) for n in range(200)]
    lines = [(stranger if n == at else key).sign(entry) for n, entry in enumerate(entries)]
    held = verified(Ledger(key.public, lines))
    assert list(held.entries) == entries[:at] + entries[at + 1 :]
    assert held.ignored == 1
