"""The objects of a repository: what there is, how large, and which of it is worth a second look.

Two `git cat-file` children and two threads: git inflates on one core while Hyperscan, which releases the interpreter, reads on
the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sealkit.scan import archives, key_files, line_verdicts, prefilter
from sealkit.scan.engine import LARGEST
from sealkit.source import git
from sealkit.source.git_objects import read_objects

_WORKERS = 2
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
    prefilter.shared()  # compiled once, before the threads ask for it
    half = -(-len(readable) // _WORKERS)
    parts = [readable[at : at + half] for at in range(0, len(readable), half)]
    with ThreadPoolExecutor(_WORKERS) as pool:
        return [item for part in pool.map(lambda part: _filtered(root, part), parts) for item in part]


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
