"""Where a named value is used: the placeholders in the public tree, and the workloads that must be restarted to get a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.errors import SealkitError
from sealkit.model.objects import is_object, ref_of
from sealkit.model.tree import convert
from sealkit.operations.events import Events
from sealkit.operations.named_values import Location
from sealkit.operations.repository import Repository
from sealkit.operations.value_destinations import destinations
from sealkit.overlay.destinations import Reach
from sealkit.overlay.value_places import located
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.leaf_edit import SPAN_FORMATS
from sealkit.sealed.stores.store import format_of
from sealkit.source import filenames, files
from sealkit.source.file_tree import inside
from sealkit.yamlspan.parse import parse


def placeholder_pattern(name: str) -> re.Pattern[str]:
    """Finds the placeholders of a name, up to the name; `<<sealed:` is literal text. Group 1 is what precedes the name."""
    return re.compile(rf"(?<!<)(<sealed:){re.escape(name)}(?=[|>])")


def public_texts(repository: Repository, events: Events) -> Iterator[tuple[str, str]]:
    """Path and text of every file that has placeholders, outside the private half. Warns of a file that cannot be read."""
    config = repository.config
    excluded_folders = [folder for folder in (config.private, config.example) if folder]
    excluded_files = {filenames.LEDGER, filenames.POLICY, filenames.SIGNING_KEY}
    for path in repository.tree.paths(config.public):
        if path in excluded_files or any(inside(path, folder) for folder in excluded_folders):
            continue
        if (repository.root / path).is_symlink():
            continue  # a target within the tree is listed under its own path; nothing outside is changed
        try:
            data = repository.tree.read(path)
            if b"<sealed:" in data and not is_sealed(data):
                yield path, data.decode("utf-8")
        except SealkitError as error:
            events.warning(f"not searched: {error.message}", error.hint)
        except UnicodeDecodeError:
            events.warning(f"not searched: {path}: not UTF-8")


def placeholders(repository: Repository, events: Events, name: str) -> Iterator[tuple[str, int]]:
    """Path and line of every placeholder of a name."""
    pattern = placeholder_pattern(name)
    for path, text in public_texts(repository, events):
        for match in pattern.finditer(text):
            yield path, text.count("\n", 0, match.start()) + 1


def workloads_to_restart(repository: Repository, events: Events, name: str, location: Location) -> list[str]:
    """The workloads that get a value through an object (a Secret, a ConfigMap), so that no deploy restarts them. A workload
    with the value in its own spec is restarted by the deploy. Warns where a target does not render."""
    try:
        observed = destinations(repository.config, repository.tree)
    except SealkitError as error:
        events.warning(f"which workloads must be restarted is not known: {error.message}", error.hint)
        return []
    objects = {place.object for place in observed.places if place.name == name}
    objects |= _overlay_objects(repository, location)
    reaches = [reach for reach in observed.reaches if isinstance(reach, Reach)]
    return sorted({reach.workload for reach in reaches if reach.origin in objects})


def _overlay_objects(repository: Repository, location: Location) -> set[str]:
    """The object that a leaf of an overlay belongs to, as reaches name it, in the namespace of each target."""
    if format_of(location.path) not in SPAN_FORMATS:
        return set()
    documents = parse(files.decode(repository.tree.read(location.path), location.path), location.path)
    tree = convert(documents[location.document].tree())
    if not is_object(tree):
        return set()
    config = repository.config
    namespaces = {target.namespace for target in config.targets.values()} or {config.target().namespace}
    return {str(located(ref_of(tree), namespace)) for namespace in namespaces}
