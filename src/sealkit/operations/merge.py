"""Merging two branches of a sealed file by value: for the driver that git calls, and to finish a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.admission import held_under
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile
from sealkit.sops import encrypt, three_way_merge
from sealkit.sops.decrypt import open_file
from sealkit.sops.three_way_merge import Side, Unit
from sealkit.source import filenames, files, git
from sealkit.source.git_objects import read_blobs
from sealkit.wording import counted
from sealkit.yamlspan.route import Route

_HEADS = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD")


@dataclass(frozen=True, slots=True)
class Versions:
    """The three versions of one sealed file in a merge; None for a version that does not exist."""

    path: str
    base: bytes | None
    ours: bytes | None
    theirs: bytes | None


def merge_for_git(repository: Repository, events: Events, path: str, *, base: Path, ours: Path, theirs: Path) -> None:
    """Answer as git's merge driver for `path`: the result replaces the file `ours`.

    Raises RefusedError, and leaves `ours` as it was, where both sides changed the same value or one of the three versions was
    never approved.
    """
    # git hands over an empty file where there is no common version
    versions = Versions(path, *(files.read(file) or None for file in (base, ours, theirs)))
    files.write(ours, merge_versions(repository, events, versions).data)
    events.progress(f"merged by value: {path}; look at it and sign it: sealkit approve {path}")


def merge_conflict(repository: Repository, events: Events, path: str, chosen: Mapping[Route, Side]) -> None:
    """Finish a conflict in a sealed file from the three versions in the index; write it and sign it.

    `chosen` decides what both sides changed, by route. Raises UsageError where the file is not in conflict, RefusedError as
    `merge_for_git` does.
    """
    versions = Versions(path, *(_index_version(repository.root, path, stage) for stage in (1, 2, 3)))
    if versions.ours is None or versions.theirs is None:
        raise UsageError(f"{path}: not in conflict between two versions", hint="git status")
    merged = merge_versions(repository, events, versions, chosen)
    if files.read(repository.root / path, path) != versions.ours:
        # git may have left markers or their version there: what is built upon is ours
        files.write(repository.root / path, versions.ours)
    write_sealed(repository, events, [merged], before={path: versions.ours}, vouched=[path])
    events.progress(f"merged: {path}; next: git add {path} {filenames.LEDGER}, and commit")


def merge_versions(
    repository: Repository, events: Events, versions: Versions, chosen: Mapping[Route, Side] | None = None
) -> SealedFile:
    """The merge, under our data key and to our recipients. Raises RefusedError for values that need a decision, after a warning
    for each, and for a version that was never approved."""
    path = versions.path
    _require_approved(repository, versions)
    if versions.ours is None or versions.theirs is None:
        raise RefusedError(f"{path}: one side removed it", hint="keep it or remove it with git, then commit")
    keyring = repository.keyring
    base = None
    if versions.base is not None:
        base = encrypt.plain(open_file(SealedFile(path, versions.base), keyring))
    ours = open_file(SealedFile(path, versions.ours), keyring)
    theirs = open_file(SealedFile(path, versions.theirs), keyring)
    merged = three_way_merge.merge(base, encrypt.plain(ours), encrypt.plain(theirs), path, chosen or {})
    if merged.conflicts:
        _refuse(events, path, merged.conflicts)
    return encrypt.reseal(ours, merged.text)


def _refuse(events: Events, path: str, conflicts: Sequence[Unit]) -> None:
    for document, route in conflicts:
        where = f" in document {document + 1}" if document else ""
        events.warning(f"{path}: both sides changed {route}{where}")
    raise RefusedError(
        f"{path}: {counted(len(conflicts), 'value', 'needs')} a decision; the file is ours until then",
        hint=f"sealkit merge {path} --theirs {conflicts[0][1]}, or --ours",
    )


def _require_approved(repository: Repository, versions: Versions) -> None:
    """Every version was approved in a ledger of this repository: a merge must not bring in what nobody vouched for."""
    path = versions.path
    approved = set(_approved_digests(repository, path))
    has_ledger = (repository.root / filenames.LEDGER).exists() or repository.admission.is_known
    if not approved and not has_ledger:
        return
    for side, data in (("base", versions.base), ("ours", versions.ours), ("theirs", versions.theirs)):
        if data is not None and SealedFile(path, data).digest not in approved:
            raise RefusedError(
                f"{path}: {side} is a version that was never approved in this repository",
                hint=f"look at that branch and sign it there: sealkit approve {path}",
            )


def _approved_digests(repository: Repository, path: str) -> Iterator[str]:
    """The digests of a path in every ledger that the merge is about, as far as it verifies under the signing key."""
    for text in _ledgers(repository):
        try:
            ledger = held_under(text, repository.pin)
        except SealkitError:
            continue
        entry = ledger.paths().get(path) if ledger is not None else None
        if entry is not None:
            yield entry.sha256


def _ledgers(repository: Repository) -> Iterator[str]:
    """The ledgers of the commits that are merged, of their common ancestors and of their parents."""
    root = repository.root
    from_git = [name.removeprefix("GITHEAD_") for name in repository.environ if name.startswith("GITHEAD_")]
    heads = [oid for revision in (*_HEADS, *from_git) if (oid := _commit(root, revision))]
    bases = [
        line
        for other in heads[1:]
        for line in git.run(["merge-base", "--all", heads[0], other], root, check=False).decode().split()
    ]
    parents = [oid for head in heads if (oid := _commit(root, f"{head}^"))]
    for revision in dict.fromkeys([*heads, *bases, *parents]):
        yield git.run(["cat-file", "-p", f"{revision}:{filenames.LEDGER}"], root, check=False).decode(
            "utf-8", "replace"
        )


def _commit(root: Path, revision: str) -> str:
    """The id of a commit; empty where there is none."""
    name = f"{revision}^{{commit}}"
    return git.run(["rev-parse", "--verify", "-q", "--end-of-options", name], root, check=False).decode().strip()


def _index_version(root: Path, path: str, stage: int) -> bytes | None:
    """A file of the index at one stage of a conflict, or None."""
    for entry in git.ls_index(root, stage):
        if entry.path == path:
            return next(read_blobs(root, [entry.oid]))[1]
    return None
