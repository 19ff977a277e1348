"""A plan: what apply would do to each object, masked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from sealkit.model.objects import ObjectRef


class Verb(StrEnum):
    """What apply does to one object."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    PRUNE = "prune"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One changed field. `old` and `new` are masked text, None if the field is absent; both equal if a sealed value changed."""

    route: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What apply would do to one object. `conflicts` are the fields that another manager owns, with its name.

    `adopt`: kubectl applied the object before, and apply takes over the fields that kubectl owns.
    """

    verb: Verb
    ref: ObjectRef
    fields: tuple[FieldChange, ...] = ()
    conflicts: tuple[str, ...] = ()
    note: str = ""
    adopt: bool = False


@dataclass(slots=True)
class Plan:
    """All changes of one deploy, in the order in which apply makes them."""

    target: str
    context: str
    server: str
    changes: list[ObjectChange] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count(self, verb: Verb) -> int:
        """The number of objects with this verb."""
        return sum(change.verb is verb for change in self.changes)

    @property
    def empty(self) -> bool:
        """Whether apply would change nothing."""
        return all(change.verb is Verb.UNCHANGED for change in self.changes)
