"""`mv`: another name for a named value. Its placeholders, its example and its approvals follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.entries import LedgerEntry, PlaceEntry, ReachEntry
from sealkit.ledger.unapproved import Observed
from sealkit.operations.approvals import approve, unapproved, warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.example_tree import example_of
from sealkit.operations.named_values import Location, NamedValues
from sealkit.operations.references import placeholder_pattern, public_texts
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit
from sealkit.operations.value_destinations import destinations
from sealkit.overlay.placeholder import is_name
from sealkit.sealed.leaf_edit import move_leaf
from sealkit.source import files
from sealkit.yamlspan.route import Route

_Key = tuple[str, ...]
"""The key of a ledger entry (`LedgerEntry.key`), whole or in part."""


@dataclass(frozen=True, slots=True)
class RenameResult:
    """Where the value was and is, how many public files changed, and how many approvals follow."""

    old: Location
    new: Location
    files: int
    approvals: int


def rename(repository: Repository, events: Events, old: str, new: str) -> RenameResult:
    """Give a named value another name in the same file, and put the new name into every placeholder of the public tree.

    What was approved under the old name is approved under the new one, and nothing else. A run that was killed is finished
    by the next one with the same names. Raises UsageError for a name that a placeholder cannot have or that no value has,
    RefusedError where the new name is in use.
    """
    if not is_name(new) or not len(Route.parse(new)):
        raise UsageError(f"{new}: not a valid name in a placeholder", hint="letters, digits, _ . / -")
    location = _locate(repository, events, old, new)
    warn_unapproved(repository, events, [location.path])
    approved = _approved_destinations(repository, events)
    target = location._replace(route=Route.parse(new))
    if location.route != target.route:
        _rename_in_sealed_file(repository, events, location, target)
        _rename_in_example(repository, events, location, target)
    file_count = _rename_placeholders(repository, events, old, new)
    repository.refresh()
    approval_count = _approve_renamed(repository, events, approved, {new: old, target.origin: location.origin})
    return RenameResult(location, target, file_count, approval_count)


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
        repository.root / path: renamed.encode()
        for path, text in public_texts(repository, events)
        if (renamed := pattern.sub(rf"\g<1>{new}", text)) != text
    }
    files.replace_all(contents)
    return len(contents)


def _observed(repository: Repository, events: Events) -> Observed | None:
    """Where values go now; None, with a warning, where a target does not render."""
    try:
        return destinations(repository.config, repository.tree)
    except SealkitError as error:
        events.warning(f"approvals do not follow: {error.message}", "sealkit approve")
        return None


def _approved_destinations(repository: Repository, events: Events) -> dict[_Key, _Key]:
    """The places and reaches of now that are approved: what a rename keeps of each, and the key of its ledger entry."""
    if repository.ledger is None or (observed := _observed(repository, events)) is None:
        return {}
    keys = repository.ledger.keys
    entries = (*observed.places, *observed.reaches)
    return {kept: entry.key for entry in entries if entry.key in keys and (kept := _kept_by_rename(entry))}


def _kept_by_rename(entry: LedgerEntry | None) -> _Key:
    """A place or reach without what a rename changes in it besides the name (digests of texts with placeholders)."""
    if isinstance(entry, PlaceEntry):
        return (entry.kind, entry.name, entry.object, entry.route)
    if isinstance(entry, ReachEntry):
        return entry.key[:-1]  # all but the settings
    return ()


def _approve_renamed(
    repository: Repository, events: Events, approved: Mapping[_Key, _Key], old_names: Mapping[str, str]
) -> int:
    """Sign what was approved under the old name (`old_names` has it by the new one); how many."""
    if not approved or (observed := _observed(repository, events)) is None:
        return 0
    renamed = []
    for item in unapproved(repository, observed):
        if kept := _kept_by_rename(item.sign):
            kind, name, *rest = kept
            previous = (kind, old_names.get(name, name), *rest)
            if previous in approved:
                renamed.append(item._replace(drop=(approved[previous],)))
    if renamed:
        approve(repository, renamed)
    return len(renamed)
