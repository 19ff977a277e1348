"""Merging two branches of a sealed file by value: the merge driver that git calls, and `merge`, which finishes a conflict."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.source import filenames, files, git

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sops.decrypt import Opened
    from sealkit.sops.merge import Side, Unit
    from sealkit.yamlspan.route import Route

HEADS = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD", "REVERT_HEAD")
_SIDES = ("base", "ours", "theirs")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("merge")(merge)
    app.command("merge-driver", hidden=True)(driver)


def driver(
    base: Path = typer.Argument(..., metavar="%O"),
    ours: Path = typer.Argument(..., metavar="%A"),
    theirs: Path = typer.Argument(..., metavar="%B"),
    path: str = typer.Argument(..., metavar="%P"),
) -> None:
    """What git runs for a sealed file that two branches changed: the result takes the place of %A.

    Exit code 1, and %A as it was, where both changed the same value or one of the three versions was never approved.
    """
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    # git hands over an empty file where there is no common version
    stages = [data or None for data in (base.read_bytes(), ours.read_bytes(), theirs.read_bytes())]
    text, conflicts = _merged(repository, path, stages, {})
    if conflicts:
        raise _undecided(path, conflicts)
    files.write(ours, text.encode("utf-8", "surrogateescape"))
    ui.info(f"merged by value: {path}; look at it and sign it: sealkit approve {path}")


def merge(
    file: Path = typer.Argument(..., metavar="FILE", help="A sealed file in conflict."),
    ours: list[str] = typer.Option([], "--ours", metavar="ROUTE", help="Keep our value here; . is all of them."),
    theirs: list[str] = typer.Option([], "--theirs", metavar="ROUTE", help="Take their value here; . is all of them."),
) -> None:
    """Finish a conflict in a sealed file from the three versions in the index, by value.

    What only one side changed is taken; each value that both changed is decided by --ours or --theirs. Recipients are ours.
    """
    from sealkit.operations.repository import Repository
    from sealkit.sops.merge import Side
    from sealkit.yamlspan.route import Route

    repository = Repository.open()
    path = repository.config.relative(file)
    stages = [_stage(repository.root, path, number) for number in (1, 2, 3)]
    if stages[1] is None or stages[2] is None:
        raise UsageError(f"{path}: not in conflict between two versions", hint="git status")
    chosen = {Route.parse(text): Side.OURS for text in ours} | {Route.parse(text): Side.THEIRS for text in theirs}
    text, conflicts = _merged(repository, path, stages, chosen)
    if conflicts:
        raise _undecided(path, conflicts)
    before = files.read(repository.root / path, path)
    if before != stages[1]:
        # git may have left markers or their version there: what is built upon is ours
        files.write(repository.root / path, stages[1])
    repository.write_sealed({path: text}, before={path: stages[1]}, vouched=[path])
    ui.info(f"merged: {path}; next: git add {path} {filenames.LEDGER}, and commit")


def _undecided(path: str, conflicts: tuple[Unit, ...]) -> RefusedError:
    for document, route in conflicts:
        where = f" in document {document + 1}" if document else ""
        ui.warning(f"{path}: both sides changed {route}{where}")
    return RefusedError(
        f"{path}: {len(conflicts)} {'value needs' if len(conflicts) == 1 else 'values need'} a decision; ours stands there",
        hint=f"sealkit merge {path} --theirs {conflicts[0][1]}, or --ours",
    )


def _merged(
    repository: Repository, path: str, stages: list[bytes | None], chosen: Mapping[Route, Side]
) -> tuple[str, tuple[Unit, ...]]:
    """The sealed text of the merge, under our data key and to our recipients, and what nobody decided."""
    from sealkit.sops import encrypt, merge
    from sealkit.sops.decrypt import open_file

    _approved(repository, path, stages)
    opened: list[Opened | None] = [
        open_file(path, data, repository.keyring) if data is not None else None for data in stages
    ]
    base, ours, theirs = opened
    if ours is None or theirs is None:
        raise RefusedError(f"{path}: one side removed it", hint="keep it or remove it with git, then commit")
    plain = encrypt.plain(base) if base is not None else None
    done = merge.merge(plain, encrypt.plain(ours), encrypt.plain(theirs), path, chosen)
    return encrypt.reseal(ours, done.text), done.conflicts


def _approved(repository: Repository, path: str, stages: list[bytes | None]) -> None:
    """Every version was approved in a ledger of this house: a merge must not carry in what nobody vouched for."""
    from sealkit.ledger.entries import file_digest

    vouched = set(_vouched(repository, path))
    if not vouched and not (repository.root / filenames.LEDGER).exists() and not repository.pin.signer:
        return
    for side, data in zip(_SIDES, stages, strict=True):
        if data is not None and file_digest(data) not in vouched:
            raise RefusedError(
                f"{path}: {side} is a version that nobody of this house approved",
                hint=f"look at that branch and sign it there: sealkit approve {path}",
            )


def _vouched(repository: Repository, path: str) -> Iterator[str]:
    """The digests of a path in every ledger that the merge is about, as far as it verifies under the signing key."""
    from sealkit.ledger import pins

    for text in _ledgers(repository.root):
        try:
            ledger = pins.admit(text, repository.pin, repository.environ)
        except SealkitError:
            continue
        entry = ledger.files().get(path) if ledger is not None else None
        if entry is not None:
            yield entry.sha256


def _ledgers(root: Path) -> Iterator[str]:
    """The ledgers of the commits that are merged, and of what they come from."""
    named = [name.removeprefix("GITHEAD_") for name in os.environ if name.startswith("GITHEAD_")]
    heads = [oid for rev in (*HEADS, *named) if (oid := _commit(root, rev))]
    bases = [
        line
        for other in heads[1:]
        for line in git.run(["merge-base", "--all", heads[0], other], root, check=False).decode().split()
    ]
    parents = [oid for head in heads if (oid := _commit(root, f"{head}^"))]
    for rev in dict.fromkeys([*heads, *bases, *parents]):
        yield git.run(["cat-file", "-p", f"{rev}:{filenames.LEDGER}"], root, check=False).decode("utf-8", "replace")


def _commit(root: Path, rev: str) -> str:
    return (
        git.run(["rev-parse", "--verify", "-q", "--end-of-options", f"{rev}^{{commit}}"], root, check=False)
        .decode()
        .strip()
    )


def _stage(root: Path, path: str, number: int) -> bytes | None:
    """A file of the index at one stage of a conflict, or None."""
    for entry in git.ls_index(root, number):
        if entry.path == path:
            return next(git.cat_blobs(root, [entry.oid]))[1]
    return None
