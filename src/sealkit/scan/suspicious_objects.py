"""The objects of a repository: what there is, how large, and which of it is worth a second look.

A large history is read by a process for each core, each with a `git cat-file` of its own. The processes say which objects are
worth a look, and no more: what is found in them stays in the first one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sealkit.scan import archives, key_files, line_verdicts, prefilter
from sealkit.scan.engine import LARGEST
from sealkit.source import git
from sealkit.source.git_objects import read_objects

_MOST_PROCESSES = 4
_WORTH_A_PROCESS = 4 * 1024 * 1024
"""Fewer bytes are read before a process has started to pay."""
_FORM = "--batch-check=%(objectname) %(objecttype) %(objectsize)"


class ListedObject(NamedTuple):
    """One object: its id, its type (`blob`, `commit`, `tag`) and its size in bytes."""

    oid: str
    type: str
    size: int


def all_objects(root: Path) -> list[ListedObject]:
    """Every blob, commit and tag that the repository holds, reachable or not, in the order of its packs."""
    return list(_listed(git.run(["cat-file", "--batch-all-objects", "--unordered", "--buffer", _FORM], root)))


def reachable_objects(root: Path, revisions: Sequence[str]) -> tuple[list[ListedObject], dict[str, str]]:
    """The objects that these revisions reach, as `git rev-list` takes them, and one path for each blob. Raises SealkitError."""
    out = git.run(["rev-list", "--objects", *revisions], root)
    paths: dict[str, str] = {}
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        oid, _, path = line.partition(" ")
        paths[oid] = path
    listed = git.run(["cat-file", "--buffer", _FORM], root, data="".join(f"{oid}\n" for oid in paths).encode())
    return list(_listed(listed)), paths


def _listed(out: bytes) -> Iterator[ListedObject]:
    for line in out.decode("ascii", "replace").splitlines():
        row = line.split()
        if len(row) == 3 and row[1] != "tree":
            yield ListedObject(row[0], row[1], int(row[2]))


def suspicious(root: Path, objects: Sequence[ListedObject]) -> list[ListedObject]:
    """Those whose content is worth a second look, in the same order. Larger ones than the limit are not read, and not here.

    Raises SealkitError for an object that is missing or broken.
    """
    readable = [item for item in objects if item.size <= LARGEST]
    if not readable:
        return []
    prefilter.shared()  # loaded once, before the processes part
    mine, *others = _parts(readable)
    children = [_Child(root, part) for part in others]
    try:
        found = _filtered(root, mine)
    finally:  # also after an error: no process is left behind
        answers = [child.answer() for child in children]
    for part, answer in zip(others, answers, strict=True):
        found += _filtered(root, part) if answer is None else answer  # where it ended early, this says what is wrong
    return found


def _parts(objects: Sequence[ListedObject]) -> list[Sequence[ListedObject]]:
    """The objects in as many runs as there should be processes, with about as many bytes in each. Neighbours in a pack are often
    versions of one file, whose lines are judged once in a process."""
    total = sum(item.size for item in objects)
    processes = 1
    if sys.platform == "linux":  # elsewhere a fork is not safe
        processes = max(1, min(len(os.sched_getaffinity(0)), _MOST_PROCESSES, total // _WORTH_A_PROCESS))
    parts: list[Sequence[ListedObject]] = []
    start = size = 0
    for at, item in enumerate(objects, 1):
        size += item.size
        if size * processes >= total * (len(parts) + 1) and len(parts) < processes - 1:
            parts.append(objects[start:at])
            start = at
    return [*parts, objects[start:]]


class _Child:
    """A process that looks through some objects. It gives a byte for each, 1 for one that is worth a look."""

    def __init__(self, root: Path, objects: Sequence[ListedObject]) -> None:
        self._objects = objects
        self._pipe, end = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(end)
            return
        code = 1
        try:
            os.close(self._pipe)
            kept = {item.oid for item in _filtered(root, objects)}
            with os.fdopen(end, "wb") as stream:
                stream.write(bytes(item.oid in kept for item in objects))
            code = 0
        finally:
            os._exit(code)

    def answer(self) -> list[ListedObject] | None:
        """The objects that are worth a look; None where the process failed."""
        with os.fdopen(self._pipe, "rb") as stream:
            kept = stream.read()
        if os.waitpid(self._pid, 0)[1]:
            return None
        return [item for item, mark in zip(self._objects, kept, strict=True) if mark]


def contents(root: Path, objects: Sequence[ListedObject]) -> Iterator[tuple[ListedObject, bytes]]:
    """Each object with its content, in order. Raises SealkitError for one that is missing or broken."""
    for listed, item in zip(objects, read_objects(root, [item.oid for item in objects]), strict=True):
        yield listed, item.data or b""


def _filtered(root: Path, objects: Sequence[ListedObject]) -> list[ListedObject]:
    scanner = prefilter.shared()
    return [item for item, data in contents(root, objects) if _is_suspicious(scanner, data)]


def _is_suspicious(scanner: prefilter.Prefilter, data: bytes) -> bool:
    if archives.archive(data) or key_files.key_file(data):
        return True
    if archives.wide(data):
        data = archives.text(data)
    hits = scanner.hits(data)
    try:
        return bool(hits and line_verdicts.hot(data, hits))
    except Exception:  # noqa: BLE001 - whatever it was, the scan of that blob says so
        return True
