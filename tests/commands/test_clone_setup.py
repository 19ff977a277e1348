"""A clone without the drivers for masked diffs and merges is told so by every command, once, and never by what git calls."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import Ran
from sealkit.cli.app import SCANNERS, SET_UP_COMMANDS
from sealkit.cli.command_list import SUMMARIES
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer

TOLD = "sealkit: warning: this clone lacks the drivers for masked diffs and for merges\nsealkit: hint: sealkit hook install\n"
GIVEN = {
    "get": ["get", "a.value"],
    "set": ["set", "a.value"],
    "unset": ["unset", "a.none"],
    "renew": ["renew", "a.value"],
    "mv": ["mv", "a.value", "a.other"],
    "seal": ["seal", "--check"],
    "rotate": ["rotate", "--dry-run"],
    "recipients": ["recipients", "list"],
    "example": ["example", "--check"],
    "allow": ["allow", "0123", "--reason", "made up"],
    "rule": ["rule", "sealed.open-leaf"],
    "split": ["split", "public"],
    "merge": ["merge", "private/a.sops.yaml"],
    "edit": ["edit", "private/a.sops.yaml"],
}


@pytest.fixture
def clone(
    repo: Path,
    age_key: str,
    git: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path: Path,
    sealkit: Callable[..., Ran],
) -> Path:
    """A fresh clone of a repository with a sealed value."""
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")
    (repo / "private").mkdir()
    (repo / "private/a.sops.yaml").write_text("a:\n  value: made up\n")
    assert sealkit("seal", "private/a.sops.yaml", cwd=repo).code == 0
    create_signer(Repository.open(repo))
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a repository")
    git(tmp_path, "clone", "-q", str(repo), "clone")
    return tmp_path / "clone"


@pytest.mark.parametrize("command", sorted({*SUMMARIES} - SET_UP_COMMANDS - SCANNERS))
def test_every_command_tells_it_once(clone: Path, sealkit: Callable[..., Ran], command: str) -> None:
    done = sealkit(*GIVEN.get(command, [command]), cwd=clone, reveals=True, env={"SOPS_EDITOR": "true"})
    assert done.err.count(TOLD) == 1, done.err
    assert done.out.count("this clone lacks") == 0


def test_what_git_calls_tells_nothing(clone: Path, sealkit: Callable[..., Ran]) -> None:
    for args in (["scan", "--staged"], ["hook", "run", "pre-commit"], ["textconv", "private/a.sops.yaml"]):
        assert "this clone lacks" not in sealkit(*args, cwd=clone).err
    assert "this clone lacks" not in sealkit("example", "--help", cwd=clone).err


@pytest.mark.parametrize("command", sorted(SCANNERS))
def test_what_ci_runs_in_a_fresh_clone_tells_nothing(clone: Path, sealkit: Callable[..., Ran], command: str) -> None:
    assert "this clone lacks" not in sealkit(*GIVEN.get(command, [command]), cwd=clone).err


def test_a_clone_that_is_set_up_is_told_nothing(clone: Path, sealkit: Callable[..., Ran]) -> None:
    below = clone / "private"
    assert TOLD in sealkit("example", cwd=below).err
    assert "this clone lacks" in sealkit("doctor", cwd=clone).out
    assert sealkit("hook", "install", cwd=below).code == 0
    assert "this clone lacks" not in sealkit("example", cwd=below).err


def test_elsewhere_nothing_is_told(repo: Path, sealkit: Callable[..., Ran], tmp_path: Path) -> None:
    assert "this clone lacks" not in sealkit("example", cwd=repo).err
    (tmp_path / "folder").mkdir()
    assert "this clone lacks" not in sealkit("example", cwd=tmp_path / "folder").err
