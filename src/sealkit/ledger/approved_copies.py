"""Copies of files as they were approved, so that a refusal can show what differs.

Sealed ones are sealed as they were. They lie in the git folder that all worktrees share, and are known by their digest: a copy
that was tampered with is no copy. Where there is none (a fresh clone), the history of the file is asked.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.sealed.file import file_digest
from sealkit.source import files, regular_file
from sealkit.source.git_log import Change, read_log
from sealkit.source.git_objects import read_blobs

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
        data = regular_file.read(copy)
        if file_digest(data) == sha256:
            return data
    with contextlib.suppress(SealkitError):
        log = read_log(root, ["--all"], f"-n{_NEWEST}", paths=[f":(top,literal){path}"])
        versions = [item.oid for item in log if isinstance(item, Change) and item.has_blob]
        for _, data in read_blobs(root, list(dict.fromkeys(versions))):
            if file_digest(data) == sha256:
                return data
    return None
