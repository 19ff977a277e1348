"""`approve` signs what waits."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError

if TYPE_CHECKING:
    from sealkit.ledger.unapproved import Unapproved
    from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("approve")(approve)


def approve(
    names: list[str] = typer.Argument(
        None, metavar="[PATH|NAME]...", help="Files, values or objects to sign; needed where nobody can be asked.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Show what waits for approval, masked, and sign it with the signing key.

    Files are opened first: what no key here opens, or whose MAC does not hold, is not signed.
    """
    from sealkit.ledger import observe
    from sealkit.operations.repository import Repository
    from sealkit.source.filenames import LEDGER

    repository = Repository.open()
    repository.signed()
    found = _named(
        repository, repository.waiting(observe.destinations(repository.config, repository.tree)), names or []
    )
    if not found:
        ui.info("nothing waits for approval")
        return
    asked = not names or ui.at_terminal()
    for line in shown(repository, found):
        ui.info(line)
    if not names and not ui.at_terminal():
        raise RefusedError(
            f"{_count(found)} for approval, and nobody is here to be asked",
            hint=f"run it on a terminal, or name what you looked at: sealkit approve {_typed(found)}",
        )
    if asked and not ui.confirm(f"sign {'all ' if len(found) > 1 else ''}{len(found)}?"):
        raise RefusedError("declined; nothing was signed")
    repository.approve(found)
    ui.info(f"signed {len(found)} in {LEDGER}; commit it together with what it approves")


def shown(repository: Repository, found: Sequence[Unapproved]) -> list[str]:
    """What is new, one line for each route, without any sealed value. Raises SealkitError for a file that does not open."""
    from sealkit.ledger import observe
    from sealkit.ledger.compare import What
    from sealkit.ledger.entries import FileEntry
    from sealkit.ledger.unapproved import Reason
    from sealkit.sops.decrypt import open_files

    sealed = {
        item.path: (repository.root / item.path).read_bytes()
        for item in found
        if item.why in observe.OF_FILES and item.sign is not None
    }
    for path, data in sealed.items():
        if observe.metadata_of(path, data) is None:
            raise RefusedError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message = f"{path}: not signed: {opened.message.removeprefix(path + ': ')}"
            raise opened
    lines = []
    for item in found:
        if item.path not in sealed:
            lines.append(str(item))
            continue
        lines.append(f"{item.path}: {item.message}")
        for change in repository.known().changed(item, sealed[item.path]):
            value = " ***" if change.sealed and change.what is not What.REMOVED else ""
            lines.append(f"    {change.route}{value} ({change.what})")
        if isinstance(item.sign, FileEntry) and item.why is Reason.NEW:
            lines.append(f"    sealed to {', '.join(item.sign.to)}")
    return lines


def _named(repository: Repository, found: Sequence[Unapproved], names: Sequence[str]) -> list[Unapproved]:
    """The items of these names; all without names. Raises UsageError for a name that nothing waiting has."""
    if not names:
        return list(found)
    chosen: dict[int, Unapproved] = {}
    for name in names:
        wanted = {name}
        if (Path.cwd() / name).exists():
            wanted.add(repository.config.relative(Path(name)))
        hits = [index for index, item in enumerate(found) if wanted & _handles(item)]
        if not hits and not wanted & {
            entry.path for entry in repository.signed().files().values() if entry is not None
        }:
            hint = f"what waits: sealkit approve {_typed(found)}" if found else "nothing waits"
            raise UsageError(f"{name}: nothing of that name waits", hint=hint)
        chosen.update((index, found[index]) for index in hits)
    return [chosen[index] for index in sorted(chosen)]


def _typed(found: Sequence[Unapproved]) -> str:
    """The names of what waits, as a shell takes them."""
    return shlex.join(dict.fromkeys(item.path for item in found))


def _handles(item: Unapproved) -> set[str]:
    """What a person may call it."""
    from sealkit.ledger.entries import AccessEntry, PlaceEntry, ReachEntry

    handles = {item.path}
    if isinstance(item.sign, PlaceEntry):
        handles.add(item.sign.name)
    elif isinstance(item.sign, ReachEntry):
        handles.add(item.sign.origin)
    elif isinstance(item.sign, AccessEntry):
        handles.add(item.sign.role)
    return handles


def _count(found: Sequence[Unapproved]) -> str:
    return f"{len(found)} {'thing waits' if len(found) == 1 else 'things wait'}"
