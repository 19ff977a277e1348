"""Which signing key this machine takes for a repository, in real clones: nothing silently, and no forged ledger anywhere."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger import pins
from sealkit.ledger.admission import Admission, held_under, no_vouch
from sealkit.ledger.entries import FileEntry, SignerEntry, VouchEntry
from sealkit.ledger.pins import Pin
from sealkit.ledger.signing import SigningKey, new_key, sign, succeed
from sealkit.ledger.text import Ledger
from sealkit.source import git as git_plumbing
from sealkit.source.clone_facts import CloneFacts

FILE = FileEntry("private/db.yaml", 1, "0" * 64, ("age:age1x",))
Git = Callable[..., object]


def signed(ledger_id: str | None = None, name: str = "homelab") -> tuple[SigningKey, Ledger]:
    key = new_key()
    made = Ledger(key.public, id=secrets.token_hex(16) if ledger_id is None else ledger_id, name=name)
    return key, sign(made, [FILE], key)


def vouched(ledger: Ledger) -> str:
    """An identity that vouches for whatever it is asked about."""
    return "age:age1me"


@dataclass
class Machine:
    """A user on a machine: pins in a folder of their own."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return {"XDG_CONFIG_HOME": str(self.home), **self.variables}

    def admission(self, clone: Path) -> Admission:
        return Admission(CloneFacts(clone, git_plumbing.common_dir(clone)), self.env)

    def use(self, clone: Path, ledger: Ledger | None, vouch: Callable[[Ledger], str] = no_vouch) -> Pin:
        """As a run that opens values does."""
        admission = self.admission(clone)
        text = ledger.text() if ledger is not None else None
        admitted = admission.admit(text, vouch)
        if admitted is not None and text is not None:
            admission.remember(admitted, text)
        return admission.pin

    def take(self, clone: Path, ledger: Ledger) -> Pin:
        """As `init` and `trust` do."""
        return self.admission(clone).take(ledger, ledger.text())

    @property
    def pins(self) -> list[Pin]:
        return pins.read_all(self.env)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "config")


@pytest.fixture
def origin(tmp_path: Path, git: Git) -> Path:
    """A repository with a commit, to be cloned."""
    return make_repository(tmp_path / "homelab", git)


