"""One pass over the bytes of a blob: which patterns of the table end where.

Hyperscan reads about 400 MB/s; its database is compiled once (0.15 s) and kept in the user's cache folder. A cache that is
missing, foreign or broken is made anew; without Hyperscan, Python's `re` does the same, slower.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from _thread import get_ident
from collections.abc import Sequence
from typing import Any, Protocol

from sealkit.scan.patterns import PATTERNS, Pattern

Hit = tuple[int, int]
"""Index of a pattern, and the offset at which its match ends."""

_SIZE = 8 * 1024 * 1024
"""A cached database that is larger than this is not ours."""


class Prefilter(Protocol):
    """Finds every pattern of a table in bytes."""

    def hits(self, data: bytes | memoryview) -> list[Hit]:
        """Every hit, by the offset of its end."""
        ...


class Hyper:
    """Hyperscan. One object per thread: the scratch space is not shared."""

    def __init__(self, database: Any) -> None:
        import hyperscan

        self._database = database
        self._scratch = hyperscan.Scratch(database)

    def hits(self, data: bytes | memoryview) -> list[Hit]:
        """Every hit, by the offset of its end."""
        found: list[Hit] = []
        if len(data):
            self._database.scan(data, match_event_handler=_note, scratch=self._scratch, context=found)
        return found

    def twin(self) -> Hyper:
        """The same database for another thread."""
        return Hyper(self._database)


def _note(index: int, _start: int, end: int, _flags: int, found: list[Hit]) -> None:
    found.append((index, end))


class Plain:
    """Python's `re`: a pattern is tried only where one of its literals stands."""

    def __init__(self, patterns: Sequence[Pattern] = PATTERNS) -> None:
        self._patterns = [
            (p.literals, p.caseless, re.compile(p.regex.encode(), re.ASCII | (re.IGNORECASE if p.caseless else 0)))
            for p in patterns
        ]

    def hits(self, data: bytes | memoryview) -> list[Hit]:
        """Every hit, by the offset of its end."""
        body = bytes(data)
        lower = body.lower()
        found = [
            (index, match.end())
            for index, (literals, caseless, regex) in enumerate(self._patterns)
            if not literals or any(literal in (lower if caseless else body) for literal in literals)
            for match in regex.finditer(body)
        ]
        return sorted(found, key=lambda hit: hit[1])

    def twin(self) -> Plain:
        """The same for another thread."""
        return self


_threads: dict[int, Hyper | Plain] = {}


def shared() -> Hyper | Plain:
    """The prefilter of this thread, loaded once in a process."""
    found = _threads.get(get_ident())
    if found is None:
        first = next(iter(_threads.values()), None)
        found = _threads[get_ident()] = load() if first is None else first.twin()
    return found


def load() -> Hyper | Plain:
    """The fastest prefilter that works on this machine."""
    try:
        import hyperscan
    except ImportError:
        return Plain()
    try:
        name = f"scan-{_key(str(getattr(hyperscan, '__version__', ''))):08x}.hsdb"
        kept = _read(name)
        if kept is not None:
            try:
                return Hyper(hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK))
            except hyperscan.error:
                pass  # truncated, or of another build: hyperscan checks that itself
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[pattern.regex.encode() for pattern in PATTERNS],
            ids=list(range(len(PATTERNS))),
            flags=[hyperscan.HS_FLAG_CASELESS if pattern.caseless else 0 for pattern in PATTERNS],
        )
        _keep(name, hyperscan.dumpb(database))
        return Hyper(database)
    except hyperscan.error:  # a processor that it does not know
        return Plain()


def _key(version: str) -> int:
    """What a database depends on. A checksum is enough: the folder is the user's own."""
    machine = os.uname().machine
    table = "\n".join(f"{pattern.regex}{pattern.caseless}" for pattern in PATTERNS)
    return zlib.crc32(f"{version} {machine} {sys.byteorder}\n{table}".encode())


def folder() -> str:
    """Where the database is kept."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 - a hook does not import pathlib
        base = os.path.expanduser("~/.cache")  # noqa: PTH111
    return f"{base}/sealkit"


def _read(name: str) -> bytes | None:
    """The cached database, or None where there is none or somebody else could have written it."""
    try:
        handle = os.open(f"{folder()}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid() or status.st_mode & 0o022 or status.st_size > _SIZE:
            return None
        data = b""
        while part := os.read(handle, _SIZE):
            data += part
        return data
    except OSError:
        return None
    finally:
        os.close(handle)


def _keep(name: str, data: bytes) -> None:
    """Write the cache by rename. A cache that cannot be written costs time, nothing else."""
    temporary = f"{folder()}/.{name}.{os.getpid()}"
    try:
        os.makedirs(folder(), mode=0o700, exist_ok=True)  # noqa: PTH103
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)
        os.rename(temporary, f"{folder()}/{name}")  # noqa: PTH104
    except OSError:
        return
