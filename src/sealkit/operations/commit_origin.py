"""Whether the text of a commit may be somebody else's: an operation that git has not finished, or text of commits elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sealkit.source import git
from sealkit.source.file_tree import GitTree
from sealkit.source.git_log import Change, read_log
from sealkit.source.git_objects import is_null, read_blobs

_OPERATIONS = {
    "MERGE_HEAD": "a merge", "SQUASH_MSG": "a squashed merge", "AUTO_MERGE": "a merge", "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert", "REBASE_HEAD": "a rebase", "rebase-merge": "a rebase", "rebase-apply": "a rebase or git am",
    "sequencer": "a series of cherry-picks or reverts", "BISECT_START": "a bisection",
}  # fmt: skip
"""What git keeps in its folder while it brings commits of others."""
_MOST = 20_000
"""Changes in commits elsewhere that are looked at; beyond, nothing is signed."""


def unfinished_operation(root: Path) -> str:
    """Which operation of git this commit is part of, in words; empty for an ordinary commit."""
    folder = Path(git.repository(root).git_dir)
    words = next((words for name, words in _OPERATIONS.items() if (folder / name).exists()), "")
    return f"it is part of {words}" if words else ""


def foreign_text(root: Path, head: GitTree, old: Mapping[str, bytes], new: Mapping[str, bytes]) -> str:
    """The commit outside the history of HEAD that brings a text that is added between `old` and `new`; empty where none does.

    A line counts that no file in HEAD has, and a hunk of added lines that is the same as a whole.
    """
    added = [hunk for path, data in new.items() for hunk in _hunks(old.get(path, b""), data)]
    lines = {line for hunk in added for line in hunk}
    if not lines:
        return ""
    changes = [item for item in _elsewhere(root) if isinstance(item, Change) and item.has_blob]
    if len(changes) > _MOST:
        return "too many to look at"
    if not changes:
        return ""
    held = read_blobs(root, sorted({head.entries[path].oid for path in head.paths()}))
    common = {line for _, data in held for line in _lines(data)}
    own, whole = lines - common, set(added)
    wanted = {oid for change in changes for oid in (change.oid, *change.old_oids) if not is_null(oid)}
    blobs = dict(read_blobs(root, sorted(wanted)))
    for change in changes:
        before = b"\n".join(blobs.get(oid, b"") for oid in change.old_oids)
        hunks = list(_hunks(before, blobs[change.oid]))
        if any(hunk in whole for hunk in hunks) or any(line in own for hunk in hunks for line in hunk):
            return change.commit.oid[:12]
    return ""


def _elsewhere(root: Path) -> Iterator[object]:
    """The log of all commits that are not in the history of HEAD: of other branches, of what was fetched, of stashes."""
    fetched = ["FETCH_HEAD"] if _exists(root, "FETCH_HEAD") else []
    return read_log(root, ["--all", *fetched, "--not", "HEAD"])


def _exists(root: Path, name: str) -> bool:
    return bool(git.run(["rev-parse", "--verify", "-q", "--end-of-options", f"{name}^{{commit}}"], root, check=False))


def _lines(data: bytes) -> Iterable[bytes]:
    return (line for part in data.split(b"\n") if (line := part.strip()))


def _hunks(old: bytes, new: bytes) -> Iterator[tuple[bytes, ...]]:
    """The runs of lines of `new` that `old` does not have, less their blanks. Lines that only moved are in neither."""
    known = set(_lines(old))
    run: list[bytes] = []
    for part in new.split(b"\n"):
        line = part.strip()
        if line and line not in known:
            run.append(line)
        elif line and run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)
