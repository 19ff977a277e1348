"""Streams that are closed or full: one line, exit code 2, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import time
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


@pytest.mark.parametrize("args", [("set", "a.b", "private/a.sops.yaml"), ("hook", "run", "pre-push")])
def test_an_interrupt_is_said(repo: Path, home: Path, args: tuple[str, ...]) -> None:
    """Each of them waits for its input."""
    assert shell('"$S" init', repo).returncode == 0
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs behind
    child = subprocess.Popen(
        [str(SEALKIT), *args], cwd=repo, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    signal.signal(signal.SIGINT, before)
    while child.poll() is None and not _reads(child.pid):
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    assert err.count("sealkit: error: interrupted") == 1
    assert "Traceback" not in err


def _reads(pid: int) -> bool:
    """Whether a process waits for its standard input: in `read`, which is call 0 on amd64 and 63 on arm64."""
    call = Path(f"/proc/{pid}/syscall").read_text().split()
    return call[:2] in (["0", "0x0"], ["63", "0x0"])
