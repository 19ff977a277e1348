"""Streams that are closed or full: one line, exit code 2, and no traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from commandline import SEALKIT


def shell(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of sh in which `$S` is sealkit."""
    env = {**os.environ, "S": str(SEALKIT)}
    done = subprocess.run(["sh", "-c", line], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize(
    "command", ["rule", "rule SK102", "scan --format json", "scan --staged --format json", "--help"]
)
def test_what_cannot_be_written_is_an_error(repo: Path, command: str) -> None:
    done = shell(f'"$S" {command} >/dev/full', repo)
    assert done.returncode == 2
    assert "sealkit: error: standard output: no space left on device" in done.stderr


@pytest.mark.parametrize("command", ["rule", "scan --format json", "scan --staged --format json"])
def test_a_closed_output(repo: Path, command: str) -> None:
    done = shell(f'"$S" {command} >&-', repo)
    assert done.returncode == 2
    assert "sealkit: error: standard output: bad file descriptor" in done.stderr


def test_a_closed_input_answers_nothing(repo: Path, home: Path) -> None:
    assert shell('"$S" init <&-', repo).returncode == 0
    done = shell('"$S" set a.b private/a.sops.yaml <&-', repo)
    assert done.returncode == 1
    assert "standard input is empty" in done.stderr
    assert shell('"$S" hook run pre-push origin url <&-', repo).returncode == 0


@pytest.mark.parametrize("away", ["2>&-", "2>/dev/full"])
def test_messages_that_nobody_gets_change_no_answer(repo: Path, away: str) -> None:
    assert shell(f'"$S" rule SK102 {away}', repo).returncode == 0
    assert shell(f'"$S" render nosuch {away}', repo).returncode == 2


def test_a_closed_stream_is_not_taken_by_a_file(repo: Path, home: Path) -> None:
    """The editor would print into whatever file had its number."""
    assert shell('"$S" init', repo).returncode == 0
    (repo / "editor").write_text("#!/bin/sh\necho noise\necho noise >&2\necho 'a: b' > \"$1\"\n")
    (repo / "editor").chmod(0o755)
    shell('EDITOR="$PWD/editor" "$S" edit private/a.sops.yaml <&- >&- 2>&-', repo)
    assert not any(
        b"noise" in path.read_bytes() for path in repo.rglob("*") if path.is_file() and path.name != "editor"
    )
    assert (repo / "private/a.sops.yaml").read_text().startswith("a: ENC[")
