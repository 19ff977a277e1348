"""The canary sees a planted leak in each place that it watches; without this, its silence would mean nothing."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from canary import Canary
from commandline import AUDIT


@pytest.fixture
def bird(tmp_path: Path) -> Canary:
    folder = tmp_path / "watched"
    folder.mkdir()
    return Canary(folder)


def test_silence_without_a_leak(bird: Canary) -> None:
    bird.hear("out", "nothing here")
    (bird.folder / "clean").write_text("nothing here")
    assert bird.leaks() == []


def test_sees_output(bird: Canary) -> None:
    bird.hear("standard output", f"password is {bird.secret()}")
    assert bird.leaks() == ["standard output"]


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_sees_base64_in_every_alignment(bird: Canary, shift: int) -> None:
    (bird.folder / "f").write_bytes(base64.b64encode(b"x" * shift + bird.secret().encode()))
    assert bird.leaks() == ["file f"]


def test_sees_a_file_unless_it_was_named(bird: Canary) -> None:
    path = bird.folder / "sub" / "f"
    path.parent.mkdir()
    path.write_text(bird.secret())
    assert bird.leaks() == ["file sub/f"]
    bird.allow(path.parent)
    assert bird.leaks() == []


def test_sees_a_git_object(bird: Canary) -> None:
    subprocess.run(["git", "init", "-q", bird.folder], check=True)
    subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        input=bird.secret().encode(),
        cwd=bird.folder,
        check=True,
        capture_output=True,
    )
    assert [leak[:17] for leak in bird.leaks()] == ["file .git/objects"]


@pytest.mark.parametrize("where", ["argv", "env"])
def test_sees_a_child_process(bird: Canary, where: str) -> None:
    child = "['true', 'S']" if where == "argv" else "['true'], env={'X': 'S'}"
    code = f"import subprocess; subprocess.run({child})".replace("'S'", "sys.stdin.readline()").replace(
        "import ", "import sys, ", 1
    )
    env = {**os.environ, "PYTHONPATH": str(AUDIT), "SEALKIT_TEST_AUDIT": str(bird.audit)}
    subprocess.run([sys.executable, "-c", code], input=bird.secret().encode(), env=env, check=True)
    assert bird.leaks() == ["child process true"]
