"""Fixtures of the tests of scan, audit and the hooks: a repository in which secrets may stand, and sealkit on the PATH."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary

Git = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def house(repo: Path, canary: Canary, git: Git) -> Path:
    """A repository with one clean commit, in which this test may plant secrets."""
    canary.allow(repo)
    (repo / "README.md").write_text("a house\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "begin")
    return repo


@pytest.fixture
def hooked(house: Path, sealkit: Callable[..., object], monkeypatch: pytest.MonkeyPatch, git: Git) -> Path:
    """The same with the hooks installed, which find sealkit on the PATH."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = sealkit("hook", "install", cwd=house)
    assert done.code == 0, done.err  # type: ignore[attr-defined]
    git(house, "add", "-A")
    git(house, "commit", "-qm", "hooks")
    return house


@pytest.fixture
def leak(canary: Canary) -> Callable[[Path], str]:
    """Write a plain Secret and give back its value."""

    def write(path: Path) -> str:
        value = canary.secret()
        path.write_text(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData:\n  password: {value}\n")
        return value

    return write


@pytest.fixture
def refused(canary: Canary) -> Callable[..., None]:
    """`refused(done, path, line)`: git stopped; rule, place, route and hint are said, and the value is nowhere."""

    def check(done: subprocess.CompletedProcess[str], path: str = "db.yaml", line: int = 5) -> None:
        said = done.stdout + done.stderr
        canary.hear("what git printed", said)
        assert done.returncode != 0, said
        assert f"{path}:{line}: error SK201" in said
        assert ".stringData.password" in said
        assert f"hint: sealkit split {path}" in said

    return check
