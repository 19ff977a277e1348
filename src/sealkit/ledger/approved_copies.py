"""Copies of sealed files as they were approved, so that a refusal can name the routes that differ.

They are sealed as they were, lie in the git folder that all worktrees share, and are known by their digest: a copy that was
tampered with is no copy. Where there is none (a fresh clone), the history of the file is asked.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.ledger.entries import file_digest
from sealkit.source import files, git

_FOLDER = "sealkit"
_NEWEST = 200
"""How many versions of one file are looked at in its history."""


def has(common_dir: Path, sha256: str) -> bool:
    """Whether there is a copy of this digest."""
    return (common_dir / _FOLDER / "approved" / sha256).exists()


def keep(common_dir: Path, data: bytes) -> None:
    """Remember one approved file. It only helps messages: a full disk is no error, a torn write is no copy."""
    path = common_dir / _FOLDER / "approved" / file_digest(data)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def forget(common_dir: Path, digests: set[str]) -> None:
    """Remove all copies but these."""
    for path in (common_dir / _FOLDER / "approved").glob("*"):
        if path.name not in digests:
            files.drop(path)


def find(root: Path, common_dir: Path, path: str, sha256: str) -> bytes | None:
    """The bytes of `path` that have this digest: the kept copy, or a version in the history of any branch; else None."""
    if not sha256:
        return None
    copy = common_dir / _FOLDER / "approved" / sha256
    with contextlib.suppress(OSError):
        data = copy.read_bytes()
        if file_digest(data) == sha256:
            return data
    out = git.run(
        ["log", "--all", "--format=", "--raw", "--no-abbrev", "-z", f"-n{_NEWEST}", "--", f":(top,literal){path}"],
        root, check=False,
    )  # fmt: skip
    oids = [meta.split()[3].decode() for meta in out.split(b"\0") if meta.startswith(b":") and len(meta.split()) >= 5]
    wanted = [oid for oid in dict.fromkeys(oids) if set(oid) != {"0"}]
    with contextlib.suppress(SealkitError):
        for _, data in git.cat_blobs(root, wanted):
            if file_digest(data) == sha256:
                return data
    return None


@contextlib.contextmanager
def locked(common_dir: Path, patience: float = 10.0) -> Iterator[None]:
    """Hold the one lock of writers of this repository. Waits `patience` seconds, then raises SealkitError.

    The lock is the kernel's (flock): it is gone with the process that held it, however that ended.
    """
    path = common_dir / _FOLDER / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be locked').lower()}") from None
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise SealkitError(
                        "another sealkit writes in this repository", hint="wait until it is done and run it again"
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
