"""`example`: the example tree in the shape of the private tree. No key is needed, and no sealed value gets into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.events import Events
from sealkit.operations.example_tree import path_of, private_of
from sealkit.operations.repository import Repository
from sealkit.sealed.file import SealedFile
from sealkit.sealed.leaf_edit import is_single_value, put_leaf, remove_leaf
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.source import files
from sealkit.source.file_tree import inside
from sealkit.wording import counted
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_Leaf = tuple[int, Route]
"""Document and route."""
_SHAPED = (".yaml", ".yml", ".json", ".env", ".ini")
"""The files of the example tree that must have a private file."""


@dataclass(frozen=True, slots=True)
class _Example:
    """The example of a private file: its text as it is (None: missing), and as it should be."""

    path: str
    current: str | None
    wanted: str


def update_example(repository: Repository, events: Events) -> list[str]:
    """Bring the example tree to the shape of the private tree; the paths that were written. What the example says for a value
    stays; a new value is asked for (`<ask:NAME>`). Warns of examples without a private file.

    Raises UsageError without a private tree.
    """
    changed = _differing(repository, repository.found, events)
    for example in changed:
        files.write(repository.root / example.path, example.wanted.encode("utf-8", "surrogateescape"))
        events.progress(f"{'wrote' if example.current is None else 'changed'} {example.path}")
    _warn_without_private_file(repository, events)
    return [example.path for example in changed]


def require_example(repository: Repository, events: Events) -> None:
    """Raises RefusedError where the example tree has not the shape of the private tree, after a warning for each file; and
    UsageError without a private tree."""
    differing = _differing(repository, repository.found, events)
    for example in differing:
        missing = example.current is None
        events.warning(f"{example.path}: {'is missing' if missing else 'does not have the shape of its private file'}")
    number = len(differing) + len(_warn_without_private_file(repository, events))
    if number:
        raise RefusedError(counted(number, "example file", "differs"), hint="sealkit example")


def differing_examples(repository: Repository) -> list[str]:
    """The examples that are missing, differ in shape from their private file, or have none; for who has read the sealed files."""
    return [example.path for example in _differing(repository, repository.sealed, Events())] + _without_private_file(
        repository
    )


def _differing(repository: Repository, sealed: Mapping[str, SealedFile], events: Events) -> list[_Example]:
    config = repository.config
    if not config.private or not config.example:
        raise UsageError("layout inline has no private tree to make an example of", hint="see layout in sealkit.yaml")
    existing = set(repository.tree.paths(config.example))
    differing = []
    for private_path, file in sealed.items():
        if not file.is_sealed or not inside(private_path, config.private):
            continue
        path = path_of(config, private_path)
        current = files.decode(repository.tree.read(path), path) if path in existing else None
        wanted = _shaped(file.parsed, current, path, events)
        if wanted != current:
            differing.append(_Example(path, current, wanted))
    return differing


def _warn_without_private_file(repository: Repository, events: Events) -> list[str]:
    paths = _without_private_file(repository)
    for path in paths:
        events.warning(f"{path}: there is no private file for this example", f"git rm {path}")
    return paths


def _without_private_file(repository: Repository) -> list[str]:
    config = repository.config
    return [
        path
        for path in repository.tree.paths(config.example)
        if path.endswith(_SHAPED) and not (repository.root / private_of(config, path)).exists()
    ]


def _shaped(private: Parsed, current: str | None, path: str, events: Events) -> str:
    """The example of a sealed file: its open leaves as they are, each sealed one as the example says it, or asked for."""
    store = store_for(path)
    if current is not None:
        leaves = {(item.document, item.route): item for item in private.items if not item.comment}
        present = {(item.document, item.route) for item in store.parse(current, path).items if not item.comment}
        try:
            return _adapted(current, path, leaves, present)
        except UsageError:
            events.warning(f"{path}: its structure differs, so it is made anew")
    values: dict[int, Scalar] = {}
    for index, item in enumerate(private.items):
        if item.sealed:
            # the text of a sealed comment is not public
            values[index] = " sealed" if item.comment else _ask(item, path)
    try:
        return store.write(private, values, None)
    except SealkitError as error:
        raise SealkitError(f"{path}: cannot be made: {error.message}", hint="write it by hand") from None


def _adapted(current: str, path: str, leaves: Mapping[_Leaf, Item], present: set[_Leaf]) -> str:
    """The example with the leaves that are new in the private file, and without those that are gone. Raises UsageError where
    the structure does not allow it."""
    text = current
    for document, route in sorted(present - leaves.keys(), reverse=True):
        text = remove_leaf(text, path, route, document)
    for (document, route), item in leaves.items():
        if (document, route) not in present:
            text = put_leaf(text, path, route, _ask(item, path) if item.sealed else item.value, document)
    return text


def _ask(item: Item, path: str) -> str:
    return f"<ask:{PurePosixPath(path).name if is_single_value(path) else str(item.route).removeprefix('.')}>"
