"""Routes: the path from the top of a document to a node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sealkit.errors import UsageError

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(
    r"""\.?(?P<plain>[^.\[\]"]+)            # .key
      | \.?\["(?P<quoted>(?:[^"\\]|\\.)*)"\]  # ["any key"]
      | \.?\[(?P<index>\d+)\]               # [3]
      | \.?\[(?P<name>[^\]"]+)\]            # [name]: a list item by name""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A list item that is named by one of its fields instead of its index."""

    name: str


Step = str | int | Name


@dataclass(frozen=True, slots=True)
class Route:
    """The steps to a node: mapping keys (str), list indexes (int), or list items by name (`Name`).

    `str(route)` is `.spec.containers[api].env[DSN].value`, `.items[0]`, `.data["tls.key"]`; the top is `.`.
    """

    steps: tuple[Step, ...] = ()

    def __truediv__(self, step: Step) -> Route:
        return Route((*self.steps, step))

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __lt__(self, other: Route) -> bool:
        return str(self) < str(other)

    @property
    def keys(self) -> tuple[str, ...]:
        """The mapping keys alone, without list items."""
        return tuple(step for step in self.steps if isinstance(step, str))

    def __str__(self) -> str:
        parts = []
        for step in self.steps:
            if isinstance(step, int):
                parts.append(f"[{step}]")
            elif isinstance(step, Name):
                parts.append(f"[{step.name}]")
            elif _PLAIN.match(step):
                parts.append(f".{step}")
            else:
                escaped = step.replace("\\", "\\\\").replace('"', '\\"')
                parts.append(f'["{escaped}"]')
        return "".join(parts) or "."

    @classmethod
    def parse(cls, text: str) -> Route:
        """Parse the form of `str(route)`; the first dot is optional. Raises UsageError for text that is not a route.

        Digits between brackets are an index, so `str` and `parse` differ for a `Name` of digits (`[80]`)."""
        steps: list[Step] = []
        position = 0
        body = text.strip()
        if body in {"", "."}:
            return cls()
        while position < len(body):
            match = _STEP.match(body, position)
            if match is None:
                raise UsageError(f"not a route: {text}", hint='a route looks like .data.password or .data["tls.key"]')
            if (plain := match["plain"]) is not None:
                steps.append(plain)
            elif (quoted := match["quoted"]) is not None:
                steps.append(re.sub(r"\\(.)", r"\1", quoted))
            elif (index := match["index"]) is not None:
                steps.append(int(index))
            else:
                steps.append(Name(match["name"]))
            position = match.end()
        return cls(tuple(steps))
