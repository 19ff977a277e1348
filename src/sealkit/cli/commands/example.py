"""`example`: the example tree from the shape of the private tree, without a key; and what an example says for a value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.example_tree import path_of, private_of
from sealkit.operations.named_values import whole
from sealkit.source import files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.repository import Repository
    from sealkit.sealed.stores.parsed import Item, Parsed
    from sealkit.yamlspan.route import Route
    from sealkit.yamlspan.scalars import Scalar

Leaf = tuple[int, "Route"]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("example")(example)


def example(
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if the example lacks or has left over a value."),
) -> None:  # fmt: skip
    """Bring the example tree to the shape of the private tree. Needs no key, and no sealed value gets into it.

    What the example says for a value stays; a new value is asked for (`<ask:NAME>`) until you write a generator there.
    """
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    config = repository.config
    if not config.private or not config.example:
        raise UsageError("layout inline has no private tree to make an example of", hint="see layout in sealkit.yaml")
    changed = 0
    for path, there, now in _examples(repository, NamedValues(repository)):
        if there == now:
            continue
        changed += 1
        if check:
            ui.warning(f"{path}: {'does not have the shape of its private file' if there else 'is missing'}")
        elif there is None:
            files.write(repository.root / path, now.encode("utf-8", "surrogateescape"))
            ui.info(f"wrote {path}")
        else:
            files.write(repository.root / path, now.encode("utf-8", "surrogateescape"))
            ui.info(f"changed {path}")
    for path in _left_over(repository):
        changed += check
        ui.warning(f"{path}: no private file has this shape any more", f"git rm {path}")
    if check and changed:
        raise RefusedError(
            f"{changed} example file{' differs' if changed == 1 else 's differ'}", hint="sealkit example"
        )
    if not changed:
        ui.info("the example has the shape of the private tree")


def _examples(repository: Repository, places: NamedValues) -> list[tuple[str, str | None, str]]:
    """For each private file: the path of its example, its text now (None: there is none) and as it should be."""
    found, held = [], set(repository.tree.paths(repository.config.example))
    for private in places.files:
        if not inside(private, repository.config.private):
            continue
        path = path_of(repository.config, private)
        there = files.decode(repository.tree.read(path), path) if path in held else None
        found.append((path, there, _shaped(places.parsed(private), there, path)))
    return found


def differing(repository: Repository) -> list[str]:
    """The examples that lack a value of their private file, hold one that it does not, or are not there."""
    from sealkit.operations.named_values import NamedValues

    return [path for path, there, now in _examples(repository, NamedValues(repository)) if there != now] + _left_over(
        repository
    )


def _left_over(repository: Repository) -> list[str]:
    config = repository.config
    return [
        path
        for path in repository.tree.paths(config.example)
        if path.endswith((".yaml", ".yml", ".json", ".env", ".ini"))
        and not (repository.root / private_of(config, path)).exists()
    ]


def _shaped(private: Parsed, there: str | None, path: str) -> str:
    """The example of a sealed file: its open leaves as they are, each sealed one as the example says it, or asked for."""
    from sealkit.sealed.stores.store import store_for

    store = store_for(path)
    leaves = {(item.document, item.route): item for item in private.items if not item.comment}
    if there is not None:
        said = {(item.document, item.route) for item in store.parse(there, path).items if not item.comment}
        try:
            return _adapted(there, path, leaves, said)
        except UsageError:
            ui.warning(f"{path}: is made anew, its structure is another")
    values: dict[int, Scalar] = {}
    for at, item in enumerate(private.items):
        if item.sealed:
            # what a sealed comment says is not for the open
            values[at] = " sealed" if item.comment else _ask(item, path)
    try:
        return store.write(private, values, None)
    except SealkitError as error:
        raise SealkitError(f"{path}: cannot be made: {error.message}", hint="write it by hand") from None


def _adapted(there: str, path: str, leaves: Mapping[Leaf, Item], said: set[Leaf]) -> str:
    """The example with what is new in the private file, and without what is gone. Raises UsageError where that does not go."""
    from sealkit.operations.sealed_edit import put, remove

    text = there
    for document, route in sorted(said - leaves.keys(), reverse=True):
        text = remove(text, path, route, document)
    for (document, route), item in leaves.items():
        if (document, route) not in said:
            text = put(text, path, route, _ask(item, path) if item.sealed else item.value, document)
    return text


def _ask(item: Item, path: str) -> str:
    return f"<ask:{PurePosixPath(path).name if whole(path) else str(item.route).removeprefix('.')}>"
