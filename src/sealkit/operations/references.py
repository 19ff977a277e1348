"""Where a named value is used: the placeholders in the public tree, and what must be restarted to take a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import SealkitError
from sealkit.ledger import observe
from sealkit.ledger.entries import PlaceEntry, ReachEntry
from sealkit.sealed.detect import is_sealed
from sealkit.source import filenames, files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.operations.named_values import Location
    from sealkit.operations.repository import Repository


def pattern(name: str) -> re.Pattern[str]:
    """Finds the name in its placeholders, and not in the literal text `<<sealed:`."""
    return re.compile(rf"(?<!<)(<sealed:){re.escape(name)}(?=[|>])")


def public(repository: Repository) -> Iterator[tuple[str, str]]:
    """The files that may hold placeholders, with their text: all but the private half and what cannot be read as text."""
    config = repository.config
    aside = [part for part in (config.private, config.example) if part]
    for path in repository.tree.paths(config.public):
        if any(inside(path, part) for part in aside) or path in {
            filenames.LEDGER,
            filenames.POLICY,
            filenames.SIGNING_KEY,
        }:
            continue
        if (repository.root / path).is_symlink():
            continue  # within the tree its target is looked at, and nothing outside is changed
        try:
            data = repository.tree.read(path)
            if b"<sealed:" in data and not is_sealed(data):
                yield path, data.decode("utf-8")
        except SealkitError as error:
            ui.warning(f"not looked at: {error.message}", error.hint)
        except UnicodeDecodeError:
            ui.warning(f"not looked at: {path}: not UTF-8")


def uses(repository: Repository, name: str) -> Iterator[tuple[str, int]]:
    """Every placeholder of a name: path and line."""
    wanted = pattern(name)
    for path, text in public(repository):
        for found in wanted.finditer(text):
            yield path, text.count("\n", 0, found.start()) + 1


def restarts(repository: Repository, name: str, spot: Location) -> list[str]:
    """The workloads that get a value through an object (a Secret, a ConfigMap), so that nothing restarts them by itself; those
    that hold it in their own spec are restarted by the deploy."""
    try:
        going = observe.destinations(repository.config, repository.tree)
    except SealkitError as error:
        ui.warning(f"what must be restarted is not known: {error.message}", error.hint)
        return []
    objects = {e.object for e in going.places if isinstance(e, PlaceEntry) and e.name == name}
    objects |= _overlays(repository, spot)
    return sorted({e.workload for e in going.reaches if isinstance(e, ReachEntry) and e.origin in objects})


def _overlays(repository: Repository, spot: Location) -> set[str]:
    """The object that a leaf of an overlay belongs to, as reaches name it."""
    from sealkit.model.objects import is_object, ref_of
    from sealkit.overlay.places import located
    from sealkit.yamlspan.parse import parse

    if not spot.path.endswith((".yaml", ".yml", ".json")):
        return set()
    documents = parse(files.decode(repository.tree.read(spot.path), spot.path), spot.path)
    tree = documents[spot.document].tree()
    if not isinstance(tree, dict) or not is_object(tree):
        return set()
    spaces = {target.namespace for target in repository.config.targets.values()} or {
        repository.config.target().namespace
    }
    return {str(located(ref_of(tree), space)) for space in spaces}
