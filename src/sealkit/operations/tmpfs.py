"""A folder on a file system in memory (tmpfs), for programs that need a file: an editor, gpg."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sealkit.errors import SealkitError

_PREFIX = "sealkit-edit-"
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})


@contextlib.contextmanager
def folder(environ: Mapping[str, str]) -> Iterator[Path]:
    """A new folder (mode 0700) on a file system that lies in memory; gone at the end, also after SIGTERM and SIGHUP. What a
    killed run left behind is removed by the next.

    Raises SealkitError where there is no such file system.
    """
    base = _base(environ)
    _sweep(base)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    lock = os.open(place / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal handler's form
    raise SystemExit(128 + number)


def _base(environ: Mapping[str, str]) -> Path:
    for name in (environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108 - checked to lie in memory
        if name and os.access(name, os.W_OK) and _filesystem(Path(name).resolve()) in _IN_MEMORY:
            return Path(name)
    raise SealkitError(
        "no file system here lies in memory, so an editor would write the opened file to the disk",
        hint="change one value instead: sealkit set NAME, or mount a tmpfs and name it in XDG_RUNTIME_DIR",
    )


def _filesystem(path: Path) -> str:
    """The type of the file system that a path is on; empty where the system does not say (it is no Linux)."""
    best, kind = Path(), ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            fields, _, tail = line.partition(" - ")
            where = Path(fields.split()[4].encode().decode("unicode_escape"))
            # of several mounts on one place the last lies on top
            if path.is_relative_to(where) and len(where.parts) >= len(best.parts):
                best, kind = where, tail.split()[0]
    return kind


def _sweep(base: Path) -> None:
    """Remove what killed runs of this user left: nobody holds the lock of such a folder."""
    for place in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if place.is_symlink() or place.stat().st_uid != os.getuid():
                continue
            lock = os.open(place / ".lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(lock)
