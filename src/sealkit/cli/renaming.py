"""`mv`: another name for a value; its placeholders, its example and its approvals follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from sealkit.cli import facts, say
from sealkit.cli.using import pattern, public
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.entries import AccessEntry, PlaceEntry, ReachEntry
from sealkit.ledger.waiting import Waiting
from sealkit.model.route import Route
from sealkit.source import files

if TYPE_CHECKING:
    from pathlib import Path

    from sealkit.cli.locating import Places, Spot
    from sealkit.cli.session import Session

Going = dict[tuple[str, str, str], bool]
"""Name, object and route of each place before the move, and whether it was approved."""


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
    from sealkit.cli.locating import Places
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
    count = _approved(session, before, (old, spot.origin), (new, target.origin))
    say.info(f"{spot} is now {target.route}; {changed} files follow, {count} approvals")


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
    from sealkit.cli.examples import example_of
    from sealkit.cli.rewriting import Rewrite, leaf, put, remove

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


def _going(session: Session) -> tuple[Going, set[tuple[str, ...]]]:
    """The places as they are, with whether each is approved, and the keys of the approved reaches."""
    if session.ledger is None:
        return {}, set()
    try:
        going = facts.going(session.house, session.tree)
    except SealkitError as error:
        say.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return {}, set()
    keys = session.ledger.keys
    places = {(place.name, place.object, place.route): place.key in keys for place in going.places}
    return places, {reach.key for reach in going.reaches if reach.key in keys}


def _approved(
    session: Session,
    before: tuple[Going, set[tuple[str, ...]]],
    old: tuple[str, str],
    new: tuple[str, str],
) -> int:
    """Sign what was approved under the old name; how many."""
    if session.ledger is None or not (before[0] or before[1]):
        return 0
    try:
        waits = session.waiting(facts.going(session.house, session.tree))
    except SealkitError as error:
        say.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return 0
    mine = list(_following(waits, before, old, new))
    if mine:
        session.approve(mine)
    return len(mine)


def _following(
    waits: list[Waiting],
    before: tuple[Going, set[tuple[str, ...]]],
    old: tuple[str, str],
    new: tuple[str, str],
) -> Iterator[Waiting]:
    places, reaches = before
    for item in waits:
        entry = item.sign
        if isinstance(entry, PlaceEntry):
            name = old[0] if entry.name == new[0] else entry.name
            if places.get((name, entry.object, entry.route)):
                yield item
        elif isinstance(entry, ReachEntry) and not isinstance(entry, AccessEntry):
            was = replace(entry, origin=old[1]) if entry.origin == new[1] else entry
            if was.key in reaches:
                yield replace(item, drop=(was.key,)) if was is not entry else item
