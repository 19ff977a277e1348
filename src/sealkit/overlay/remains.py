"""What still stands after a split: in the index, in other tracked files, in the history. Such a value must be renewed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
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
    for oid, data in git.cat_blobs(root, readable):
        for name in sorted(_hits(data, wanted)):
            if oid in index:
                found.append(Standing(name, "index", index[oid]))
            commit, path = _introduced(root, oid)
            if commit or oid not in index:
                found.append(Standing(name, "history", path or f"blob {oid[:12]}", commit))
    return Search(tuple(dict.fromkeys(found)), len(readable), len(sizes) - len(readable))


def _hits(data: bytes, wanted: Iterable[tuple[bytes, str]]) -> set[str]:
    return {name for needle, name in wanted if needle in data}


def _blobs(root: Path) -> dict[str, int]:
    """Every blob that the repository holds, reachable or not, with its size."""
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    out = git.run(["cat-file", "--batch-all-objects", "--unordered", "--buffer", form], root)
    rows = (line.split() for line in out.decode().splitlines())
    return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[1] == "blob"}


def _introduced(root: Path, oid: str) -> tuple[str, str]:
    """A commit that brought a blob in (or took it out) and the path it had there; empty for one on no branch."""
    with contextlib.suppress(ValueError):
        args = ["log", "--all", "-1", "--format=%h", "--raw", "--no-abbrev", "-z", "-m", f"--find-object={oid}"]
        parts = git.run(args, root).split(b"\0")
        commit = parts[0].strip().decode()
        for index, part in enumerate(parts):
            if oid.encode() in part and index + 1 < len(parts):
                return commit.split()[0], git.split(parts[index + 1])[0]
        return (commit.split()[0] if commit else ""), ""
    return "", ""
