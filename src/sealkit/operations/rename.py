"""`mv`: another name for a named value. Its placeholders, its example and its approvals follow."""

from __future__ import annotations

from dataclasses import dataclass

from sealkit.errors import RefusedError, UsageError
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.example_tree import example_of
from sealkit.operations.named_values import Location, NamedValues
from sealkit.operations.references import placeholder_pattern, public_texts
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit
from sealkit.operations.sealed_writer import write_sealed
from sealkit.overlay.placeholder import is_name
from sealkit.sealed.leaf_edit import move_leaf
from sealkit.source import files
from sealkit.yamlspan.route import Route


@dataclass(frozen=True, slots=True)
class RenameResult:
    """Where the value was and is, and how many public files changed."""

    old: Location
    new: Location
    files: int


def rename(repository: Repository, events: Events, old: str, new: str) -> RenameResult:
    """Give a named value another name in the same file, and put the new name into every placeholder of the public tree.

    What was approved stays so: sealkit signs what it writes, except a file that was not approved before. A run that was killed is
    finished by the next one with the same names. Raises UsageError for a name that a placeholder cannot have or that no value
    has, RefusedError where the new name is in use.
    """
    if not is_name(new) or not len(Route.parse(new)):
        raise UsageError(f"{new}: not a valid name in a placeholder", hint="letters, digits, _ . / -")
    location = _locate(repository, events, old, new)
    warn_unapproved(repository, events, [location.path])
    target = location._replace(route=Route.parse(new))
    if location.route != target.route:
        _rename_in_sealed_file(repository, events, location, target)
        _rename_in_example(repository, events, location, target)
    file_count = _rename_placeholders(repository, events, old, new)
    repository.refresh()
    return RenameResult(location, target, file_count)


def _locate(repository: Repository, events: Events, old: str, new: str) -> Location:
    """Where the value is. After a run that was killed it has the new name, and placeholders still have the old one."""
    named_values = NamedValues(repository)
    if not named_values.has(new):
        return named_values.find(old)
    pattern = placeholder_pattern(old)
    unfinished = any(pattern.search(text) for _, text in public_texts(repository, events))
    if named_values.has(old) or not unfinished:
        raise RefusedError(f"there is a value {new} already", hint=f"sealkit unset {new}, or choose another name")
    events.progress(f"{new} exists and placeholders still have {old}: continuing an interrupted run")
    return named_values.find(new)


def _rename_in_sealed_file(repository: Repository, events: Events, location: Location, target: Location) -> None:
    edit = SealedEdit(repository, location.path)
    edit.move(location, target)
    edit.write(events, must_seal=[target])


def _rename_in_example(repository: Repository, events: Events, location: Location, target: Location) -> None:
    example = example_of(repository, location.path)
    if example is None:
        return
    path, text = example
    try:
        renamed = move_leaf(text, path, location.route, target.route, location.document)
    except UsageError:
        events.warning(f"{path}: does not have {location.route}", "sealkit example")
        return
    files.write(repository.root / path, renamed.encode())


def _rename_placeholders(repository: Repository, events: Events, old: str, new: str) -> int:
    """Rename all placeholders; how many files changed."""
    pattern = placeholder_pattern(old)
    contents = {
        path: renamed.encode()
        for path, text in public_texts(repository, events)
        if (renamed := pattern.sub(rf"\g<1>{new}", text)) != text
    }
    if contents:
        write_sealed(repository, events, [], public=contents)
    return len(contents)
