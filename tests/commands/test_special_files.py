"""A pipe or a socket in place of a file of the repository is an error at once, in one line; one that a person names is read."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from commandline import SEALKIT, Ran
from trust_kit import TrustedRepo

Git = Callable[..., subprocess.CompletedProcess[str]]
Sealkit = Callable[..., Ran]
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("scan",), ("review",), ("doctor",), ("approve",), ("render",), ("render", "--reveal"), ("example", "--check"),
    ("get", "private/db.yaml", "db.password"), ("scan", "--staged"), ("hook", "run", "pre-commit"), ("audit",),
)  # fmt: skip
BY_INDEX = {("scan", "--staged"), ("hook", "run", "pre-commit"), ("audit",)}
"""What reads the index and the history, not the work tree."""
READERS = {
    "public/app.yaml": {("scan",), ("render",), ("render", "--reveal")},
    "private/db.yaml": {*COMMANDS} - BY_INDEX,
    "sealkit.yaml": {*COMMANDS} - BY_INDEX,
    ".sops.yaml": {("scan",), ("review",), ("doctor",), ("approve",)},
    "sealkit.sum": {*COMMANDS} - BY_INDEX - {("render",), ("example", "--check")},
}
"""Who must say so. Others may: they do without the file, or end with the same error."""


def put(kind: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a pipe or a socket in place of a file."""
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
        return
    monkeypatch.chdir(path.parent)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


@pytest.mark.parametrize("kind", ["pipe", "socket"])
@pytest.mark.parametrize("name", READERS)
def test_in_place_of_a_file(
    kind: str, name: str, trusted_repo: TrustedRepo, sealkit: Sealkit, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(kind, trusted_repo.root / name, monkeypatch)
    for command in COMMANDS:
        ran = sealkit(*command, cwd=trusted_repo.root, timeout=20, reveals=command[0] == "get")
        if command in READERS[name]:
            assert name in ran.out + ran.err, (command, ran)
            assert "is a named pipe" in ran.out + ran.err or "is a socket" in ran.out + ran.err, (command, ran)
            assert ran.code == 2 or (ran.code == 1 and command[0] in {"scan", "doctor"}), (command, ran)
            assert ran.err.count("error:") <= 1
        else:
            assert ran.code in {0, 1} or f"error: {name}: is a" in ran.err, (command, ran)


def test_in_place_of_a_message(trusted_repo: TrustedRepo, sealkit: Sealkit) -> None:
    os.mkfifo(trusted_repo.root / "message")
    for args in (("hook", "run", "commit-msg", "message"), ("textconv", "message"), ("seal", "message")):
        ran = sealkit(*args, cwd=trusted_repo.root, timeout=20)
        assert ran.code == 2, ran
        assert "message" in ran.err


def test_a_pipe_that_a_person_names_is_read(trusted_repo: TrustedRepo, home: Path, tmp_path: Path) -> None:
    keys = home / ".config/sops/age/keys.txt"
    moved = keys.rename(home / "elsewhere")
    script = f'SOPS_AGE_KEY_FILE=<(cat "{moved}") "{SEALKIT}" get private/db.yaml db.password | wc -c'
    done = subprocess.run(
        ["bash", "-c", script], check=False, cwd=trusted_repo.root, capture_output=True, text=True, timeout=30
    )
    assert int(done.stdout) > 1, done.stderr
    os.mkfifo(trusted_repo.root / "keys")
    script = f'SOPS_AGE_KEY_FILE=keys "{SEALKIT}" get private/db.yaml db.password'
    done = subprocess.run(
        ["bash", "-c", script], check=False, cwd=trusted_repo.root, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 2
    assert "is a named pipe" in done.stderr
