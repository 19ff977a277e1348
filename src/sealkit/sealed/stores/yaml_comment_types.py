"""Groups of comments: what a YAML reader hangs on its nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What a group is to the node it belongs to."""

    HEAD = "head"
    LINE = "line"
    FOOT = "foot"


class Remark(NamedTuple):
    """One comment: the span of its text behind the `#`, and its line. `seen` is False for one that go-yaml forgets, because
    another takes its place; sops knows nothing of it."""

    start: int
    end: int
    line: int
    seen: bool = True


def forgotten(remarks: list[Remark]) -> list[Remark]:
    """The same comments, unseen."""
    return [remark._replace(seen=False) for remark in remarks]


class Group(NamedTuple):
    """Comments that belong together, to the first token that stands at `at` or later. For those on lines of their own, `start`
    and `column` (from 0) say where they begin; nothing but comments lies between `since` and `until`."""

    kind: Kind
    at: int
    remarks: list[Remark]
    start: int = -1
    column: int = -1
    since: int = -1
    until: int = -1


@dataclass(slots=True)
class Run:
    """The group that is being collected; `at` is where it goes if it turns out to be a foot."""

    groups: list[Group]
    indent: int
    at: int
    since: int
    remarks: list[Remark] = field(default_factory=list)
    start: int = -1
    row: int = -1
    column: int = -1

    def add(self, at: int, row: int, column: int, stop: int) -> None:
        if not self.remarks:
            self.start, self.row, self.column = at, row, column
        self.remarks.append(Remark(at + 1, stop, row + 1))

    def indented(self, column: int, at: int) -> None:
        """What comes next stands further left than the block, and not where the comments do: they end what came before."""
        if column < self.indent and column != self.column:
            self.foot(at, dedented=False)

    def foot(self, until: int, *, dedented: bool) -> None:
        if self.remarks:
            self._emit(Kind.FOOT, self.start if dedented else self.at, until)
            self.at = self.since = until

    def head(self, until: int) -> None:
        if self.remarks:
            self._emit(Kind.HEAD, self.start, until - 1)

    def _emit(self, kind: Kind, at: int, until: int) -> None:
        self.groups.append(Group(kind, at, self.remarks, self.start, self.column, self.since, until))
        self.remarks = []
