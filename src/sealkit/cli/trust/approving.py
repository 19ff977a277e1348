"""`approve` signs what waits; `review` shows, without a key, what a change does to the sealed half."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import say
from sealkit.errors import Exit, RefusedError, SealkitError, UsageError

if TYPE_CHECKING:
    from sealkit.cli.session import Session
    from sealkit.ledger.waiting import Waiting


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("approve")(approve)
    app.command("review")(review)


def approve(
    names: list[str] = typer.Argument(
        None, metavar="[PATH|NAME]...", help="Files, values or objects to sign; needed where nobody can be asked.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Show what waits for approval, masked, and sign it with the house key.

    Files are opened first: what no key here opens, or whose MAC does not hold, is not signed.
    """
    from sealkit.cli import facts
    from sealkit.cli.session import Session
    from sealkit.source.config import LEDGER

    session = Session.open()
    session.signed()
    found = _named(session, session.waiting(facts.going(session.house, session.tree)), names or [])
    if not found:
        say.info("nothing waits for approval")
        return
    asked = not names or say.at_terminal()
    for line in shown(session, found):
        say.info(line)
    if not names and not say.at_terminal():
        raise RefusedError(
            f"{_count(found)} for approval, and nobody is here to be asked",
            hint=f"run it on a terminal, or name what you looked at: sealkit approve {_typed(found)}",
        )
    if asked and not say.confirm(f"sign {'all ' if len(found) > 1 else ''}{len(found)}?"):
        raise RefusedError("declined; nothing was signed")
    session.approve(found)
    say.info(f"signed {len(found)} in {LEDGER}; commit it together with what it approves")


def shown(session: Session, found: Sequence[Waiting]) -> list[str]:
    """What is new, one line for each route, without any sealed value. Raises SealkitError for a file that does not open."""
    from sealkit.cli import facts
    from sealkit.ledger.compare import What
    from sealkit.ledger.entries import FileEntry
    from sealkit.ledger.waiting import Why
    from sealkit.sops.opening import open_files

    sealed = {
        item.path: (session.root / item.path).read_bytes()
        for item in found
        if item.why in facts.OF_FILES and item.sign is not None
    }
    for path, data in sealed.items():
        if facts.metadata_of(path, data) is None:
            raise RefusedError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    for path, opened in open_files(sealed, session.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message = f"{path}: not signed: {opened.message.removeprefix(path + ': ')}"
            raise opened
    lines = []
    for item in found:
        if item.path not in sealed:
            lines.append(str(item))
            continue
        lines.append(f"{item.path}: {item.message}")
        for change in session.known().changed(item, sealed[item.path]):
            value = " ***" if change.sealed and change.what is not What.REMOVED else ""
            lines.append(f"    {change.route}{value} ({change.what})")
        if isinstance(item.sign, FileEntry) and item.why is Why.NEW:
            lines.append(f"    sealed to {', '.join(item.sign.to)}")
    return lines


def _named(session: Session, found: Sequence[Waiting], names: Sequence[str]) -> list[Waiting]:
    """The items of these names; all without names. Raises UsageError for a name that nothing waiting has."""
    if not names:
        return list(found)
    chosen: dict[int, Waiting] = {}
    for name in names:
        wanted = {name}
        if (Path.cwd() / name).exists():
            wanted.add(session.house.relative(Path(name)))
        hits = [index for index, item in enumerate(found) if wanted & _handles(item)]
        if not hits and not wanted & {entry.path for entry in session.signed().files().values() if entry is not None}:
            hint = f"what waits: sealkit approve {_typed(found)}" if found else "nothing waits"
            raise UsageError(f"{name}: nothing of that name waits", hint=hint)
        chosen.update((index, found[index]) for index in hits)
    return [chosen[index] for index in sorted(chosen)]


def _typed(found: Sequence[Waiting]) -> str:
    """The names of what waits, as a shell takes them."""
    return shlex.join(dict.fromkeys(item.path for item in found))


def _handles(item: Waiting) -> set[str]:
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


def _count(found: Sequence[Waiting]) -> str:
    return f"{len(found)} {'thing waits' if len(found) == 1 else 'things wait'}"


def review(
    revisions: str = typer.Argument(
        "", metavar="[A..B]", help="Two revisions (A...B: since they parted); default: HEAD and the work tree.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Show as Markdown what changed in sealed files, ledger, policy and allow list. Needs no key.

    Exit code 1 if anything waits for approval afterwards, 0 if not.
    """
    from sealkit.cli.trust import reviewing
    from sealkit.source import config

    house = config.load()
    report, waits = reviewing.review(house, revisions)
    typer.echo(report, nl=False)
    if waits:
        raise typer.Exit(Exit.NO)
