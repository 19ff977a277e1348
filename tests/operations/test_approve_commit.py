"""Commits that sign what their owner wrote, with the real git and its hooks; and everything that must not be signed so."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.operations.approvals import unapproved
from sealkit.operations.repository import Repository

Git = Callable[..., subprocess.CompletedProcess[str]]
API = "public/api.yaml"


@pytest.fixture
def signing_repo(sealed_repo: Path, git: Git) -> Path:
    """A clone that signs what is committed on main."""
    git(sealed_repo, "config", "sealkit.approve", "commit")
    return sealed_repo


def change(
    root: Path, old: str = "name: api\n", new: str = "name: api\n  # a comment of mine\n", path: str = API
) -> None:
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))


def waiting(root: Path) -> list[str]:
    return [item.path for item in unapproved(Repository.open(root))]


def status(git: Git, root: Path) -> str:
    return git(root, "status", "--porcelain").stdout


@pytest.mark.parametrize("how", [["-a"], [API], ["--only", API], ["--include", API]])
def test_what_is_committed_is_signed(signing_repo: Path, git: Git, how: list[str]) -> None:
    change(signing_repo)
    assert waiting(signing_repo) == [API]
    done = git(signing_repo, "commit", "-qm", "change", *how)
    assert f"signed in this commit: {API}" in done.stderr
    assert waiting(signing_repo) == []
    assert status(git, signing_repo) == ""
    assert git(signing_repo, "show", "--stat", "--format=", "HEAD").stdout.count("|") == 2  # the file and the ledger


def test_new_and_removed_files_are_signed_with_their_folder(signing_repo: Path, git: Git) -> None:
    (signing_repo / "public/deep").mkdir()
    (signing_repo / "public/deep/new.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n")
    git(signing_repo, "add", "-A")
    git(signing_repo, "commit", "-qm", "a new file")
    assert waiting(signing_repo) == []
    git(signing_repo, "rm", "-q", "public/deep/new.yaml")
    git(signing_repo, "commit", "-qm", "without it")
    assert waiting(signing_repo) == []
    assert status(git, signing_repo) == ""


def test_only_what_is_staged_is_signed(signing_repo: Path, git: Git) -> None:
    change(signing_repo)
    git(signing_repo, "add", "-A")
    change(signing_repo, "a comment of mine", "another text")
    git(signing_repo, "commit", "-qm", "the staged half")
    assert waiting(signing_repo) == [API]
    git(signing_repo, "stash", "-q")
    assert waiting(signing_repo) == []


def test_a_clone_that_did_not_ask_for_it(sealed_repo: Path, git: Git) -> None:
    change(sealed_repo)
    assert "signed" not in git(sealed_repo, "commit", "-qam", "change").stderr
    assert waiting(sealed_repo) == [API]


def not_signed(root: Path, git: Git, *command: str, paths: list[str] | None = None) -> str:
    """The commit of this command is made, and nothing is signed in it; what the hook said."""
    before = git(root, "rev-parse", "HEAD").stdout
    ledger = (root / "sealkit.sum").read_text()
    done = git(root, *command)
    assert git(root, "rev-parse", "HEAD").stdout != before
    assert waiting(root) == (paths or [API])
    assert (root / "sealkit.sum").read_text() == ledger
    return done.stderr


def on_another_branch(root: Path, git: Git, text: str = "a stranger's text") -> None:
    """A branch whose last commit has somebody else's text in it, unsigned."""
    git(root, "switch", "-qc", "theirs")
    change(root, new=f"name: api\n  # {text}\n")
    git(root, "-c", "core.hooksPath=/nonexistent", "commit", "-qam", "theirs")
    git(root, "switch", "-q", "main")


def test_another_branch(signing_repo: Path, git: Git) -> None:
    git(signing_repo, "switch", "-qc", "feature")
    change(signing_repo)
    assert "not the branch that deploys (main)" in not_signed(signing_repo, git, "commit", "-qam", "x")


