"""Findings and rules: what scan, audit, census and the deploy checks report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding stops: an error refuses the commit, a warning and a note are only shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `SK101`, a short slug, its severity, a one-line title, and the hint that says what to type next."""

    id: str
    slug: str
    severity: Severity
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule holds. Neither message nor hint holds the value that was found.

    `line` and `end_line` count from 1 (0: the file as a whole); `route` is empty outside structured text; `value_hash`
    is a digest that makes the fingerprint follow the value (a changed password is a new finding) and is never printed.
    """

    rule: str
    severity: Severity
    path: str
    line: int
    route: str
    message: str
    hint: str
    end_line: int = 0
    value_hash: str = ""
    commits: tuple[str, ...] = field(default=())
    refs: tuple[str, ...] = field(default=())

    @property
    def fingerprint(self) -> str:
        """Identity across commits: rule, path, route and value; no line, no commit, so it survives a rebase."""
        import hashlib

        where = self.route or ("" if self.value_hash else str(self.line))
        material = "\0".join((self.rule, self.path, where, self.value_hash))
        return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def place(self) -> str:
        """`path:line` or `path` for messages."""
        return f"{self.path}:{self.line}" if self.line else self.path
