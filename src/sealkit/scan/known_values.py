"""What still stands after a split: in the index, in other tracked files, in the history. Such a value must be renewed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sealkit.scan.engine import LARGEST
from sealkit.scan.suspicious_objects import all_objects
from sealkit.source import git
from sealkit.source.git_log import Change, read_log
from sealkit.source.git_objects import read_blobs


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
    blobs = [item for item in all_objects(root) if item.type == "blob"]
    readable = [item.oid for item in blobs if item.size <= LARGEST]
    hits = {oid: names for oid, data in read_blobs(root, readable) if (names := _hits(data, wanted))}
    history = _introduced(root, hits)
    for oid, names in hits.items():
        commit, path = history.get(oid, ("", ""))
        for name in sorted(names):
            if oid in index:
                found.append(Standing(name, "index", index[oid]))
            if commit or oid not in index:
                found.append(Standing(name, "history", path or f"blob {oid[:12]}, on no branch", commit))
    return Search(tuple(dict.fromkeys(found)), len(readable), len(blobs) - len(readable))


def _hits(data: bytes, wanted: Iterable[tuple[bytes, str]]) -> set[str]:
    return {name for needle, name in wanted if needle in data}


def _introduced(root: Path, oids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The oldest commit that brought each blob in, and its path there. Blobs on no branch are left out."""
    if not oids:
        return {}
    introduced: dict[str, tuple[str, str]] = {}
    for item in read_log(root, ["--all"]):  # newest first: what is read last stays
        if isinstance(item, Change) and item.oid in oids:
            commit = item.commit.oid[:12]
            if introduced.get(item.oid, ("",))[0] != commit:
                introduced[item.oid] = (commit, item.path)
    return introduced