def test_a_merge(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    not_signed(signing_repo, git, "merge", "-q", "--no-ff", "-m", "merge", "theirs")


def test_a_merge_that_is_committed_by_hand(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, "merge", "-q", "--no-ff", "--no-commit", "theirs")
    not_signed(signing_repo, git, "commit", "-qm", "merge")


def test_a_squashed_merge(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, "merge", "-q", "--squash", "theirs")
    assert "a squashed merge" in not_signed(signing_repo, git, "commit", "-qm", "squash")


def test_a_cherry_pick(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    not_signed(signing_repo, git, "cherry-pick", "theirs")


def test_a_cherry_pick_that_is_committed_by_hand(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, "cherry-pick", "-n", "theirs")
    assert "part of a merge" in not_signed(signing_repo, git, "commit", "-qm", "pick")


def test_a_rebase(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    (signing_repo / "README.md").write_text("mine\n")
    git(signing_repo, "add", "-A")
    git(signing_repo, "commit", "-qm", "mine")
    git(signing_repo, "switch", "-q", "theirs")
    git(signing_repo, "rebase", "-q", "main")
    git(signing_repo, "switch", "-q", "main")
    not_signed(signing_repo, git, "merge", "-q", "--ff-only", "theirs")


def test_git_am(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    patch = git(signing_repo, "format-patch", "-1", "--stdout", "theirs").stdout
    git(signing_repo, "branch", "-qD", "theirs")
    (signing_repo.parent / "their.patch").write_text(patch)
    not_signed(signing_repo, git, "am", "-q", str(signing_repo.parent / "their.patch"))


@pytest.mark.parametrize(
    "command",
    [["checkout", "theirs", "--", API], ["restore", "--source", "theirs", "--staged", "--worktree", API]],
)
def test_a_file_of_another_branch(signing_repo: Path, git: Git, command: list[str]) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, *command)
    assert "not in the history of this branch" in not_signed(signing_repo, git, "commit", "-qam", "theirs")


def test_a_diff_of_another_branch_that_is_applied(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    patch = git(signing_repo, "diff", "main", "theirs").stdout
    (signing_repo.parent / "a.patch").write_text(patch)
    git(signing_repo, "apply", str(signing_repo.parent / "a.patch"))
    change(signing_repo, "kind: Deployment\n", "kind: Deployment\n# and a line of mine\n")
    assert "not in the history of this branch" in not_signed(signing_repo, git, "commit", "-qam", "applied")


def test_what_was_only_fetched(signing_repo: Path, git: Git, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(signing_repo), "fork")
    fork = tmp_path / "fork"
    on_another_branch(fork, git)
    git(signing_repo, "fetch", "-q", str(fork), "theirs")
    git(signing_repo, "checkout", "FETCH_HEAD", "--", API)
    assert "not in the history of this branch" in not_signed(signing_repo, git, "commit", "-qm", "fetched")


def test_a_stash_of_another_branch(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, "switch", "-q", "theirs")
    change(signing_repo, "a stranger's text", "a stranger's text, and more")
    git(signing_repo, "stash", "-q")
    git(signing_repo, "switch", "-q", "main")
    git(signing_repo, "checkout", "stash@{0}", "--", API)
    assert "not in the history of this branch" in not_signed(signing_repo, git, "commit", "-qam", "stash")


def test_what_stands_on_an_unsigned_version(signing_repo: Path, git: Git) -> None:
    on_another_branch(signing_repo, git)
    git(signing_repo, "merge", "-q", "--ff-only", "theirs")  # as a merge on the web that was pulled
    change(signing_repo, "# a stranger's text", "# my text")
    not_signed(signing_repo, git, "commit", "-qam", "on top of it")


def test_policy_and_targets(signing_repo: Path, git: Git) -> None:
    with (signing_repo / "sealkit.yaml").open("a") as config:
        config.write("# changed\n")
    with (signing_repo / ".sops.yaml").open("a") as policy:
        policy.write("# changed\n")
    not_signed(signing_repo, git, "commit", "-qam", "policy", paths=[".sops.yaml", "sealkit.yaml"])


def test_files_that_run_by_themselves(signing_repo: Path, git: Git) -> None:
    (signing_repo / "public/.github/workflows").mkdir(parents=True)
    (signing_repo / "public/.github/workflows/ci.yaml").write_text("on: push\n")
    (signing_repo / "public/Makefile").write_text("all:\n")
    git(signing_repo, "add", "-A")
    git(signing_repo, "commit", "-qm", "workflows")
    assert {"public/.github/workflows/ci.yaml", "public/Makefile"} <= {*waiting(signing_repo)}


def test_a_sealed_file_whose_mac_does_not_hold(signing_repo: Path, git: Git) -> None:
    path = signing_repo / "private/app.sops.yaml"
    path.write_text(path.read_text().replace("name: app", "zone: app", 1))
    said = not_signed(signing_repo, git, "commit", "--no-verify", "-qam", "x", paths=["private/app.sops.yaml"])
    assert said == ""
    path.write_text(path.read_text() + "\n")
    not_signed(signing_repo, git, "commit", "-qam", "y", paths=["private/app.sops.yaml"])


def test_a_key_that_asks_for_a_passphrase(signing_repo: Path, home: Path, git: Git) -> None:
    import pyrage

    keys = home / ".config/sops/age/keys.txt"
    keys.write_bytes(pyrage.passphrase.encrypt(keys.read_bytes(), "correct horse"))
    change(signing_repo)
    done = git(signing_repo, "commit", "-qam", "x")
    assert "the signing key does not open without a question" in done.stderr
    assert "signed in this commit" not in done.stderr
