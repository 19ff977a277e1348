"""A plan as text for people and as JSON for programs. The plan is already masked: it holds no secret value."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from sealkit.model.plan import FieldChange, ObjectChange, Plan, Verb

VERSION = 1
_SIGNS = {Verb.CREATE: "+", Verb.UPDATE: "~", Verb.UNCHANGED: "=", Verb.PRUNE: "-"}
_MAX_ROUTE_WIDTH = 60
"""Columns. A longer route moves the values of its own line only."""


def text(plan: Plan, *, full: bool = False) -> str:
    """The changed objects with their fields, then the counts. `full` also lists the fields of new objects."""
    lines = [f"target {plan.target}, context {plan.context} ({plan.server})"]
    for change in plan.changes:
        if change.verb is not Verb.UNCHANGED:
            lines += _object(change, full=full)
    lines.append(summary(plan))
    return "\n".join(lines) + "\n"


def summary(plan: Plan) -> str:
    """The counts in one line."""
    labels = (
        (Verb.CREATE, "to create"),
        (Verb.UPDATE, "to change"),
        (Verb.PRUNE, "to remove"),
        (Verb.UNCHANGED, "unchanged"),
    )
    counts = [f"{plan.count(verb)} {label}" for verb, label in labels if plan.count(verb) or verb is Verb.UNCHANGED]
    return ", ".join(counts)


def as_json(plan: Plan) -> str:
    """One JSON document, `"version": 1`. A field whose masks are equal has `"sealed_changed": true`."""
    body = {
        "version": VERSION,
        "target": plan.target,
        "context": plan.context,
        "server": plan.server,
        "changes": [_change(change) for change in plan.changes],
        "warnings": plan.warnings,
    }
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


def _change(change: ObjectChange) -> dict[str, Any]:
    ref = change.ref
    return {
        "verb": change.verb.value,
        "object": {"group": ref.group, "kind": ref.kind, "namespace": ref.namespace, "name": ref.name},
        "fields": [_field_json(field) for field in change.fields],
        "conflicts": list(change.conflicts),
        "note": change.note,
    }


def _field_json(field: FieldChange) -> dict[str, Any]:
    sealed_changed = {"sealed_changed": True} if field.old == field.new else {}
    return {"route": field.route, "old": field.old, "new": field.new, **sealed_changed}


def _object(change: ObjectChange, *, full: bool) -> Iterator[str]:
    yield f"{_SIGNS[change.verb]} {change.ref}"
    if full or change.verb is not Verb.CREATE:
        width = min(max((len(field.route) for field in change.fields), default=0), _MAX_ROUTE_WIDTH)
        for field in change.fields:
            yield from _field(field, width)
    for conflict in change.conflicts:
        yield f"    ! held by another manager: {conflict}"
    if change.note:
        yield f"    ({change.note})"


def _field(field: FieldChange, width: int) -> Iterator[str]:
    old, new = field.old, field.new
    route = f"{field.route:<{width}}"
    if old == new:
        yield f"    ~ {route}  {_first_line(new)} (changed)"
    elif old is None:
        yield f"    + {route}  {_first_line(new)}"
    elif new is None:
        yield f"    - {route}  {_first_line(old)}"
    elif "\n" in old or "\n" in new:
        yield f"    ~ {field.route}"
        hunks = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=1, lineterm=""))[2:]
        yield from (f"      | {line}" for line in hunks)
    else:
        yield f"    ~ {route}  {old} -> {new}"


def _first_line(value: str | None) -> str:
    """The first line of a text, and the number of its lines where there are more."""
    lines = (value or "").splitlines() or [""]
    return lines[0] if len(lines) == 1 else f"{lines[0]} … ({len(lines)} lines)"
