"""Which commit brought an object in, under which path, and which branch or tag leads there. One pass over the log."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sealkit.source import git

_FILES = frozenset([b"100644", b"100755", b"120000", b"100664"])
"""Modes of what has a blob; a deletion and a submodule have none."""


@dataclass(slots=True)
class Came:
    """How one blob came: its commits, the oldest first, and its paths."""

    commits: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Log:
    """The history: how the wanted blobs came, every path that ever was, and each commit with a ref that leads to it."""

    came: dict[str, Came] = field(default_factory=dict)
    paths: dict[str, set[str]] = field(default_factory=dict)
    """Path to blobs, for the paths that `every_path` asks for; else empty blobs."""
    refs: dict[str, str] = field(default_factory=dict)
    blobs: set[str] = field(default_factory=set)
    """Every blob that a commit names."""


def read(root: Path, revs: Sequence[str], wanted: Collection[str], *, blobs: bool = False) -> Log:
    """The log of these revisions (as `git log` takes them). With `blobs`, also which blobs each path has had.

    What a merge adds beyond its parents is there too. Raises SealkitError.
    """
    form = "--format=%x01%H %S"
    args = [
        "log",
        "--raw",
        "--no-abbrev",
        "--no-renames",
        "-c",
        "-z",
        "--source",
        "--root",
        "--no-show-signature",
        form,
        *revs,
    ]
    log = Log()
    commit, oid = "", ""
    for part in git.run(args, root).split(b"\0"):
        if oid:  # what follows an entry is its path, whatever it looks like
            path = os.fsdecode(part)
            known = log.paths.setdefault(path, set())
            if blobs:
                known.add(oid)
            if oid in wanted:
                came = log.came.setdefault(oid, Came())
                if commit not in came.commits:
                    came.commits.insert(0, commit)
                if path not in came.paths:
                    came.paths.append(path)
            oid = ""
            continue
        row = part.lstrip(b"\n")
        if row.startswith(b"\x01"):
            head, _, row = row[1:].partition(b"\n")
            commit, _, ref = head.decode("utf-8", "replace").partition(" ")
            log.refs[commit] = ref
            row = row.lstrip(b"\n")
        if row.startswith(b":"):
            # `:mode mode oid oid status`; in a merge one colon, mode and oid more for each further parent
            fields = row.split()
            oid = fields[-2].decode("ascii")
            if fields[row.count(b":")] in _FILES:
                log.blobs.add(oid)
    return log
