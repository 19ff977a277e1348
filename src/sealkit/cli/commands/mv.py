"""`mv`: another name for a value; its placeholders, its example and its approvals follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger import observe
from sealkit.ledger.entries import LedgerEntry, PlaceEntry, ReachEntry
from sealkit.operations.references import pattern, public
from sealkit.source import files
from sealkit.yamlspan.route import Route

if TYPE_CHECKING:
    from pathlib import Path

    from sealkit.operations.named_values import Location, NamedValues
    from sealkit.operations.repository import Repository

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
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.repository import Repository
    from sealkit.overlay.placeholder import is_name

    if not is_name(new) or not len(Route.parse(new)):
        raise UsageError(f"{new}: not a name that a placeholder can carry", hint="letters, digits, _ . / -")
    repository = Repository.open()
    places = NamedValues(repository)
    spot = _spot(places, old, new, list(public(repository)))
    repository.warn_waiting([spot.path])
    before = _going(repository)
    target = replace(spot, route=Route.parse(new))
    if spot.route != target.route:
        _sealed(repository, spot, target)
    changed = _placeholders(repository, old, new)
    repository.refresh()
    count = _approved(repository, before, {new: old, target.origin: spot.origin})
    ui.info(
        f"{spot} is now {target.route}; {changed} file{'s' * (changed != 1)} and {count} approval{'s' * (count != 1)} follow"
    )


def _spot(places: NamedValues, old: str, new: str, texts: list[tuple[str, str]]) -> Location:
    """Where the value is. If a run before this one was killed it has its new name already, and placeholders still the old."""
    if places.has(new):
        if places.has(old) or not any(pattern(old).search(text) for _, text in texts):
            raise RefusedError(f"there is a value {new} already", hint=f"sealkit unset {new}, or choose another name")
        ui.info(f"{new} is there already and placeholders still say {old}: going on")
        return places.find(new)
    return places.find(old)


def _sealed(repository: Repository, spot: Location, target: Location) -> None:
    """The value under its new name, in its sealed file and in the example of that file."""
    from sealkit.operations.example_tree import example_of
    from sealkit.operations.sealed_edit import SealedEdit, leaf, put, remove

    rewrite = SealedEdit(repository, spot.path)
    value = leaf(rewrite.text, spot.path, spot.route, spot.document)
    rewrite.put(target.route, value, spot.document)
    rewrite.remove(spot.route, spot.document)
    rewrite.write(must=(target,))
    example = example_of(repository, spot.path)
    if example is None:
        return
    path, text = example
    try:
        said = leaf(text, path, spot.route, spot.document)
        text = remove(put(text, path, target.route, said, spot.document), path, spot.route, spot.document)
        files.write(repository.root / path, text.encode())
    except UsageError:
        ui.warning(f"{path}: does not have {spot.route}", "sealkit example")


def _placeholders(repository: Repository, old: str, new: str) -> int:
    """Rename them everywhere; how many files changed. All are staged before the first is replaced."""
    wanted = pattern(old)
    staged: list[tuple[Path, Path]] = []
    try:
        for path, text in public(repository):
            fresh = wanted.sub(lambda found: found[1] + new, text)
            if fresh != text:
                place = repository.root / path
                staged.append((files.stage(place, fresh.encode()), place))
    except SealkitError:
        for temporary, _ in staged:
            files.drop(temporary)
        raise
    for temporary, place in staged:
        files.commit(temporary, place)
    return len(staged)


def _going(repository: Repository) -> Going:
    """Where values go as it is, as far as it is approved."""
    if repository.ledger is None:
        return {}
    try:
        going = observe.destinations(repository.config, repository.tree)
    except SealkitError as error:
        ui.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return {}
    keys = repository.ledger.keys
    entries = (*going.places, *going.reaches)
    return {where: entry.key for entry in entries if entry.key in keys and (where := _where(entry))}


def _where(entry: LedgerEntry | None) -> tuple[str, ...]:
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


def _approved(repository: Repository, before: Going, renamed: dict[str, str]) -> int:
    """Sign what was approved under the old name (`renamed` gives it by the new one); how many."""
    if repository.ledger is None or not before:
        return 0
    try:
        waits = repository.waiting(observe.destinations(repository.config, repository.tree))
    except SealkitError as error:
        ui.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return 0
    mine = [
        replace(item, drop=(before[was],))
        for item in waits
        if (where := _where(item.sign)) and (was := _was(where, renamed)) in before
    ]
    if mine:
        repository.approve(mine)
    return len(mine)


def _was(where: tuple[str, ...], renamed: dict[str, str]) -> tuple[str, ...]:
    kind, what, *rest = where
    return (kind, renamed.get(what, what), *rest)
