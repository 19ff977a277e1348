"""Findings and rules: what scan, audit and the census report."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """The severity of a finding. An error stops the commit; a warning and a note are only shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: `SK101`, a short slug, its severity, a one-line title, and a hint with the command to type next."""

    id: str
    slug: str
    severity: Severity
    title: str
    hint: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that violates a rule. Message, hint and route never contain the value.

    `line` and `end_line` count from 1 (0: the file as a whole). `route` is empty outside structured text. `value_hash` is a
    digest of the value, never printed: it makes a changed password a new finding.
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
    archive: str = ""
    """The file of the repository, where `path` names a member of it: `x.tgz` of `x.tgz!values.yaml`."""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that identify the finding across commits: a hash of rule, path, route and value (not of the line)."""
        import hashlib

        location = self.route or ("" if self.value_hash else str(self.line))
        material = "\0".join((self.rule, self.path, location, self.value_hash))
        return hashlib.sha256(material.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def file(self) -> str:
        """The file of the repository: the archive, for a finding in a member of one."""
        return self.archive or self.path

    @property
    def within(self) -> str:
        """Where in an archive the finding is, `values.yaml:7`; empty for any other file."""
        return self.place[len(self.archive) :].lstrip("!:") if self.archive else ""

    @property
    def place(self) -> str:
        """`path:line`, or `path` for the file as a whole."""
        return f"{self.path}:{self.line}" if self.line else self.path
