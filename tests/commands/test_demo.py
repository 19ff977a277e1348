"""`make demo` on the in-memory API server and on the real control plane, and its error when a step fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repository_kit import ROOT


def demo(*args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "scripts/demo.py"), *args], env={**os.environ, **(env or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
def test_demo_on_the_in_memory_api_server(home: Path) -> None:
    done = demo("--memory")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "which is not Kubernetes" in done.stdout
    for words in ("a Secret holds a plain value", "all ready", "nothing to do", "no findings", "sha256 in the cluster"):
        assert words in done.stdout
    assert not (home / ".config/sops").exists()


@pytest.mark.slow
@pytest.mark.cluster
def test_demo_on_a_real_control_plane() -> None:
    done = demo()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "a real etcd, kube-apiserver" in done.stdout


@pytest.mark.slow
def test_a_failing_step_ends_the_demo(home: Path, tmp_path: Path) -> None:
    """Without the hook the leak is committed, and the demo says so."""
    fake = tmp_path / "git"
    fake.write_text(
        f'#!/bin/sh\n[ "$1" = commit ] && set -- -c core.hooksPath=/dev/null "$@"\nexec {shutil.which("git")} "$@"\n'
    )
    fake.chmod(0o755)
    done = demo("--memory", env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert done.returncode == 1
    assert "demo: step 3 failed: exit code 0, expected 1" in done.stderr
