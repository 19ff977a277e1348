"""A finding before it leaves this room: with the value, which the finished one only knows by a digest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from sealkit.model.finding import Finding, Severity
from sealkit.model.rules import finding


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
