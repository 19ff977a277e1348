"""`set`: one value of a sealed file set, or a new one added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sealkit.errors import RefusedError, UsageError
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.named_values import Location, NamedValues
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit, require_regular_file
from sealkit.sealed.leaf_edit import find_leaf, is_single_value
from sealkit.source import files
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, resolve


class SetOutcome(StrEnum):
    """What `set_value` did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class SetResult:
    """The leaf, and what was done with it."""

    location: Location
    outcome: SetOutcome


def set_value(
    repository: Repository, events: Events, name: str, file: str | None, read_value: Callable[[], str]
) -> SetResult:
    """Set a named value, or with a file the value at a route of it; add it where there is none.

    `read_value` gives the value; it is called once the leaf is known. A number or a truth value that is replaced by one
    keeps its type. Raises UsageError for a name that is not clear, RefusedError where the policy leaves the value open.
    """
    location, is_new = _locate(repository, NamedValues(repository), name, file)
    warn_unapproved(repository, events, [location.path])
    value = read_value()
    edit = SealedEdit(repository, location.path)
    if is_new:
        edit.put(location.route, value, location.document)
    else:
        edit.replace(location, _with_old_type(edit, location, value))
    if edit.is_unchanged:
        return SetResult(location, SetOutcome.UNCHANGED)
    edit.write(events, must_seal=[location])
    return SetResult(location, SetOutcome.ADDED if is_new else SetOutcome.CHANGED)


def value_from_pipe(data: bytes, name: str) -> str:
    """The value in what standard input gave: without the line break at the end, if it is the only one. Raises RefusedError for
    an empty one, SealkitError where it is not UTF-8."""
    text = files.decode(data, "standard input")
    if text.count("\n") == 1 and text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    if not text:
        raise RefusedError("standard input is empty; nothing was written", hint=f"to remove it: sealkit unset {name}")
    return text


def _locate(repository: Repository, named_values: NamedValues, name: str, file: str | None) -> tuple[Location, bool]:
    """The leaf of a value, and whether it is new."""
    if file is None and named_values.means_file(name):
        raise UsageError(f"{name} is a file", hint=f"sealkit edit {name}, or name a value: sealkit set NAME {name}")
    path = repository.config.relative(Path(file)) if file is not None else None
    if path is not None:
        require_regular_file(repository, path)
    try:
        if path is None or path in named_values.files:
            return named_values.find(name, file), False
    except UsageError as error:
        if path is None or named_values.has(name, path):
            hint = f"{error.hint}; a new value needs its file: sealkit set {name} FILE"
            raise UsageError(error.message, hint=hint) from None
    if (repository.root / path).exists() and path not in named_values.files:
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    route = Route.parse(name)
    if not len(route):
        raise UsageError(f"{name}: not the name of a value", hint="database.password, or a route: .data.key")
    if is_single_value(path):
        raise UsageError(f"{path}: holds one value and has no names", hint=f"sealkit edit {path}")
    document = named_values.last_document(path) if path in named_values.files else 0
    return Location(path, route, document), True


def _with_old_type(edit: SealedEdit, location: Location, text: str) -> Scalar:
    """The text; or the number or truth value that it reads as, where it replaces one."""
    assert edit.opened is not None
    index = find_leaf(edit.opened.parsed, location.route, location.document)
    if index is None:
        return text
    old = edit.opened.values[index]
    old_type = getattr(old, "kind", type(old))
    value = resolve(text, Dialect.SOPS)
    if old_type in {int, float, bool} and (type(value) is old_type or (old_type is float and type(value) is int)):
        return value
    return text
