"""Two branches of a sealed file, merged by the real git: by value, only what was approved, and never a plaintext on disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from commandline import Ran
from sealkit.cli.session import Session
from sealkit.cli.trust import gitting
from sealkit.source import config

SEALED = "private/db.sops.yaml"


@pytest.fixture
def branches(
    repo: Path, age_key: str, canary: Canary, git: Callable[..., subprocess.CompletedProcess[str]]
) -> Callable[[str, str, str], Path]:
    """`branches(base, ours, theirs)`: a house with a sealed file in three approved versions; main is checked out."""
    canary.allow(repo.parent / "home")
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")

    def write(text: str, message: str, machine: str = "") -> None:
        from sealkit.sops.opening import open_file
        from sealkit.sops.sealing import reseal, seal

        keys = str(repo.parent / "home/.config/sops/age/keys.txt")
        other = {"XDG_CONFIG_HOME": str(repo.parent / machine), "SOPS_AGE_KEY_FILE": keys}
        session = Session(config.load(repo), {**os.environ, **(other if machine else {})})
        path = repo / SEALED
        if path.exists():
            sealed = reseal(open_file(SEALED, path.read_bytes(), session.keyring), text)
        else:
            assert session.policy is not None
            sealed = seal(SEALED, text, session.policy.rule_for(SEALED))
        session.write_sealed({SEALED: sealed})
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", message)

    def make(base: str, ours: str, theirs: str) -> Path:
        Session.open(repo).new_house()
        gitting.setup(repo)
        write(base, "base")
        git(repo, "switch", "-qc", "theirs")
        write(theirs, "theirs", machine="colleague")  # whose pin knows that generation, and ours does not
        git(repo, "switch", "-q", "main")
        write(ours, "ours")
        return repo

    return make


def merged(repo: Path, git: Callable[..., subprocess.CompletedProcess[str]]) -> subprocess.CompletedProcess[str]:
    done = git(repo, "merge", "--no-edit", "theirs", check=False)
    assert "Traceback" not in done.stderr
    return done


def test_two_changes_come_together(
    branches: Callable[[str, str, str], Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], canary: Canary,
) -> None:  # fmt: skip
    one, two, kept = canary.secret(), canary.secret(), canary.secret()
    base = f"db:\n    user: app\n    password: {kept}\n"
    repo = branches(base, base + f"mine: {one}\n", base.replace("app", "web") + f"theirs: {two}\n")
    before = (repo / SEALED).read_text()
    done = merged(repo, git)
    assert done.returncode == 0, done.stdout + done.stderr
    after = (repo / SEALED).read_text()
    line = next(row for row in before.splitlines() if "password" in row)
    assert line in after  # an untouched leaf keeps its ciphertext
    assert sealkit("approve", SEALED, cwd=repo, input="").code == 0
    shown = sealkit("get", SEALED, cwd=repo, reveals=True)
    assert shown.code == 0
    assert all(value in shown.out for value in (one, two, kept, "user: web"))
    canary.hear("git", done.stdout + done.stderr)


def test_a_true_conflict_leaves_ours_whole_and_is_finished_by_route(
    branches: Callable[[str, str, str], Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], canary: Canary,
) -> None:  # fmt: skip
    base, one, two = canary.secret(), canary.secret(), canary.secret()
    text = "db:\n    password: {}\n    other: {}\n"
    repo = branches(text.format(base, "x"), text.format(one, "x"), text.format(two, "y"))
    ours = (repo / SEALED).read_bytes()
    done = merged(repo, git)
    assert done.returncode == 1
    assert "both sides changed .db.password" in done.stderr
    assert (repo / SEALED).read_bytes() == ours
    undecided = sealkit("merge", SEALED, cwd=repo)
    assert undecided.code == 1
    assert f"sealkit merge {SEALED} --theirs .db.password" in undecided.err
    assert sealkit("merge", SEALED, "--theirs", ".db.password", cwd=repo).code == 0
    shown = sealkit("get", SEALED, cwd=repo, reveals=True).out
    assert two in shown
    assert one not in shown
    assert 'other: "y"' in shown
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "merged")
    assert sealkit("review", cwd=repo).code == 0


def test_what_nobody_approved_is_not_merged(
    branches: Callable[[str, str, str], Path], git: Callable[..., subprocess.CompletedProcess[str]],
    age_key: str, canary: Canary,
) -> None:  # fmt: skip
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule
    from sealkit.sops.sealing import seal

    secret = canary.secret()
    base = f"db:\n    password: {secret}\n"
    repo = branches(base, base + "mine: 1\n", base + "theirs: 1\n")
    git(repo, "switch", "-q", "theirs")
    rule = CreationRule(groups=[[Recipient("age", age_key)]])
    (repo / SEALED).write_text(seal(SEALED, "db:\n    password: of a stranger\n", rule))
    git(repo, "commit", "-qam", "a stranger's file")
    git(repo, "switch", "-q", "main")
    ours = (repo / SEALED).read_bytes()
    done = merged(repo, git)
    assert done.returncode == 1
    assert "theirs is a version that nobody of this house approved" in done.stderr
    assert (repo / SEALED).read_bytes() == ours


def test_two_changes_of_the_policy_are_merged_by_line(
    branches: Callable[[str, str, str], Path], git: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    repo = branches("a: b\n", "a: b\n", "a: b\n")
    policy = repo / ".sops.yaml"
    text = "# who\n# can\n# open\n# what\n" + policy.read_text()
    policy.write_text(text)
    git(repo, "commit", "-qam", "remarks")
    git(repo, "switch", "-qc", "other")
    policy.write_text(text + "# theirs\n")
    git(repo, "commit", "-qam", "theirs")
    git(repo, "switch", "-q", "main")
    policy.write_text("# ours\n" + text)
    git(repo, "commit", "-qam", "ours")
    done = git(repo, "merge", "--no-edit", "other", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert policy.read_text() == "# ours\n" + text + "# theirs\n"
