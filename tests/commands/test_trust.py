"""Trust from the first `init` to a dead machine: who may approve, how a machine knows the signing key, and what it refuses."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, Run, commit, new_age_key, on_terminal, pgp_key
from sealkit.cli.app import run as run_here
from sealkit.ledger import vouches
from sealkit.ledger.signing import new_key, sign, verified
from sealkit.ledger.text import Ledger
from sealkit.operations.repository import Repository
from sealkit.sealed import policy
from sealkit.sealed.policy_signing_key import find_own_rule
from sealkit.sops import data_key

SIGNING_KEY = ".sealkit/signing-key.sops.yaml"


def ledger_of(root: Path) -> Ledger:
    return verified(Ledger.parse((root / "sealkit.sum").read_text()))


def fresh_machine(folder: Path, keys: Path | None = None) -> dict[str, str]:
    """Another machine: a home without pins, with these age keys."""
    home = folder / "home"
    (home / ".config/sops/age").mkdir(parents=True)
    if keys is not None:
        shutil.copy(keys, home / ".config/sops/age/keys.txt")
    return {"HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config")}


def pins_of(env: dict[str, str]) -> list[str]:
    folder = Path(env["XDG_CONFIG_HOME"]) / "sealkit/pins"
    return [path.name for path in folder.glob("*.json")] if folder.exists() else []


def clone(source: Path, target: Path, git: Git) -> Path:
    git(source.parent, "clone", "-q", f"file://{source}", str(target))
    return target


@pytest.fixture
def own_keys(home: Path) -> Path:
    return home / ".config/sops/age/keys.txt"


@pytest.fixture
def stranger_signed(sealed_repo: Path, tmp_path: Path, git: Git) -> Path:
    """A clone whose ledger was made anew by somebody else: other key, every line well signed."""
    target = clone(sealed_repo, tmp_path / "forged", git)
    old, key = ledger_of(target), new_key()
    entries = [entry for entry in old.entries if entry.kind != "vouch"]
    copied = [entry for entry in old.entries if entry.kind == "vouch"]
    forged = sign(Ledger(key.public, id=old.id, name=old.name), [*entries, *copied], key)
    (target / "sealkit.sum").write_text(forged.text())
    return target


# --- who may approve


def test_init_names_the_approvers(
    repo: Path, age_key: str, sealkit: Run, tmp_path: Path, canary: Canary, home: Path
) -> None:
    canary.allow(home)
    robot, paper = new_age_key(tmp_path / "robot.txt"), new_age_key(tmp_path / "paper.txt")
    done = sealkit("init", "-r", age_key, "-r", robot, "--may-approve", paper, cwd=repo)
    assert done.code == 0, done.err
    assert f"who may approve: {age_key}, {paper}" in done.err
    rules = policy.read((repo / ".sops.yaml").read_text())
    assert find_own_rule(rules) == 1
    assert [{one.id for one in rule.recipients} for rule in rules.rules] == [{age_key, paper}, {age_key, robot, paper}]
    assert {one.id for one in Repository.open(repo).sealed[SIGNING_KEY].recipients} == {age_key, paper}
    assert list(vouches.about(ledger_of(repo))) == [f"age:{age_key}"]
    proved = sealkit("doctor", "--with", tmp_path / "paper.txt", cwd=repo)
    assert "vouches for the signing key from now on" in proved.out, proved.out
    assert set(vouches.about(ledger_of(repo))) == {f"age:{age_key}", f"age:{paper}"}


def test_init_for_others_alone_asks_who_may_approve(repo: Path, home: Path, sealkit: Run, tmp_path: Path) -> None:
    one, two = new_age_key(tmp_path / "one.txt"), new_age_key(tmp_path / "two.txt")
    before = sorted(repo.rglob("*"))
    refused = sealkit("init", "-r", one, "-r", two, cwd=repo)
    assert refused.code == 2
    assert "it is open who may approve" in refused.err
    assert "--may-approve" in refused.err
    assert sorted(repo.rglob("*")) == before
    done = sealkit("init", "-r", one, "-r", two, "--may-approve", two, cwd=repo)
    assert done.code == 0, done.err
    assert {r.id for r in policy.read((repo / ".sops.yaml").read_text()).rules[0].recipients} == {two}


def test_a_broad_rule_of_a_sops_repository_does_not_say_who_approves(
    repo: Path, age_key: str, sealkit: Run, tmp_path: Path
) -> None:
    robot = new_age_key(tmp_path / "robot.txt")
    text = f"# ours\ncreation_rules:\n  # everything\n  - age: {age_key},{robot}\n"
    (repo / ".sops.yaml").write_text(text)
    done = sealkit("init", cwd=repo)
    assert done.code == 0, done.err
    rules = policy.read((repo / ".sops.yaml").read_text())
    assert [{one.id for one in rule.recipients} for rule in rules.rules] == [{age_key}, {age_key, robot}]
    assert rules.find("any.yaml") == rules.rules[1]
    assert {one.id for one in Repository.open(repo).sealed[SIGNING_KEY].recipients} == {age_key}
    added = sealkit("recipients", "add", new_age_key(tmp_path / "x.txt"), cwd=repo)
    assert added.code == 0, added.err
    rules = policy.read((repo / ".sops.yaml").read_text())
    assert [len(rule.recipients) for rule in rules.rules] == [1, 3]


def test_no_value_is_opened_with_the_signing_key(
    sealed_repo: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], canary: Canary
) -> None:
    """Not by a key that only deploys (it could not), and not by one that may approve while nothing must be signed."""
    opened: list[str] = []
    real = data_key.recover_data_keys
    monkeypatch.setattr(
        "sealkit.sops.decrypt.recover_data_keys", lambda blocks, ring: opened.extend(blocks) or real(blocks, ring)
    )
    monkeypatch.chdir(sealed_repo)
    for command in (["get", "db.port"], ["get", "private/db.sops.yaml"], ["render", "--reveal"], ["render"]):
        assert run_here(command) == 0, command
        assert opened, command
        assert SIGNING_KEY not in opened, command
        opened.clear()
    capsys.readouterr()


def test_in_a_repository_without_folders_neither(
    repo: Path, age_key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], canary: Canary,
    home: Path, git: Git,
) -> None:  # fmt: skip
    canary.allow(home)
    monkeypatch.chdir(repo)
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")
    (repo / "secret.sops.yaml").write_text(
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  a: {canary.secret()}\n"
    )
    assert run_here(["init"]) == 0
    assert run_here(["seal", "secret.sops.yaml"]) == 0
    repository = Repository.open(repo)
    from sealkit.operations.approvals import approve, unapproved

    repository.deploys()
    approve(repository, unapproved(repository))
    opened: list[str] = []
    real = data_key.recover_data_keys
    monkeypatch.setattr(
        "sealkit.sops.decrypt.recover_data_keys", lambda blocks, ring: opened.extend(blocks) or real(blocks, ring)
    )
    assert run_here(["render", "--reveal"]) == 0
    assert opened == ["secret.sops.yaml"]
    capsys.readouterr()


# --- a new machine


def test_a_key_from_a_backup_knows_the_signing_key(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git, own_keys: Path
) -> None:
    env = fresh_machine(tmp_path / "b", own_keys)
    there = clone(sealed_repo, tmp_path / "b/clone", git)
    got = sealkit("get", "db.port", cwd=there, env=env, reveals=True)
    assert (got.code, got.out) == (0, "5432"), got.err
    assert len(pins_of(env)) == 1
    checked = sealkit("doctor", cwd=there, env=env).out
    assert f"this machine knows the signing key of repo: {ledger_of(there).signer}" in checked
    assert "vouch: every key that may approve vouches for the signing key" in checked


def test_without_a_vouch_it_stops_until_the_signing_key_is_named(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git, canary: Canary
) -> None:
    robot = tmp_path / "robot.txt"
    assert sealkit("recipients", "add", new_age_key(robot), cwd=sealed_repo).code == 0
    commit(sealed_repo, git)
    env = fresh_machine(tmp_path / "b", robot)
    there = clone(sealed_repo, tmp_path / "b/clone", git)
    signer = ledger_of(there).signer
    (there / "private/new.yaml").write_text("a: 1\n")
    for command in (["get", "db.port"], ["render", "--reveal"], ["set", "db.port"], ["approve"], ["rotate"], ["unset", "db.port"],
                    ["seal", "private/new.yaml"], ["recipients", "sync"]):  # fmt: skip
        stopped = sealkit(*command, cwd=there, env=env, input="1")
        assert stopped.code == 1, (command, stopped.err)
        assert f"does not know the signing key of repo: {signer}" in stopped.err, command
        assert f"sealkit trust {signer}" in stopped.err
        assert stopped.out == ""
    (there / "private/new.yaml").unlink()
    assert pins_of(env) == []
    assert git(there, "status", "--porcelain").stdout == ""
    named = sealkit("get", "db.port", cwd=there, env={**env, "SEALKIT_SIGNER": signer}, reveals=True)
    assert named.out == "5432"
    wrong = sealkit("trust", new_key().public, cwd=there, env=env)
    assert wrong.code == 1
    assert f"its signing key is another one: {signer}" in wrong.err
    assert sealkit("trust", signer[:20], cwd=there, env=env).code == 2
    done = sealkit("trust", signer, cwd=there, env=env)
    assert done.code == 0, done.err
    assert f"repository: repo ({ledger_of(there).id})" in done.err
    assert "who may approve: age:" in done.err
    assert git(there, "status", "--porcelain").stdout == "", "who may not approve vouches for nothing"
    assert sealkit("get", "db.port", cwd=there, env=env, reveals=True).out == "5432"


def test_who_needs_no_key_looks_at_a_strangers_clone_and_keeps_nothing(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git
) -> None:
    env = fresh_machine(tmp_path / "b")
    there = clone(sealed_repo, tmp_path / "b/clone", git)
    for command in (["scan", "."], ["audit"], ["review"], ["review", "HEAD..HEAD"], ["render", "--stand-ins"],
                    ["render", "--placeholders"], ["example", "--check"], ["recipients", "sync", "--check"], ["rule", "SK101"], ["hook", "install"],
                    ["scan", "--staged"]):  # fmt: skip
        done = sealkit(*command, cwd=there, env=env)
        assert done.code in {0, 1}, (command, done.err)
        assert "does not know the signing key" not in done.err, command
    told = sealkit("review", cwd=there, env=env).out
    assert f"this machine does not know `{ledger_of(there).signer}`" in told
    assert "this machine does not know" not in sealkit("review", cwd=sealed_repo).out
    assert pins_of(env) == []


def test_a_dead_machine_and_a_key_on_paper(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git, own_keys: Path
) -> None:
    paper = tmp_path / "paper.txt"
    assert sealkit("recipients", "add", new_age_key(paper), "--may-approve", cwd=sealed_repo).code == 0
    assert sealkit("doctor", "--with", paper, cwd=sealed_repo).code == 0
    commit(sealed_repo, git)
    env = fresh_machine(tmp_path / "b", paper)
    there = clone(sealed_repo, tmp_path / "b/clone", git)
    done = sealkit("bootstrap", cwd=there, env=env)
    assert done.code == 0, done.err
    assert "by the vouch of age:" in done.err
    assert sealkit("set", "db.port", cwd=there, env=env, input="5433").code == 0
    assert "everything is approved" in sealkit("approve", cwd=there, env=env).err


# --- forged ledgers


def test_a_forged_ledger_in_a_second_clone_of_the_owner(stranger_signed: Path, sealkit: Run) -> None:
    """Its vouch was copied, its id is the right one, and the files are as they were."""
    for command in (["get", "db.port"], ["render", "--reveal"], ["set", "db.port"], ["approve"]):
        stopped = sealkit(*command, cwd=stranger_signed, input="1")
        assert stopped.code == 1, command
        assert "sealkit.sum:1: the signing key was replaced" in stopped.err
        assert stopped.out == ""


def test_a_forged_ledger_on_a_new_machine_with_a_key_that_vouched(
    stranger_signed: Path, sealkit: Run, tmp_path: Path, own_keys: Path
) -> None:
    env = fresh_machine(tmp_path / "b", own_keys)
    stopped = sealkit("get", "db.port", cwd=stranger_signed, env=env)
    assert stopped.code == 1
    assert "this machine does not know the signing key" in stopped.err
    assert stopped.out == ""


def test_trust_says_what_was_known_and_asks_on_a_terminal(
    stranger_signed: Path, sealkit: Run, canary: Canary, tmp_path: Path
) -> None:
    signer, known = ledger_of(stranger_signed).signer, ledger_of(stranger_signed.parent / "repo").signer
    code, said = on_terminal(canary, ["n"], "trust", signer, cwd=stranger_signed)
    assert code == 1, said
    assert f"by its id, this machine knew this repository as repo under {known}" in said
    assert "take" in said
    assert sealkit("get", "db.port", cwd=stranger_signed).code == 1
    assert sealkit("trust", signer, "--yes", cwd=stranger_signed).code == 2
    code, said = on_terminal(canary, ["y"], "trust", signer, cwd=stranger_signed)
    assert code == 0, said
    assert sealkit("get", "db.port", cwd=stranger_signed, reveals=True).out == "5432"
    assert sealkit("get", "db.port", cwd=stranger_signed.parent / "repo").code == 1, (
        "one repository has one signing key"
    )


def test_the_ledger_removed_in_a_pull(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git, own_keys: Path
) -> None:
    there = clone(sealed_repo, tmp_path / "second", git)
    git(there, "rm", "-q", "sealkit.sum", SIGNING_KEY)
    git(there, "commit", "-qm", "no ledger")
    for env in (None, fresh_machine(tmp_path / "b", own_keys)):
        for command in (["get", "db.port"], ["render", "--reveal"], ["init"]):
            stopped = sealkit(*command, cwd=there, env=env)
            assert stopped.code == 1, (command, stopped.err)
            assert "the whole ledger was removed" in stopped.err


# --- the signing key replaced


def test_a_colleague_leaves(sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git, own_keys: Path) -> None:
    """The own second machine follows by its vouch; the colleague's copy of the old key does not bring anything back; CI is told."""
    bob_keys = tmp_path / "bob.txt"
    bob = new_age_key(bob_keys)
    assert sealkit("recipients", "add", bob, "--may-approve", cwd=sealed_repo).code == 0
    robot_keys = tmp_path / "robot.txt"
    assert sealkit("recipients", "add", new_age_key(robot_keys), cwd=sealed_repo).code == 0
    commit(sealed_repo, git)
    old = ledger_of(sealed_repo).signer
    mine, robots = fresh_machine(tmp_path / "b", own_keys), fresh_machine(tmp_path / "c", robot_keys)
    second, ci = clone(sealed_repo, tmp_path / "b/clone", git), clone(sealed_repo, tmp_path / "c/clone", git)
    assert sealkit("get", "db.port", cwd=second, env=mine, reveals=True).code == 0
    assert sealkit("trust", old, cwd=ci, env=robots).code == 0

    gone = sealkit("recipients", "remove", bob, cwd=sealed_repo)
    assert gone.code == 0, gone.err
    new = ledger_of(sealed_repo)
    assert f"replaced the signing key: {new.signer}" in gone.err
    assert len(vouches.about(new)) == 1, "the own vouch was added in the same write"
    commit(sealed_repo, git)
    for place in (second, ci):
        git(place, "pull", "-q")
    assert sealkit("get", "db.port", cwd=second, env=mine, reveals=True).code == 0
    stopped = sealkit("get", "db.port", cwd=ci, env=robots)
    assert stopped.code == 1
    assert f"the signing key was handed over to {new.signer}" in stopped.err
    older = sealkit("trust", old, cwd=ci, env=robots)
    assert older.code == 1
    assert f"sealkit trust {new.signer}" in older.err
    assert sealkit("trust", new.signer, cwd=ci, env=robots).code == 0
    assert sealkit("get", "db.port", cwd=ci, env=robots, reveals=True).code == 0
    # bob shows the past
    git(second, "checkout", "-q", "HEAD~1", "--", "sealkit.sum")
    back = sealkit("get", "db.port", cwd=second, env=mine)
    assert back.code == 1
    assert "the signing key was replaced" in back.err


