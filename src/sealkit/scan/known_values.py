"""What still stands after a split: in the index, in other tracked files, in the history. Such a value must be renewed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sealkit.source import git

_LARGEST = 64 * 1024 * 1024
"""Objects beyond this size are counted and not read."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A value that stands where a split does not reach: `where` is `index`, `history` or `file`; `commit` a short id."""

    name: str
    where: str
    path: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """The result: what stands where, how many unique blobs were read, and how many were too large to be read."""

    standing: tuple[Standing, ...]
    blobs: int
    skipped: int


def search(root: Path, needles: Mapping[str, Iterable[bytes]], files: Mapping[str, bytes]) -> Search:
    """Look for every needle in these files, in the index and in every blob of the repository, each unique blob once."""
    wanted = [(needle, name) for name, many in needles.items() for needle in many]
    found = [Standing(name, "file", path) for path, data in files.items() for name in _hits(data, wanted)]
    if not wanted:
        return Search((), 0, 0)
    index = {entry.oid: entry.path for entry in git.ls_index(root)}
    sizes = _blobs(root)
    readable = [oid for oid, size in sizes.items() if size <= _LARGEST]
    hits = {oid: names for oid, data in git.cat_blobs(root, readable) if (names := _hits(data, wanted))}
    history = _introduced(root, hits)
    for oid, names in hits.items():
        commit, path = history.get(oid, ("", ""))
        for name in sorted(names):
            if oid in index:
                found.append(Standing(name, "index", index[oid]))
            if commit or oid not in index:
                found.append(Standing(name, "history", path or f"blob {oid[:12]}, on no branch", commit))
    return Search(tuple(dict.fromkeys(found)), len(readable), len(sizes) - len(readable))


def _hits(data: bytes, wanted: Iterable[tuple[bytes, str]]) -> set[str]:
    return {name for needle, name in wanted if needle in data}


def _blobs(root: Path) -> dict[str, int]:
    """Every blob that the repository holds, reachable or not, with its size."""
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    out = git.run(["cat-file", "--batch-all-objects", "--unordered", "--buffer", form], root)
    rows = (line.split() for line in out.decode().splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}


def _introduced(root: Path, oids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The oldest commit that brought each blob in, and its path there. Blobs on no branch are left out."""
    if not oids:
        return {}
    args = ["log", "--all", "--reverse", "--raw", "--no-abbrev", "--no-renames", "-m", "-z", "--format=%x01%h"]
    found: dict[str, tuple[str, str]] = {}
    commit, entry = "", b""
    for part in git.run(args, root).split(b"\0"):
        if entry:  # what follows an entry is its path, whatever it looks like
            oid = entry.split()[3].decode()
            if oid in oids and oid not in found:
                found[oid] = (commit, os.fsdecode(part))
            entry = b""
            continue
        row = part.lstrip(b"\n")
        if row.startswith(b"\x01"):
            head, _, row = row[1:].partition(b"\n")
            commit, row = head.decode()[:12], row.lstrip(b"\n")
        if row.startswith(b":"):
            entry = row
    return found
