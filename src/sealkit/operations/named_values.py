"""Where named values and routes stand in the sealed files of a house, told without a key."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError, UsageError
from sealkit.ledger import observe
from sealkit.model.sensitive import Origin
from sealkit.sealed.detect import is_sealed
from sealkit.source import filenames, files
from sealkit.yamlspan.route import Route

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sealed.stores.parsed import Parsed

STRUCTURED = (".yaml", ".yml", ".json")
FLAT = (".env", ".ini")


@dataclass(frozen=True, slots=True)
class Location:
    """One leaf of a sealed file."""

    path: str
    route: Route
    document: int = 0

    def __str__(self) -> str:
        return f"{self.path} {self.route}"

    @property
    def origin(self) -> str:
        """As a reach in the ledger names it."""
        return str(Origin(self.path, self.route, self.document))


def whole(path: str) -> bool:
    """Whether a sealed file holds one value without structure (a key, a certificate), by the end of its name as in sops."""
    return not path.endswith((*STRUCTURED, *FLAT))


class NamedValues:
    """The sealed files of a house, less the signing key's, and the leaves in them."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Every sealed file by path."""
        found = observe.sealed_files(self.repository.tree, self.repository.ledger)
        return {path: data for path, data in found.items() if path != filenames.SIGNING_KEY and is_sealed(data)}

    @cached_property
    def names(self) -> dict[str, list[Location]]:
        """Every named value and where it stands. A file that cannot be read is an error: its names would be missing."""
        return _grouped([pair for path in self.files for pair in self._named(path)])

    def parsed(self, path: str) -> Parsed:
        """A sealed file as the store reads it."""
        from sealkit.sealed.stores.store import store_for

        return store_for(path).parse(files.decode(self.files[path], path), path)

    def file(self, name: str) -> str:
        """A sealed file by the path that a person gave. Raises SealkitError where there is none."""
        path = self.repository.config.relative(Path(name))
        if path in self.files:
            return path
        if not (self.repository.root / path).exists():
            raise SealkitError(f"{path}: no such file", hint=f"make it: sealkit edit {path}")
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")

    def is_file(self, name: str) -> bool:
        """Whether a person who writes this means a file: a sealed one, or another one that no named value is called after."""
        try:
            if self.repository.config.relative(Path(name)) in self.files:
                return True
        except UsageError:
            return False
        return (Path.cwd() / name).is_file() and not self.has(name)

    def find(self, name: str, file: str | None = None) -> Location:
        """The leaf of a named value, or with a file the leaf at a route of it. Raises UsageError where there is none, or
        where it stands in several files."""
        path = self.file(file) if file is not None else None
        named = self.names if path is None else _grouped(self._named(path))
        spots = named.get(name, [])
        if not spots and path is not None:
            spots = self._at(path, name)
        if len(spots) == 1:
            return spots[0]
        if spots:
            where = ", ".join(dict.fromkeys(spot.path for spot in spots))
            raise UsageError(f"{name} stands in {where}", hint=f"say which: {name} {spots[0].path}")
        raise UsageError(f"no value {name}" + (f" in {path}" if path else ""), hint=self._near(name, path))

    def has(self, name: str, path: str | None = None) -> bool:
        """Whether there is a named value of that name (in that file)."""
        return any(path in {None, spot.path} for spot in self.names.get(name, []))

    def _near(self, name: str, path: str | None) -> str:
        known = [other for other, spots in self.names.items() if path is None or any(s.path == path for s in spots)]
        close = difflib.get_close_matches(name, known, 1)
        if close:
            return f"did you mean {close[0]}?"
        return f"known: {', '.join(sorted(known)[:8])}" if known else "make one: sealkit set NAME FILE"

    def _named(self, path: str) -> Sequence[tuple[str, Location]]:
        items = [item for item in self.parsed(path).items if not item.comment]
        if whole(path):
            return [(path, Location(path, item.route)) for item in items[:1]]
        heads: dict[int, set[str]] = {}
        for item in items:
            if len(item.route) == 1:
                heads.setdefault(item.document, set()).add(str(item.route.steps[0]))
        return [
            (".".join(map(str, item.route)), Location(path, item.route, item.document))
            for item in items
            if not {"apiVersion", "kind"} <= heads.get(item.document, set())
        ]

    def _at(self, path: str, text: str) -> list[Location]:
        """The leaves at a route, list items known by index or name."""
        from sealkit.model.list_items import labels
        from sealkit.yamlspan.item_names import ItemNames
        from sealkit.yamlspan.parse import parse

        route = Route.parse(text)
        parsed = self.parsed(path)
        wanted = {}
        if path.endswith(STRUCTURED):
            wanted = {d.index: ItemNames(d.root, labels).indexed(route) for d in parse(parsed.text, path)}
        return [
            Location(path, item.route, item.document)
            for item in parsed.items
            if not item.comment and item.route == wanted.get(item.document, route)
        ]


def _grouped(pairs: Sequence[tuple[str, Location]]) -> dict[str, list[Location]]:
    found: dict[str, list[Location]] = {}
    for name, spot in pairs:
        found.setdefault(name, []).append(spot)
    return found
