"""Where named values and routes are in the sealed files of a repository. No key is needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError, UsageError
from sealkit.model.list_items import labels
from sealkit.model.sensitive import Origin
from sealkit.operations.repository import Repository
from sealkit.sealed.file import SealedFile
from sealkit.sealed.leaf_edit import SPAN_FORMATS, is_single_value
from sealkit.source import filenames
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route

_KNOWN_NAMES = 8
"""How many names a hint lists."""


class Location(NamedTuple):
    """One leaf of a sealed file: path from the root, route, and the index of the document."""

    path: str
    route: Route
    document: int = 0

    def __str__(self) -> str:
        return f"{self.path} {self.route}"

    @property
    def origin(self) -> str:
        """As a reach in the ledger names it."""
        return str(Origin(self.path, self.route, self.document))


class NamedValues:
    """The sealed files of a repository, without that of the signing key, and the leaves in them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    @cached_property
    def files(self) -> dict[str, SealedFile]:
        """Every sealed file by path."""
        return {
            path: file
            for path, file in self._repository.sealed.items()
            if path != filenames.SIGNING_KEY and file.is_sealed
        }

    @cached_property
    def locations(self) -> dict[str, list[Location]]:
        """The leaves of each named value. Raises SealkitError for a file that cannot be read: its names would be missing."""
        return _by_name([pair for path in self.files for pair in self._named_in(path)])

    def require_file(self, name: str) -> str:
        """The path of a sealed file that a person named. Raises SealkitError where there is none."""
        path = self._repository.config.relative(Path(name))
        if path in self.files:
            return path
        if not (self._repository.root / path).exists():
            raise SealkitError(f"{path}: no such file", hint=f"create it: sealkit edit {path}")
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")

    def means_file(self, name: str) -> bool:
        """Whether this names a file: a sealed one, or another file whose name is not also a named value."""
        try:
            if self._repository.config.relative(Path(name)) in self.files:
                return True
        except UsageError:
            return False
        return (Path.cwd() / name).is_file() and not self.has(name)

    def find(self, name: str, file: str | None = None) -> Location:
        """The leaf of a named value; with a file, the leaf at a route of that file. Raises UsageError where there is none, or
        where several files have it."""
        path = self.require_file(file) if file is not None else None
        by_name = self.locations if path is None else _by_name(self._named_in(path))
        locations = by_name.get(name, [])
        if not locations and path is not None:
            locations = self._at_route(path, name)
        if len(locations) == 1:
            return locations[0]
        if locations:
            paths = ", ".join(dict.fromkeys(location.path for location in locations))
            raise UsageError(f"{name} is defined in {paths}", hint=f"name the file: {name} {locations[0].path}")
        raise UsageError(f"no value {name}" + (f" in {path}" if path else ""), hint=self._suggestion(name, path))

    def has(self, name: str, path: str | None = None) -> bool:
        """Whether there is a named value of that name (in that file)."""
        return any(path in {None, location.path} for location in self.locations.get(name, []))

    def last_document(self, path: str) -> int:
        """The last document of a file that has named values; 0 where none has."""
        documents = (at.document for locations in self.locations.values() for at in locations if at.path == path)
        return max(documents, default=0)

    def _suggestion(self, name: str, path: str | None) -> str:
        import difflib  # only for a name that does not exist

        known = [other for other in self.locations if self.has(other, path)]
        close = difflib.get_close_matches(name, known, 1)
        if close:
            return f"did you mean {close[0]}?"
        if known:
            return f"known: {', '.join(sorted(known)[:_KNOWN_NAMES])}"
        return "create one: sealkit set NAME FILE"

    def _named_in(self, path: str) -> Sequence[tuple[str, Location]]:
        """The named values of a file: every leaf of a document that is no Kubernetes object."""
        items = [item for item in self.files[path].parsed.items if not item.comment]
        if is_single_value(path):
            return [(path, Location(path, item.route)) for item in items[:1]]
        top_keys: dict[int, set[str]] = {}
        for item in items:
            if len(item.route) == 1:
                top_keys.setdefault(item.document, set()).add(str(item.route.steps[0]))
        return [
            (".".join(map(str, item.route)), Location(path, item.route, item.document))
            for item in items
            if not {"apiVersion", "kind"} <= top_keys.get(item.document, set())
        ]

    def _at_route(self, path: str, text: str) -> list[Location]:
        """The leaves at a route; the route may name list items by index or by name."""
        route = Route.parse(text)
        parsed = self.files[path].parsed
        by_index: dict[int, Route] = {}
        if parsed.format in SPAN_FORMATS:
            documents = parse(parsed.text, path)
            by_index = {document.index: ItemNames(document.root, labels).indexed(route) for document in documents}
        return [
            Location(path, item.route, item.document)
            for item in parsed.items
            if not item.comment and item.route == by_index.get(item.document, route)
        ]


def _by_name(pairs: Sequence[tuple[str, Location]]) -> dict[str, list[Location]]:
    by_name: dict[str, list[Location]] = {}
    for name, location in pairs:
        by_name.setdefault(name, []).append(location)
    return by_name
