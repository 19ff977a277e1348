"""A finding before it leaves this room: with the value, which the finished one only knows by a digest."""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sealkit.model.finding import Finding, Severity
from sealkit.model.rules import finding

_HEAD, _MANY = 4, 16
"""Values that are shorter are not looked for in others; so many are tried one after the other."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What was found, where. `line` and `end_line` count from 1; `severity` differs from the rule's where the place says so."""

    rule: str
    line: int
    end_line: int
    value: str = field(repr=False)
    route: str = ""
    message: str = ""
    hint: str = ""
    severity: Severity | None = None

    def finished(self, path: str) -> Finding:
        """The finding without the value."""
        found = finding(
            self.rule, path, self.line, self.route, self.message, hint=self.hint.replace("FILE", path),
            value_hash=digest(self.rule, path, self.route, self.value), end_line=self.end_line,
        )  # fmt: skip
        found = replace(found, hint=found.hint.replace("FILE", path))
        return found if self.severity is None else replace(found, severity=self.severity)


def _bare(value: str) -> str:
    """A value without white space, also where JSON escapes it: the same key may be read from a scalar and from its text."""
    return "".join(value.replace("\\n", "").replace("\\r", "").split())


@lru_cache(maxsize=4096)
def digest(rule: str, path: str, route: str, value: str) -> str:
    """40 bits of scrypt over the value, salted with its place: a changed value is a new finding, and a weak one is not
    read off the allow list. Whoever sees the fingerprint sees the commit with the value too."""
    import hashlib

    salt = "\0".join((rule, path, route)).encode("utf-8", "surrogateescape")
    return hashlib.scrypt(value.encode("utf-8", "surrogatepass"), salt=salt, n=1024, r=8, p=1, dklen=5).hex()


def distinct(found: list[Raw]) -> list[Raw]:
    """The same list without those that an earlier one holds already, as another rule sees the same value at the same place: put
    the most exact first. Takes time in proportion to the list, also where all of it stands on one line."""
    kept: list[Raw] = []
    by_place: dict[tuple[int, str | None], _Bodies] = {}
    for raw in found:
        bare = _bare(raw.value)
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
