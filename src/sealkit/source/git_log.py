"""The one reader of `git log --raw -z`: which commit gave which path which blob."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sealkit.source import git
from sealkit.source.git_objects import is_null

_OPTIONS = ("--raw", "--no-abbrev", "--no-renames", "-c", "-z", "--source", "--root", "--no-show-signature")
"""`-c` shows what a merge adds beyond its parents, `--root` what the first commit brings, `--source` the ref that leads there."""
_FORMAT = "--format=%x01%H %S"
_BLOB_MODES = frozenset(["100644", "100755", "120000", "100664"])
"""Modes of what has a blob; a deletion and a submodule have none."""


class Commit(NamedTuple):
    """A commit of the log: its id, and the ref by which git came to it (empty where a range has none)."""

    oid: str
    ref: str


class Change(NamedTuple):
    """A path that a commit changed: the id that it has from then on (zeros for a deletion) and its git mode; the ids that the
    parents of the commit have there (zeros where they have none)."""

    commit: Commit
    mode: str
    oid: str
    path: str
    old_oids: tuple[str, ...] = ()

    @property
    def has_blob(self) -> bool:
        """Whether the id is a blob's: neither a deletion nor a submodule."""
        return self.mode in _BLOB_MODES and not is_null(self.oid)


def read_log(
    root: Path, revisions: Sequence[str], *options: str, paths: Sequence[str] = ()
) -> Iterator[Commit | Change]:
    """Each commit of these revisions (as `git log` takes them), newest first, and behind it each path that it changed.

    `options` are further ones of `git log`; `paths` are pathspecs. Raises SealkitError for a revision that does not exist.
    """
    args = ["log", *_OPTIONS, _FORMAT, *options, *revisions, *(["--", *paths] if paths else [])]
    commit, mode, oid = Commit("", ""), "", ""
    old_oids: tuple[str, ...] = ()
    for part in git.run(args, root).split(b"\0"):
        if oid:  # what follows an entry is its path, whatever it looks like
            yield Change(commit, mode, oid, os.fsdecode(part), old_oids)
            oid = ""
            continue
        row = part.lstrip(b"\n")
        if row.startswith(b"\x01"):
            head, _, row = row[1:].partition(b"\n")
            commit = Commit(*head.decode("utf-8", "replace").partition(" ")[::2])
            yield commit
            row = row.lstrip(b"\n")
        if row.startswith(b":"):
            # `:mode mode oid oid status`; in a merge one colon, mode and oid more for each further parent
            fields = row.decode("ascii").split()
            parents = row.count(b":")
            mode, oid, old_oids = fields[parents], fields[-2], tuple(fields[parents + 1 : -2])
