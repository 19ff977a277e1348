"""The old versions of what a commit or a push changes: what HEAD has, what the other side of a merge has, what a remote has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.scan import context as contexts
from sealkit.scan import inputs, ref_names
from sealkit.scan.commit_of_blob import Log
from sealkit.scan.earlier import OldBlob
from sealkit.scan.engine import LARGEST, POLICY_NAMES, policies
from sealkit.scan.staged import DIFF, StagedBlobs, StagedChange, staged_changes
from sealkit.source import git, regular_file
from sealkit.source.git_child import GitChild
from sealkit.source.git_objects import ObjectReader, is_null

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_LABEL = "GITHEAD_"
"""`git merge` sets GITHEAD_<id> for each commit that it merges. It calls pre-merge-commit before it writes MERGE_HEAD."""


def of_commit(staged: StagedBlobs) -> Iterator[OldBlob]:
    """The old versions of the staged paths, deleted ones too: of HEAD, and of other merge parents that a remote has."""
    root = Path(staged.root)
    wanted = [_old(change) for change in staged.all_changes if not is_null(change.old_oid)]
    for parent in _merged_commits(root):
        theirs = {change.path: change for change in staged_changes(GitChild([*DIFF, parent], root))}
        for change in staged.changes:
            other = theirs.get(change.path)
            if other is None:  # what the index has is what that parent has
                wanted.append(OldBlob(change.path, change.oid, None))
            elif not is_null(other.old_oid):
                wanted.append(OldBlob(change.path, other.old_oid, None))
    return _read(root, wanted)


def of_range(root: Path, log: Log, introduced: Iterable[str]) -> Iterator[OldBlob]:
    """The versions that the commits of a log replaced or deleted and that none of them made: what stood there before."""
    new = set(introduced)
    return _read(
        root,
        [
            OldBlob(path, oid, None, gone=path in log.deleted)
            for path, oids in log.replaced.items()
            for oid in oids
            if oid not in new
        ],
    )


def policies_of_head(staged: StagedBlobs) -> set[tuple[str, ...]]:
    """What `problem_of` says of each finding in the policies that HEAD has, as HEAD itself is configured."""
    root = Path(staged.root)
    wanted = [
        _old(change)
        for change in staged.all_changes
        if not is_null(change.old_oid) and change.path.rpartition("/")[2] in POLICY_NAMES
    ]
    if not wanted:
        return set()
    held = {old.path: old.data for old in _read(root, wanted) if old.data is not None}
    try:
        context = contexts.load(inputs.from_commit(root, "HEAD")).without_allow_list()
    except SealkitError:
        return set()
    return {problem_of(item) for item in policies(held, context)}


def problem_of(item: Finding) -> tuple[str, ...]:
    """What is wrong with a policy, without the line."""
    return (item.rule, item.path, item.route, item.message)


def in_names(paths: Iterable[str]) -> list[Finding]:
    """The findings in the names of files."""
    names = ref_names.Names()
    names.look("file", paths)
    return names.findings


def _old(change: StagedChange) -> OldBlob:
    return OldBlob(change.path, change.old_oid, None, gone=change.status == "D")


def _merged_commits(root: Path) -> list[str]:
    """The other parents of the commit that is about to be made, as far as a remote has them: what only a branch of this clone
    has can still be kept from everyone."""
    try:
        found = regular_file.read(f"{git.repository(root).git_dir}/MERGE_HEAD").decode("ascii", "replace").split()
    except OSError:
        found = [key.removeprefix(_LABEL) for key in os.environ if key.startswith(_LABEL)]
    return [oid for oid in dict.fromkeys(found) if _COMMIT.match(oid) and _on_a_remote(root, oid)]


def _on_a_remote(root: Path, oid: str) -> bool:
    args = ["for-each-ref", "--count=1", f"--contains={oid}", "refs/remotes"]
    return bool(git.query(args, root, check=False).strip())


def _read(root: Path, wanted: list[OldBlob]) -> Iterator[OldBlob]:
    """The same with their content; links, submodules and what is missing have none."""
    for old, item in zip(wanted, ObjectReader(root, largest=LARGEST).read([old.oid for old in wanted]), strict=True):
        old.data = item.data if item.type == "blob" else None
        yield old
