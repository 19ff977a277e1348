"""Which commit brought an object in, under which path, and which branch or tag leads there. One pass over the log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sealkit.source.git_log import Commit, read_log
from sealkit.source.git_objects import is_null


@dataclass(slots=True)
class BlobOrigin:
    """Where one blob came from: its commits, the oldest first, and its paths."""

    commits: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Log:
    """The history: where the wanted blobs came from, every path that ever was, and each commit with a ref that leads to it."""

    origins: dict[str, BlobOrigin] = field(default_factory=dict)
    paths: dict[str, set[str]] = field(default_factory=dict)
    """Path to the ids of its blobs, where `read` was told to keep them; else the sets are empty."""
    refs: dict[str, str] = field(default_factory=dict)
    blobs: set[str] = field(default_factory=set)
    """Every blob that a commit names."""
    replaced: dict[str, set[str]] = field(default_factory=dict)
    """Path to the ids that a commit replaced or deleted there, where `read` was told to keep them."""
    deleted: set[str] = field(default_factory=set)
    """The paths that the newest commit which touched them deleted."""


def read(
    root: Path, revisions: Sequence[str], wanted: Collection[str], *, blobs: bool = False, replaced: bool = False
) -> Log:
    """The log of these revisions (as `git log` takes them). With `blobs`, also which blobs each path has had; with `replaced`,
    which blobs the commits took away.

    What a merge adds beyond its parents is there too. Raises SealkitError.
    """
    log = Log()
    for item in read_log(root, revisions):
        if isinstance(item, Commit):
            log.refs[item.oid] = item.ref
            continue
        if replaced:
            if item.path not in log.paths and is_null(item.oid):
                log.deleted.add(item.path)
            log.replaced.setdefault(item.path, set()).update(oid for oid in item.old_oids if not is_null(oid))
        oids = log.paths.setdefault(item.path, set())
        if blobs:
            oids.add(item.oid)
        if item.has_blob:
            log.blobs.add(item.oid)
        if item.oid in wanted:
            origin = log.origins.setdefault(item.oid, BlobOrigin())
            if item.commit.oid not in origin.commits:
                origin.commits.insert(0, item.commit.oid)
            if item.path not in origin.paths:
                origin.paths.append(item.path)
    return log