def test_a_pgp_key_vouches_at_init_and_trust(
    repo: Path, home: Path, sealkit: Run, canary: Canary, git: Git, tmp_path: Path
) -> None:
    canary.allow(home)
    fingerprint = pgp_key("Me <me@example.invalid>")
    done = sealkit("init", "-r", fingerprint, cwd=repo)
    assert done.code == 0, done.err
    assert list(vouches.about(ledger_of(repo))) == [f"pgp:{fingerprint}"]
    commit(repo, git)
    env = {"HOME": str(tmp_path / "b"), "XDG_CONFIG_HOME": str(tmp_path / "b"), "GNUPGHOME": os.environ["GNUPGHOME"]}
    there = clone(repo, tmp_path / "clone", git)
    assert "everything is approved" in sealkit("approve", cwd=there, env=env).err
    assert len(pins_of(env)) == 1
    # lost, and made again
    text = (there / "sealkit.sum").read_text()
    (there / "sealkit.sum").write_text("".join(row for row in text.splitlines(True) if not row.startswith("vouch")))
    checked = sealkit("doctor", cwd=there, env=env).out
    assert f"pgp:{fingerprint}, which is yours, does not vouch" in checked
    assert f"sealkit trust {ledger_of(there).signer}" in checked
    done = sealkit("trust", ledger_of(there).signer, cwd=there, env=env)
    assert f"pgp:{fingerprint} vouches for it: commit sealkit.sum" in done.err
    assert len(vouches.about(ledger_of(there))) == 1


def test_any_signing_write_brings_a_missing_vouch(sealed_repo: Path, sealkit: Run) -> None:
    path = sealed_repo / "sealkit.sum"
    path.write_text("".join(row for row in path.read_text().splitlines(True) if not row.startswith("vouch")))
    assert vouches.about(ledger_of(sealed_repo)) == {}
    assert sealkit("set", "db.port", cwd=sealed_repo, input="5433").code == 0
    assert len(vouches.about(ledger_of(sealed_repo))) == 1
