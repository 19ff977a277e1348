"""`mv`: another name for a value; its placeholders, its example and its approvals follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from sealkit.cli import facts, say
from sealkit.cli.seal.using import pattern, public
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.entries import Entry, PlaceEntry, ReachEntry
from sealkit.model.route import Route
from sealkit.source import files

if TYPE_CHECKING:
    from pathlib import Path

    from sealkit.cli.seal.locating import Places, Spot
    from sealkit.cli.session import Session

Going = dict[tuple[str, ...], tuple[str, ...]]
"""What stays of each approved place and reach when a name changes, and the key of its line."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("mv")(mv)


def mv(
    old: str = typer.Argument(metavar="OLD", help="A named value."),
    new: str = typer.Argument(metavar="NEW", help="Its new name, in the same file."),
) -> None:
    """Give a named value another name. The placeholders in the public tree, the example and the approvals follow.

    A place that nobody approved under the old name is not approved under the new one.
    """
    from sealkit.cli.seal.locating import Places
    from sealkit.cli.session import Session
    from sealkit.overlay.placeholder import is_name

    if not is_name(new) or not len(Route.parse(new)):
        raise UsageError(f"{new}: not a name that a placeholder can carry", hint="letters, digits, _ . / -")
    session = Session.open()
    places = Places(session)
    spot = _spot(places, old, new, list(public(session)))
    session.warn_waiting([spot.path])
    before = _going(session)
    target = replace(spot, route=Route.parse(new))
    if spot.route != target.route:
        _sealed(session, spot, target)
    changed = _placeholders(session, old, new)
    session.refresh()
    count = _approved(session, before, {new: old, target.origin: spot.origin})
    say.info(
        f"{spot} is now {target.route}; {changed} file{'s' * (changed != 1)} and {count} approval{'s' * (count != 1)} follow"
    )


def _spot(places: Places, old: str, new: str, texts: list[tuple[str, str]]) -> Spot:
    """Where the value is. If a run before this one was killed it has its new name already, and placeholders still the old."""
    if places.has(new):
        if places.has(old) or not any(pattern(old).search(text) for _, text in texts):
            raise RefusedError(f"there is a value {new} already", hint=f"sealkit unset {new}, or choose another name")
        say.info(f"{new} is there already and placeholders still say {old}: going on")
        return places.find(new)
    return places.find(old)


def _sealed(session: Session, spot: Spot, target: Spot) -> None:
    """The value under its new name, in its sealed file and in the example of that file."""
    from sealkit.cli.seal.examples import example_of
    from sealkit.cli.seal.rewriting import Rewrite, leaf, put, remove

    rewrite = Rewrite(session, spot.path)
    value = leaf(rewrite.text, spot.path, spot.route, spot.document)
    rewrite.put(target.route, value, spot.document)
    rewrite.remove(spot.route, spot.document)
    rewrite.write(must=(target,))
    example = example_of(session, spot.path)
    if example is None:
        return
    path, text = example
    try:
        said = leaf(text, path, spot.route, spot.document)
        text = remove(put(text, path, target.route, said, spot.document), path, spot.route, spot.document)
        files.write(session.root / path, text.encode())
    except UsageError:
        say.warning(f"{path}: does not have {spot.route}", "sealkit example")


def _placeholders(session: Session, old: str, new: str) -> int:
    """Rename them everywhere; how many files changed. All are staged before the first is replaced."""
    wanted = pattern(old)
    staged: list[tuple[Path, Path]] = []
    try:
        for path, text in public(session):
            fresh = wanted.sub(lambda found: found[1] + new, text)
            if fresh != text:
                place = session.root / path
                staged.append((files.stage(place, fresh.encode()), place))
    except SealkitError:
        for temporary, _ in staged:
            files.drop(temporary)
        raise
    for temporary, place in staged:
        files.commit(temporary, place)
    return len(staged)


def _going(session: Session) -> Going:
    """Where values go as it is, as far as it is approved."""
    if session.ledger is None:
        return {}
    try:
        going = facts.going(session.house, session.tree)
    except SealkitError as error:
        say.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return {}
    keys = session.ledger.keys
    entries = (*going.places, *going.reaches)
    return {where: entry.key for entry in entries if entry.key in keys and (where := _where(entry))}


def _where(entry: Entry | None) -> tuple[str, ...]:
    """What stays of a place or reach when nothing but a name in it changes."""
    if isinstance(entry, PlaceEntry):
        return (entry.kind, entry.name, entry.object, entry.route)
    if isinstance(entry, ReachEntry):
        return (
            entry.kind,
            entry.origin,
            entry.workload,
            entry.container,
            entry.image,
            entry.command,
            entry.args,
            entry.account,
        )
    return ()


def _approved(session: Session, before: Going, renamed: dict[str, str]) -> int:
    """Sign what was approved under the old name (`renamed` gives it by the new one); how many."""
    if session.ledger is None or not before:
        return 0
    try:
        waits = session.waiting(facts.going(session.house, session.tree))
    except SealkitError as error:
        say.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return 0
    mine = [
        replace(item, drop=(before[was],))
        for item in waits
        if (where := _where(item.sign)) and (was := _was(where, renamed)) in before
    ]
    if mine:
        session.approve(mine)
    return len(mine)


def _was(where: tuple[str, ...], renamed: dict[str, str]) -> tuple[str, ...]:
    kind, what, *rest = where
    return (kind, renamed.get(what, what), *rest)
