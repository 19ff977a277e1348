"""What a push would publish: the objects that the remote does not have yet, by what git tells the pre-push hook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sealkit.errors import UsageError
from sealkit.source import git
from sealkit.source.git_objects import is_null


def revisions(root: Path, remote: str, lines: Sequence[str]) -> list[str]:
    """The revisions for `history.audit`; empty where nothing is published (only deletions).

    `lines` are those of the hook's standard input (`<local ref> <local id> <remote ref> <remote id>`), `remote` the name of the
    remote or its address. Where the remote says what its ref holds, that is taken; for a new ref, what this clone knows of
    that remote and no other: what a private remote has is not public yet. Raises UsageError.
    """
    new: list[str] = []
    old: list[str] = []
    unknown = False
    for line in lines:
        fields = line.split()
        if len(fields) != 4:
            raise UsageError(
                "not the input of a pre-push hook", hint="git calls it: sealkit hook run pre-push REMOTE URL"
            )
        _, local, _, there = fields
        if is_null(local):
            continue
        new.append(local)
        if is_null(there):
            unknown = True
        else:
            old.append(there)
    if not new:
        return []
    known = [oid for oid in dict.fromkeys(old) if _here(root, oid)]
    excluded = [f"^{oid}" for oid in known]
    if (unknown or len(known) < len(set(old))) and remote in _remotes(root):
        excluded += ["--not", f"--remotes={remote}"]
    return [*dict.fromkeys(new), *excluded]


def of_framework(environ: Mapping[str, str]) -> list[str]:
    """The same line from the variables of the pre-commit program, which keeps the hook's input to itself."""
    there, local = environ.get("PRE_COMMIT_FROM_REF", ""), environ.get("PRE_COMMIT_TO_REF", "")
    if not local:
        return []
    return [f"HEAD {local} HEAD {there or '0' * 40}"]


def _here(root: Path, oid: str) -> bool:
    return git.run(["cat-file", "-t", oid], root, check=False).strip() in {b"commit", b"tag"}


def _remotes(root: Path) -> list[str]:
    names = (name for name, _ in git.repository(root).settings)
    return [name.split(".", 1)[1].rpartition(".")[0] for name in names if name.startswith("remote.")]