def make_repository(folder: Path, git: Git, *options: str) -> Path:
    folder.mkdir()
    git(folder, "init", "-q", *options)
    (folder / "README").write_text(f"{folder.name} {secrets.token_hex(8)}\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "begin")
    return folder


def clone(source: Path, target: Path, git: Git, *options: str) -> Path:
    git(source.parent, "clone", "-q", *options, f"file://{source}", str(target))
    return target


# --- nothing is taken silently


def test_an_unknown_signing_key_stops_and_is_told(machine: Machine, origin: Path) -> None:
    _, ledger = signed()
    with pytest.raises(RefusedError, match=f"does not know the signing key of homelab: {ledger.signer}") as caught:
        machine.use(origin, ledger)
    assert f"sealkit trust {ledger.signer}" in (caught.value.hint or "")
    assert machine.pins == []
    assert machine.admission(origin).knows(ledger) is False


def test_what_was_made_here_or_taken_is_known_from_then_on(machine: Machine, origin: Path) -> None:
    _, ledger = signed()
    pin = machine.take(origin, ledger)
    assert pin.path.stat().st_mode & 0o777 == 0o600
    assert machine.use(origin, ledger).signer == ledger.signer
    assert machine.admission(origin).knows(ledger) is True
    known = machine.pins[0]
    assert (known.id, known.name) == (ledger.id, "homelab")
    assert known.roots == CloneFacts(origin, origin / ".git").roots != frozenset()


def test_a_vouch_of_an_own_identity_goes_on_and_pins(machine: Machine, origin: Path) -> None:
    _, ledger = signed()
    assert machine.use(origin, ledger, vouched).signer == ledger.signer
    assert machine.use(origin, ledger).signer == ledger.signer
    assert len(machine.pins) == 1


def test_only_a_verified_ledger_is_shown_to_an_identity(machine: Machine, origin: Path) -> None:
    _, ledger = signed()
    forged = new_key().sign(VouchEntry(ledger.id, "homelab", "age:age1me", ledger.signer, "AAAA"))
    ledger = ledger.with_lines([forged])
    shown: list[Ledger] = []
    with pytest.raises(RefusedError):
        machine.use(origin, ledger, lambda seen: shown.append(seen) or "")
    assert [len(seen.lines) for seen in shown] == [1]
    assert shown[0].ignored == 1


# --- a forged ledger, wherever it is put


@pytest.mark.parametrize("options", [(), ("--depth=1",), ("--filter=blob:none",)])
@pytest.mark.parametrize("forged_id", [True, False])
def test_a_forged_ledger_in_a_second_clone(
    machine: Machine, origin: Path, tmp_path: Path, git: Git, options: tuple[str, ...], forged_id: bool
) -> None:
    _, ledger = signed()
    machine.take(clone(origin, tmp_path / "first", git), ledger)
    second = clone(origin, tmp_path / "second", git, *options)
    _, forged = signed(ledger.id if forged_id else None)
    for vouch in (no_vouch, vouched):
        with pytest.raises(RefusedError, match=r"sealkit\.sum:1: the signing key was replaced") as caught:
            machine.use(second, forged, vouch)
        assert ledger.signer in caught.value.message
    assert machine.use(second, ledger).signer == ledger.signer
    assert len(machine.pins) == 1


def test_a_forged_ledger_in_a_folder_that_was_moved(machine: Machine, origin: Path, tmp_path: Path) -> None:
    _, ledger = signed()
    machine.take(origin, ledger)
    moved = origin.rename(tmp_path / "moved")
    _, forged = signed()
    with pytest.raises(RefusedError, match="root commit"):
        machine.use(moved, forged, vouched)
    assert machine.use(moved, ledger).signer == ledger.signer


def test_a_forged_ledger_where_only_the_origin_is_the_same(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    """A history that was written anew and pushed."""
    _, ledger = signed()
    first = make_repository(tmp_path / "first", git)
    git(first, "remote", "add", "origin", "git@git.example.org:me/homelab.git")
    machine.take(first, ledger)
    second = make_repository(tmp_path / "second", git)
    git(second, "remote", "add", "origin", "https://me:token@git.example.org/me/homelab")
    _, forged = signed()
    with pytest.raises(RefusedError, match="by its origin"):
        machine.use(second, forged, vouched)
    assert machine.use(second, ledger).signer == ledger.signer, "a history that was rewritten is known by its id"


def test_the_whole_of_another_own_repository_in_place_of_this_one(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    """The id in the header and every line are those of an own repository, and all of it is well signed."""
    (_, here), (_, there) = signed(), signed()
    machine.take(clone(origin, tmp_path / "first", git), here)
    machine.take(make_repository(tmp_path / "other", git), there)
    for place in (clone(origin, tmp_path / "second", git), tmp_path / "first"):
        if place.name == "second":
            with pytest.raises(RefusedError, match="was replaced"):
                machine.use(place, there, vouched)
        with pytest.raises(RefusedError, match="was replaced"):
            machine.use(place, there, vouched)


def test_the_id_of_another_own_repository_in_the_header(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    (_, mine) = signed()
    machine.take(origin, mine)
    stranger = make_repository(tmp_path / "stranger", git)
    _, forged = signed(mine.id)
    with pytest.raises(RefusedError, match="by its id"):
        machine.use(stranger, forged, vouched)


@pytest.mark.parametrize("new_id", ["", "f" * 32])
def test_the_id_in_the_header_changed(machine: Machine, origin: Path, tmp_path: Path, git: Git, new_id: str) -> None:
    key, ledger = signed()
    machine.take(origin, ledger)
    changed = sign(Ledger(key.public, id=new_id, name="homelab"), [FILE], key)
    for place in (origin, clone(origin, tmp_path / "second", git)):
        with pytest.raises(RefusedError, match="the id of the repository was changed"):
            machine.use(place, changed, vouched)


# --- one repository, many places


def test_worktrees_and_submodules_share_the_pin(machine: Machine, origin: Path, tmp_path: Path, git: Git) -> None:
    _, ledger = signed()
    machine.take(origin, ledger)
    git(origin, "worktree", "add", "-q", str(tmp_path / "tree"))
    assert machine.use(tmp_path / "tree", ledger).folders == (str(origin / ".git"),)
    outer = make_repository(tmp_path / "outer", git)
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", f"file://{origin}", "inner")
    assert machine.use(outer / "inner", ledger).signer == ledger.signer
    assert len(machine.pins) == 1


def test_before_the_first_commit_and_in_sha256(machine: Machine, tmp_path: Path, git: Git) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q", "--object-format=sha256")
    _, ledger = signed()
    machine.take(empty, ledger)
    assert machine.use(empty, ledger).roots == frozenset()
    (empty / "a").write_text("a\n")
    git(empty, "add", "-A")
    git(empty, "commit", "-qm", "begin")
    (root,) = machine.use(empty, ledger).roots
    assert len(root) == 64
    assert machine.pins[0].roots == {root}
    _, forged = signed()
    with pytest.raises(RefusedError, match="was replaced"):
        machine.use(clone(empty, tmp_path / "second", git), forged)


def test_a_fork_with_a_ledger_of_its_own(machine: Machine, origin: Path, tmp_path: Path, git: Git) -> None:
    """It shares the root commit of what it was forked from. Both are known once both were taken knowingly."""
    (_, upstream), (_, own) = signed(), signed()
    fork = clone(origin, tmp_path / "fork", git)
    machine.take(fork, own)
    git(fork, "remote", "set-url", "origin", "https://git.example.org/me/fork")
    machine.use(fork, own)
    with pytest.raises(RefusedError, match="was replaced"):
        machine.use(fork, upstream, vouched)
    second = clone(origin, tmp_path / "second", git)
    with pytest.raises(RefusedError, match="by its root commit") as caught:
        machine.use(second, upstream, vouched)
    assert "shares the past of yours" in (caught.value.hint or "")
    assert f"sealkit trust {upstream.signer}" in (caught.value.hint or "")
    machine.take(second, upstream)
    assert {pin.signer for pin in machine.pins} == {upstream.signer, own.signer}
    assert machine.use(second, upstream).signer == upstream.signer
    assert machine.use(fork, own).signer == own.signer
    for place, ledger in ((second, own), (fork, upstream)):
        with pytest.raises(RefusedError, match="was replaced"):
            machine.use(place, ledger, vouched)
    third = clone(origin, tmp_path / "third", git)
    assert machine.use(third, upstream).signer == upstream.signer
    with pytest.raises(RefusedError, match="was replaced"):
        machine.use(third, own)
    _, stranger = signed()
    with pytest.raises(RefusedError, match="was replaced"):
        machine.use(third, stranger, vouched)


def test_a_clone_in_the_place_of_another_that_was_removed(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    (_, one), (_, two) = signed(), signed()
    place = clone(origin, tmp_path / "place", git)
    machine.take(place, one)
    other = make_repository(tmp_path / "other", git)
    machine.take(clone(other, tmp_path / "elsewhere", git), two)
    place.rename(tmp_path / "gone")
    clone(other, place, git)
    assert machine.use(place, two).signer == two.signer
    _, forged = signed()
    with pytest.raises(RefusedError):
        machine.use(place, forged, vouched)


def test_after_a_new_beginning_the_old_ledger_does_not_come_back(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    """A signing key was lost, and another ledger was made for the same origin; who has the old key shows the old ledger."""
    (_, old), (_, new) = signed(), signed()
    first = clone(origin, tmp_path / "first", git)
    machine.take(first, old)
    machine.take(first, new)
    for place in (first, clone(origin, tmp_path / "second", git)):
        with pytest.raises(RefusedError, match="was replaced"):
            machine.use(place, old, vouched)
        assert machine.use(place, new).signer == new.signer


# --- handovers


def test_a_handover_moves_a_pin_only_with_an_own_vouch(
    machine: Machine, origin: Path, tmp_path: Path, git: Git
) -> None:
    first, one = signed()
    second, third = new_key(), new_key()
    two = succeed(one, first, second)
    three = succeed(two, second, third)
    machine.take(origin, one)
    for ledger in (two, three):
        with pytest.raises(RefusedError, match="was handed over to") as caught:
            machine.use(origin, ledger)
        assert f"sealkit trust {ledger.signer}" in (caught.value.hint or "")
    with pytest.raises(RefusedError, match="was handed over to"):
        machine.use(clone(origin, tmp_path / "second", git), three)
    pin = machine.use(origin, three, vouched)
    assert (pin.signer, pin.followed) == (third.public, (first.public,))
    assert machine.use(tmp_path / "second", three).signer == third.public
    for old in (one, two):
        with pytest.raises(RefusedError, match="was replaced"):
            machine.use(origin, old, vouched)
    assert len(machine.pins) == 1


def test_a_handover_that_was_written_here_moves_the_pin(machine: Machine, origin: Path) -> None:
    first, one = signed()
    machine.take(origin, one)
    admission = machine.admission(origin)
    admission.admit(one.text())
    two = succeed(one, first, new_key())
    admission.remember(two, two.text())
    pin = machine.use(origin, two)
    assert (pin.signer, pin.followed) == (two.signer, (one.signer,))


def test_a_typed_signing_key_moves_the_pin(machine: Machine, origin: Path) -> None:
    first, one = signed()
    two = succeed(one, first, new_key())
    machine.take(origin, one)
    pin = machine.take(origin, two)
    assert (pin.signer, pin.followed) == (two.signer, (one.signer,))
    assert machine.use(origin, two).signer == two.signer
    assert len(machine.pins) == 1


def test_a_forged_handover_leads_nowhere(machine: Machine, origin: Path) -> None:
    first, one = signed()
    machine.take(origin, one)
    thief = new_key()
    forged = sign(Ledger(thief.public, id=one.id, name=one.name), [FILE], thief)
    forged.lines.append(thief.sign(SignerEntry(first.public, thief.public)))
    with pytest.raises(RefusedError, match="was replaced"):
        machine.use(origin, forged, vouched)


# --- the variable


def test_the_variable_wins_and_changes_no_pin_of_another_signing_key(machine: Machine, origin: Path) -> None:
    (_, known), (_, other) = signed(), signed()
    machine.take(origin, known)
    before = machine.pins[0].path.read_text()
    named = Machine(machine.home, {"SEALKIT_SIGNER": other.signer})
    assert named.use(origin, other).signer == other.signer
    with pytest.raises(RefusedError, match="SEALKIT_SIGNER knows") as caught:
        named.use(origin, known)
    assert "name it in SEALKIT_SIGNER" in (caught.value.hint or "")
    assert [pin.path.read_text() for pin in machine.pins] == [before]
    assert machine.use(origin, known).signer == known.signer


def test_the_variable_does_not_follow_a_handover(machine: Machine, origin: Path) -> None:
    """Whoever held the old key can make one."""
    first, one = signed()
    two = succeed(one, first, new_key())
    ci = Machine(machine.home, {"SEALKIT_SIGNER": one.signer})
    assert ci.use(origin, one).signer == one.signer
    with pytest.raises(RefusedError, match="was handed over: it is"):
        ci.use(origin, two, vouched)


@pytest.mark.parametrize("value", ["ed25519:short", "x", "ed25519:" + "a" * 44])
def test_a_variable_that_is_no_signing_key(machine: Machine, origin: Path, value: str) -> None:
    with pytest.raises(UsageError, match="not a signing key"):
        Machine(machine.home, {"SEALKIT_SIGNER": value}).admission(origin)


def test_the_old_variable_is_an_error(machine: Machine, origin: Path) -> None:
    with pytest.raises(UsageError, match="SEALKIT_HOUSE was renamed to SEALKIT_SIGNER"):
        Machine(machine.home, {"SEALKIT_HOUSE": "x"}).admission(origin)


# --- a ledger that is missing


def test_a_ledger_that_is_missing(machine: Machine, origin: Path, tmp_path: Path, git: Git) -> None:
    machine.use(origin, None)  # there never was one
    _, ledger = signed()
    machine.take(origin, ledger)
    for place in (origin, clone(origin, tmp_path / "second", git)):
        with pytest.raises(RefusedError, match="whole ledger was removed: the pin of this machine"):
            machine.use(place, None)
    fresh = Machine(tmp_path / "fresh", {"SEALKIT_SIGNER": ledger.signer})
    with pytest.raises(RefusedError, match="SEALKIT_SIGNER names its signer"):
        fresh.use(origin, None)


def test_a_history_that_had_a_ledger(machine: Machine, origin: Path, git: Git) -> None:
    (origin / "sealkit.sum").write_text("x\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "ledger")
    git(origin, "rm", "-q", "sealkit.sum")
    git(origin, "commit", "-qm", "no ledger")
    for _ in range(2):
        with pytest.raises(RefusedError, match="the history of this branch holds one"):
            machine.use(origin, None)


def test_a_history_that_hides_its_ledger_behind_a_merge(machine: Machine, origin: Path, git: Git) -> None:
    """The tree of the merge is that of a side that never had one: git prunes the other side by default."""
    git(origin, "branch", "before")
    (origin / "sealkit.sum").write_text("x\n")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "ledger")
    git(origin, "checkout", "-q", "before")
    git(origin, "commit", "-q", "--allow-empty", "-m", "elsewhere")
    machine.use(origin, None)  # noted as searched
    git(origin, "merge", "-q", "-s", "ours", "main")
    with pytest.raises(RefusedError, match="the history of this branch holds one"):
        machine.use(origin, None)


def test_a_signing_key_without_a_ledger(machine: Machine, origin: Path, git: Git) -> None:
    (origin / ".sealkit").mkdir()
    (origin / ".sealkit/signing-key.sops.yaml").write_text("key: x\n")
    machine.use(origin, None)  # left of an init that was killed: git does not have it
    git(origin, "add", "-A")
    with pytest.raises(RefusedError, match="is the signing key of one"):
        machine.use(origin, None)


def test_a_history_is_searched_once(machine: Machine, origin: Path, git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.use(origin, None)
    asked: list[str] = []
    query = git_plumbing.query
    monkeypatch.setattr(
        git_plumbing, "query", lambda args, *rest, **more: asked.append(args[0]) or query(args, *rest, **more)
    )
    machine.use(origin, None)
    assert "rev-list" not in asked
    git(origin, "commit", "-q", "--allow-empty", "-m", "more")
    machine.use(origin, None)
    assert asked.count("rev-list") == 1


# --- the files of pins


def test_no_process_is_started_for_a_clone_in_its_place(
    machine: Machine, origin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, ledger = signed()
    machine.take(origin, ledger)

    def no(*args: object, **more: object) -> bytes:
        raise AssertionError(f"git {args}")

    monkeypatch.setattr(git_plumbing, "query", no)
    assert machine.use(origin, ledger).signer == ledger.signer


def test_where_nothing_can_be_kept(machine: Machine, origin: Path) -> None:
    _, ledger = signed()
    machine.home.mkdir()
    (machine.home / "sealkit").write_text("a file where the folder of pins should be\n")
    with pytest.raises(SealkitError):
        machine.admission(origin)
    (machine.home / "sealkit").unlink()
    (machine.home / "sealkit").symlink_to("/proc/self/fdinfo")  # nothing can be made there, not even by root
    assert machine.use(origin, ledger, vouched).signer == ledger.signer, "the vouch is there again next time"
    with pytest.raises(RefusedError, match="does not know"):
        machine.use(origin, ledger)
    with pytest.raises(SealkitError) as caught:
        machine.take(origin, ledger)
    assert "SEALKIT_SIGNER" in (caught.value.hint or "")
    named = Machine(machine.home, {"SEALKIT_SIGNER": ledger.signer})
    assert named.use(origin, ledger).signer == ledger.signer


def test_older_ledgers_of_other_branches(machine: Machine, origin: Path) -> None:
    first, one = signed()
    _, stranger = signed()
    pin = machine.take(origin, one)
    assert held_under(one.text(), pin) is not None
    assert held_under(stranger.text(), pin) is None
    two = succeed(one, first, new_key())
    assert held_under(one.text(), machine.take(origin, two)) is None
    assert held_under(one.text(), Pin(Path("none"))) is None
