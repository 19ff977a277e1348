"""Where the values of a house will go, told before its private half exists: with the example tree in its place."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from sealkit.ledger import observe
from sealkit.ledger.entries import AccessEntry, PlaceEntry, ReachEntry
from sealkit.source.tree import FileTree

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository

Going = PlaceEntry | ReachEntry | AccessEntry


class _Without:
    """A tree without some files."""

    def __init__(self, tree: FileTree, hidden: Collection[str]) -> None:
        self._tree = tree
        self._hidden = hidden

    def paths(self, under: str = "") -> list[str]:
        """As of the tree."""
        return [path for path in self._tree.paths(under) if path not in self._hidden]

    def read(self, path: str) -> bytes:
        """As of the tree. Raises SealkitError."""
        return self._tree.read(path)


def going(repository: Repository, hide: Collection[str]) -> list[Going]:
    """Every place, reach and access of the house, with the sealed files `hide` not there: then the example tree stands for all
    of them. Raises SealkitError for a target that does not render."""
    config = repository.config
    from sealkit.overlay.resolve import NoValueError

    try:
        found = observe.destinations(config, _Without(repository.tree, hide) if config.private else repository.tree)
    except NoValueError as error:
        hint = f"{config.example}/ lacks it: who lives here runs sealkit example, or write it there as NAME: <ask:NAME>"
        raise NoValueError(error.message, hint=hint) from None
    return [*found.places, *(_private(entry, config.example, config.private) for entry in found.reaches)]


def _private(entry: ReachEntry | AccessEntry, example: str, private: str) -> ReachEntry | AccessEntry:
    """A reach that was told from an example, as it will be told from the private file."""
    if isinstance(entry, AccessEntry) or not example or not entry.origin.startswith(f"{example}/"):
        return entry
    return replace(entry, origin=private + entry.origin.removeprefix(example))


def told(entry: Going) -> str:
    """In words."""
    if isinstance(entry, PlaceEntry):
        return f"<sealed:{entry.name}> goes to {entry.object} {entry.route}"
    if isinstance(entry, AccessEntry):
        return f"{entry.subject} may {entry.verbs} secrets {entry.secrets} ({entry.role})"
    where = f", container {entry.container} ({entry.image})," if entry.container else ""
    return f"{entry.workload}{where} gets {entry.origin}"
