"""Where a named value is used: the placeholders in the public tree, and what must be restarted to take a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sealkit.cli import facts, say
from sealkit.cli.seal.locating import is_sealed
from sealkit.errors import SealkitError
from sealkit.ledger.entries import PlaceEntry, ReachEntry
from sealkit.source import config, files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.cli.seal.locating import Spot
    from sealkit.cli.session import Session


def pattern(name: str) -> re.Pattern[str]:
    """Finds the name in its placeholders, and not in the literal text `<<sealed:`."""
    return re.compile(rf"(?<!<)(<sealed:){re.escape(name)}(?=[|>])")


def public(session: Session) -> Iterator[tuple[str, str]]:
    """The files that may hold placeholders, with their text: all but the private half and what cannot be read as text."""
    house = session.house
    aside = [part for part in (house.private, house.example) if part]
    for path in session.tree.paths(house.public):
        if any(inside(path, part) for part in aside) or path in {config.LEDGER, config.POLICY, config.HOUSE_KEY}:
            continue
        if (session.root / path).is_symlink():
            continue  # within the tree its target is looked at, and nothing outside is changed
        try:
            data = session.tree.read(path)
            if b"<sealed:" in data and not is_sealed(data):
                yield path, data.decode("utf-8")
        except SealkitError as error:
            say.warning(f"not looked at: {error.message}", error.hint)
        except UnicodeDecodeError:
            say.warning(f"not looked at: {path}: not UTF-8")


def uses(session: Session, name: str) -> Iterator[tuple[str, int]]:
    """Every placeholder of a name: path and line."""
    wanted = pattern(name)
    for path, text in public(session):
        for found in wanted.finditer(text):
            yield path, text.count("\n", 0, found.start()) + 1


def restarts(session: Session, name: str, spot: Spot) -> list[str]:
    """The workloads that get a value through an object (a Secret, a ConfigMap), so that nothing restarts them by itself; those
    that hold it in their own spec are restarted by the deploy."""
    try:
        going = facts.going(session.house, session.tree)
    except SealkitError as error:
        say.warning(f"what must be restarted is not known: {error.message}", error.hint)
        return []
    objects = {e.object for e in going.places if isinstance(e, PlaceEntry) and e.name == name}
    objects |= _overlays(session, spot)
    return sorted({e.workload for e in going.reaches if isinstance(e, ReachEntry) and e.origin in objects})


def _overlays(session: Session, spot: Spot) -> set[str]:
    """The object that a leaf of an overlay belongs to, as reaches name it."""
    from sealkit.model.compose import parse
    from sealkit.model.objects import is_object, ref_of
    from sealkit.overlay.places import located

    if not spot.path.endswith((".yaml", ".yml", ".json")):
        return set()
    documents = parse(files.decode(session.tree.read(spot.path), spot.path), spot.path)
    tree = documents[spot.document].tree()
    if not isinstance(tree, dict) or not is_object(tree):
        return set()
    spaces = {target.namespace for target in session.house.targets.values()} or {session.house.target().namespace}
    return {str(located(ref_of(tree), space)) for space in spaces}
