"""The objects of a repository, read once each: what there is, how large, and which of it is worth a second look.

Two `git cat-file` children and two threads: git inflates on one core while Hyperscan, which releases the interpreter, reads on
the other. Sizes are known from the list, so that contents are cut from large reads (measured: 10 us less for each object).
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.scan import archives, line_verdicts, prefilter
from sealkit.scan.engine import LARGEST
from sealkit.source import git
from sealkit.source.git_environ import SAFE_OPTIONS, environment

_READ = 2 << 20
_WORKERS = 2
_FORM = "--batch-check=%(objectname) %(objecttype) %(objectsize)"


class Object(NamedTuple):
    """One object: its id, its type (`blob`, `commit`, `tag`) and its size in bytes."""

    oid: str
    type: str
    size: int


def every(root: Path) -> list[Object]:
    """Every blob, commit and tag that the repository holds, reachable or not, in the order of its packs."""
    return list(_listed(git.run(["cat-file", "--batch-all-objects", "--unordered", "--buffer", _FORM], root)))


def within(root: Path, revs: Sequence[str]) -> tuple[list[Object], dict[str, str]]:
    """The objects that these revisions reach, as `git rev-list` takes them, and one path for each blob. Raises SealkitError."""
    out = git.run(["rev-list", "--objects", *revs], root)
    paths: dict[str, str] = {}
    for line in out.decode("utf-8", "surrogateescape").splitlines():
        oid, _, path = line.partition(" ")
        paths[oid] = path
    listed = git.run(["cat-file", "--buffer", _FORM], root, data="".join(f"{oid}\n" for oid in paths).encode())
    return list(_listed(listed)), paths


def _listed(out: bytes) -> Iterator[Object]:
    for line in out.decode("ascii", "replace").splitlines():
        row = line.split()
        if len(row) == 3 and row[1] != "tree":
            yield Object(row[0], row[1], int(row[2]))


def suspicious(root: Path, objects: Sequence[Object]) -> list[Object]:
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
        return [item for part in pool.map(lambda part: _looked_at(root, part), parts) for item in part]


def _looked_at(root: Path, objects: Sequence[Object]) -> list[Object]:
    scanner = prefilter.shared()
    return [item for item, data in contents(root, objects) if _hot(scanner, data)]


def _hot(scanner: prefilter.Prefilter, data: bytes) -> bool:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        data = archives.text(data)
    hits = scanner.hits(data)
    return bool(hits and line_verdicts.hot(data, hits)) or archives.archive(data)


def contents(root: Path, objects: Sequence[Object]) -> Iterator[tuple[Object, bytes]]:
    """Each object with its content, in order. Raises SealkitError for one that is missing, broken, or not what it was."""
    with subprocess.Popen(
        ["git", *SAFE_OPTIONS, "cat-file", "--batch", "--buffer"],
        cwd=root, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        feed = threading.Thread(target=_feed, args=(child, objects), daemon=True)
        feed.start()
        try:
            rest, at = b"", 0
            for item in objects:
                head = f"{item.oid} {item.type} {item.size}\n".encode()
                need = len(head) + item.size + 1
                if len(rest) - at < need:
                    parts, have = [rest[at:]], len(rest) - at
                    while have < need and (part := child.stdout.read(max(_READ, need - have))):
                        parts.append(part)
                        have += len(part)
                    rest, at = b"".join(parts), 0
                if rest[at : at + len(head)] != head or len(rest) - at < need:
                    raise SealkitError(
                        f"git object {item.oid[:12]} is missing or broken",
                        hint="git fsck; in a partial clone: git fetch --refetch",
                    )
                yield item, rest[at + len(head) : at + need - 1]
                at += need
        finally:
            child.kill()
            feed.join()


def _feed(child: subprocess.Popen[bytes], objects: Sequence[Object]) -> None:
    assert child.stdin is not None
    data = memoryview("".join(f"{item.oid}\n" for item in objects).encode())
    with contextlib.suppress(OSError):
        while data:
            data = data[child.stdin.write(data) :]
    with contextlib.suppress(OSError):
        child.stdin.close()
