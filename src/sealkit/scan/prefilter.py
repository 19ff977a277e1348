"""One pass over the bytes of a blob: which patterns of the table end where.

Hyperscan reads about 400 MB/s; its database is compiled once (1.5 s) and kept in the user's cache folder. A cache that is
missing, foreign or broken is made anew; without Hyperscan, Python's `re` does the same, slower.
"""

from __future__ import annotations

import os
import re
import sys
import zlib
from _thread import get_ident

from sealkit.scan import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Hit = tuple[int, int]
"""Index of a pattern, and the offset at which its match ends."""


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

    def __init__(self) -> None:
        from sealkit.scan.patterns import table

        self._patterns = [
            (p.literals, p.caseless, re.compile(p.regex.encode(), re.ASCII | (re.IGNORECASE if p.caseless else 0)))
            for p in table()
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


Prefilter = Hyper | Plain
"""Finds every pattern of the table in bytes."""

_threads: dict[int, Prefilter] = {}


def shared() -> Prefilter:
    """The prefilter of this thread, loaded once in a process."""
    found = _threads.get(get_ident())
    if found is None:
        first = next(iter(_threads.values()), None)
        found = _threads[get_ident()] = load() if first is None else first.twin()
    return found


def load() -> Prefilter:
    """The fastest prefilter that works on this machine."""
    try:
        import hyperscan
    except ImportError:
        return Plain()
    try:
        name = f"scan-{_key(str(getattr(hyperscan, '__version__', ''))):08x}.hsdb"
        kept = cache.read(name)
        if kept is not None:
            try:
                return Hyper(hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK))
            except hyperscan.error:
                pass  # truncated, or of another build: hyperscan checks that itself
        from sealkit.scan.patterns import table

        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(
            expressions=[pattern.regex.encode() for pattern in table()],
            ids=list(range(len(table()))),
            flags=[hyperscan.HS_FLAG_CASELESS if pattern.caseless else 0 for pattern in table()],
        )
        cache.keep(name, hyperscan.dumpb(database))
        return Hyper(database)
    except hyperscan.error:  # a processor that it does not know
        return Plain()


def _key(version: str) -> int:
    """What a database depends on: the machine, Hyperscan, and the table, known by the state of the code, so that a run without
    a hit never builds it. A checksum is enough: the folder is the user's own."""
    parts = (version, os.uname().machine, sys.byteorder, cache.state_of_code())
    return zlib.crc32(" ".join(parts).encode())
