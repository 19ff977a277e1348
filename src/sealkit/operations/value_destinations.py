"""Where the values of a repository go: which places and containers get them, over all targets, told with stand-ins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

from sealkit.overlay.destinations import Reach, SecretAccess, ValuePlace
from sealkit.overlay.render import render
from sealkit.overlay.resolve import NoValueError
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree

Destination = ValuePlace | Reach | SecretAccess


class Destinations(NamedTuple):
    """Every place of a named value, and every reach and access of sealed objects, over all targets."""

    places: tuple[ValuePlace, ...] = ()
    reaches: tuple[Reach | SecretAccess, ...] = ()


def destinations(config: Config, tree: FileTree) -> Destinations:
    """Where values go. Raises SealkitError for a target that does not render."""
    places: dict[ValuePlace, None] = {}
    reaches: dict[Reach | SecretAccess, None] = {}
    for name in config.targets or (None,):
        rendered = render(config, config.target(name), tree, StandInOpener())
        places.update(dict.fromkeys(rendered.places))
        reaches.update(dict.fromkeys(rendered.reaches))
    return Destinations(tuple(places), tuple(reaches))


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


def _in_private(entry: Reach | SecretAccess, example: str, private: str) -> Reach | SecretAccess:
    """A reach that was told from an example file, as it will be told in the private file."""
    if isinstance(entry, SecretAccess) or not example or not entry.origin.startswith(f"{example}/"):
        return entry
    return replace(entry, origin=private + entry.origin.removeprefix(example))


def describe(entry: Destination) -> str:
    """A destination in words."""
    if isinstance(entry, ValuePlace):
        return f"<sealed:{entry.name}> goes to {entry.object} {entry.route}"
    if isinstance(entry, SecretAccess):
        return f"{entry.subject} may {entry.verbs} secrets {entry.secrets} ({entry.role})"
    container = f", container {entry.container} ({entry.image})," if entry.container else ""
    return f"{entry.workload}{container} gets {entry.origin}"
