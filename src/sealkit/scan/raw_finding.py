"""A finding before it leaves this room: with the value in the open, which the finished one keeps to itself."""

from __future__ import annotations

import shlex
from bisect import bisect_right, insort
from dataclasses import dataclass, field, replace

from sealkit.errors import UsageError
from sealkit.model.finding import Finding, FoundValue, without_space
from sealkit.model.rules import RULES, finding
from sealkit.model.severity import Severity
from sealkit.secrets.spans import Shape
from sealkit.yamlspan.route import Name, Route

RULE_OF_SHAPE = {
    Shape.PRIVATE_KEY: "SK301",
    Shape.URL_PASSWORD: "SK204",
    Shape.LOGIN: "SK206",
    Shape.BEARER: "SK207",
    Shape.ARGUMENT: "SK208",
    Shape.ASSIGNED: "SK210",
    Shape.HASH: "SK212",
}
"""The rule for each shape but a token, which has its own. In a document, what is assigned is a field: SK203."""
_HEAD, _MANY = 4, 16
"""Values that are shorter are not looked for in others; so many are tried one after the other."""


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
    the most exact first. Takes time in proportion to the list, also where all of it stands on one line."""
    kept: list[Raw] = []
    by_place: dict[tuple[int, str | None], _Bodies] = {}
    for raw in found:
        bare = without_space(raw.value)
        # a finding without a route may be any finding of its line, one with a route only that of the same route
        routes = (raw.route, "") if raw.route else (None,)
        if any((raw.line, route) in by_place and by_place[raw.line, route].match(bare) for route in routes):
            continue
        kept.append(raw)
        for line in range(raw.line, raw.end_line + 1):
            for route in (raw.route, None):
                by_place.setdefault((line, route), _Bodies()).add(bare)
    return sorted(kept, key=lambda raw: (raw.line, raw.route, raw.rule))


class _Bodies:
    """The values that stand at one place."""

    __slots__ = ("exact", "heads", "longest")

    def __init__(self) -> None:
        self.exact: set[str] = set()
        self.longest: list[tuple[int, str]] = []
        self.heads: dict[str, list[str]] = {}

    def add(self, body: str) -> None:
        """One value more."""
        if body not in self.exact:
            self.exact.add(body)
            insort(self.longest, (len(body), body))
            if len(body) >= _HEAD:
                self.heads.setdefault(body[:_HEAD], []).append(body)

    def match(self, body: str) -> bool:
        """Whether this value stands within one of them, or one of them, unless it is very short, within this value."""
        if body in self.exact:
            return True
        longer = self.longest[bisect_right(self.longest, (len(body), chr(0x10FFFF))) :]
        if any(body in other for _, other in longer):
            return True
        if len(self.exact) - len(longer) <= _MANY:
            return any(other in body for size, other in self.longest[: _MANY + 1] if _HEAD <= size <= len(body))
        starts = range(len(body) - _HEAD + 1)
        return any(body.startswith(o, at) for at in starts for o in self.heads.get(body[at : at + _HEAD], ()))
