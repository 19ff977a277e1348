"""A finding before it leaves this room: with the value in the open, which the finished one keeps to itself."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace

from sealkit.errors import UsageError
from sealkit.model.finding import Finding, FoundValue, Severity
from sealkit.model.rules import RULES, finding
from sealkit.yamlspan.route import Name, Route


@dataclass(frozen=True, slots=True)
class Raw:
    """What was found, where. `line` and `end_line` count from 1; `severity` differs from the rule's where the place says so.
    `name` is what the value is assigned to, where no route says it."""

    rule: str
    line: int
    end_line: int
    value: str = field(repr=False)
    route: str = ""
    message: str = ""
    hint: str = ""
    severity: Severity | None = None
    name: str = ""

    def finished(self, path: str) -> Finding:
        """The finding of a file, which shows the value to nobody."""
        hint = (self.hint or RULES[self.rule].hint).replace("FILE", shlex.quote(path))
        value = FoundValue(self.value, self._name())
        found = finding(
            self.rule, path, self.line, self.route, self.message, hint=hint, value=value, end_line=self.end_line
        )
        return found if self.severity is None else replace(found, severity=self.severity)

    def _name(self) -> str:
        """The name that counts: a key or token (SK3xx) is one under any name."""
        return "" if self.rule.startswith("SK3") else self.name or name_of(self.route)


def _bare(value: str) -> str:
    """A value without white space, also where JSON escapes it: the same key may be read from a scalar and from its text."""
    return "".join(value.replace("\\n", "").replace("\\r", "").split())


def name_of(route: str) -> str:
    """The name under which a value stands: the last key of its route, or the list item of a `name` and `value` pair."""
    try:
        steps = [step for step in Route.parse(route) if not isinstance(step, int)]
    except UsageError:
        return route
    if len(steps) > 1 and steps[-1] == "value" and isinstance(steps[-2], Name):
        return steps[-2].name
    return next((step for step in reversed(steps) if isinstance(step, str)), "")


def distinct(found: list[Raw]) -> list[Raw]:
    """The same list without those that an earlier one holds already, as another rule sees the same value at the same place: put
    the most exact first."""
    kept: list[tuple[Raw, str]] = []
    for raw in found:
        bare = _bare(raw.value)
        if not any(_holds(other, body, raw, bare) for other, body in kept):
            kept.append((raw, bare))
    return sorted((raw for raw, _ in kept), key=lambda raw: (raw.line, raw.route, raw.rule))


def _holds(one: Raw, mine: str, other: Raw, theirs: str) -> bool:
    if not one.line <= other.line <= one.end_line or (one.route and other.route and one.route != other.route):
        return False
    return theirs in mine or (mine in theirs and len(mine) > 3)
