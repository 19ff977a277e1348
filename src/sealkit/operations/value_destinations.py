"""Where the values of a repository go: which places and containers get them, over all targets, told with stand-ins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sealkit.ledger.entries import AccessEntry, PlaceEntry, ReachEntry
from sealkit.ledger.unapproved import Observed
from sealkit.overlay.render import render
from sealkit.overlay.resolve import NoValueError
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree

Destination = PlaceEntry | ReachEntry | AccessEntry


def destinations(config: Config, tree: FileTree) -> Observed:
    """Every place, reach and access. Raises SealkitError for a target that does not render, so that what could not be looked at
    never looks approved."""
    places: dict[PlaceEntry, None] = {}
    reaches: dict[ReachEntry | AccessEntry, None] = {}
    for name in config.targets or (None,):
        rendered = render(config, config.target(name), tree, StandInOpener())
        places.update(dict.fromkeys(rendered.places))
        reaches.update(dict.fromkeys(rendered.reaches))
    return Observed(places=tuple(places), reaches=tuple(reaches))


class _WithoutFiles:
    """A tree without some of its files."""

    def __init__(self, tree: FileTree, hidden: Collection[str]) -> None:
        self._tree = tree
        self._hidden = hidden

    def paths(self, under: str = "") -> list[str]:
        """As in the tree."""
        return [path for path in self._tree.paths(under) if path not in self._hidden]

    def read(self, path: str) -> bytes:
        """As in the tree. Raises SealkitError."""
        return self._tree.read(path)


def destinations_from_example(config: Config, tree: FileTree, hidden: Collection[str]) -> list[Destination]:
    """The same before the private half exists: the sealed files `hidden` are left out, and the example tree stands for them.

    Raises SealkitError for a target that does not render.
    """
    try:
        observed = destinations(config, _WithoutFiles(tree, hidden) if config.private else tree)
    except NoValueError as error:
        hint = f"{config.example}/ lacks it: its author runs sealkit example, or add it there as NAME: <ask:NAME>"
        raise NoValueError(error.message, hint=hint) from None
    return [*observed.places, *(_in_private(entry, config.example, config.private) for entry in observed.reaches)]


def _in_private(entry: ReachEntry | AccessEntry, example: str, private: str) -> ReachEntry | AccessEntry:
    """A reach that was observed in an example file, as it will be observed in the private file."""
    if isinstance(entry, AccessEntry) or not example or not entry.origin.startswith(f"{example}/"):
        return entry
    return replace(entry, origin=private + entry.origin.removeprefix(example))


def describe(entry: Destination) -> str:
    """A destination in words, for the question whether it is approved."""
    if isinstance(entry, PlaceEntry):
        return f"<sealed:{entry.name}> goes to {entry.object} {entry.route}"
    if isinstance(entry, AccessEntry):
        return f"{entry.subject} may {entry.verbs} secrets {entry.secrets} ({entry.role})"
    container = f", container {entry.container} ({entry.image})," if entry.container else ""
    return f"{entry.workload}{container} gets {entry.origin}"
