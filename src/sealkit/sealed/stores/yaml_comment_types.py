"""The comments of a YAML text, and groups of comments that go-yaml v3 attaches to a node together."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class CommentKind(Enum):
    """How a group relates to its node, in the words of go-yaml."""

    HEAD = "head"
    LINE = "line"
    FOOT = "foot"


class Comment(NamedTuple):
    """One comment: the span of its text without the `#`, and its line. `seen` is False for a comment that go-yaml loses, because
    another one takes its place; sops does not know about it."""

    start: int
    end: int
    line: int
    seen: bool = True


def as_unseen(comments: list[Comment]) -> list[Comment]:
    """The same comments with `seen` False."""
    return [comment._replace(seen=False) for comment in comments]


class CommentGroup(NamedTuple):
    """Comments that go together to the first token at or after the offset `token_offset`.

    For comments on lines of their own, `start` and `column` (from 0) are the position of the first one. The text between
    `since` and `until` holds only comments and white space.
    """

    kind: CommentKind
    token_offset: int
    comments: list[Comment]
    start: int = -1
    column: int = -1
    since: int = -1
    until: int = -1


@dataclass(slots=True)
class GroupBuilder:
    """Collects comments on lines of their own into groups, which it appends to `groups`."""

    groups: list[CommentGroup]
    indent: int
    """The column of the block that contains the comments."""
    foot_offset: int
    """Where the current group goes if it turns out to be a foot."""
    since: int
    comments: list[Comment] = field(default_factory=list)
    start: int = -1
    row: int = -1
    column: int = -1

    def add(self, offset: int, row: int, column: int, end: int) -> None:
        """Add the comment whose `#` is at this offset, row and column (both from 0)."""
        if not self.comments:
            self.start, self.row, self.column = offset, row, column
        self.comments.append(Comment(offset + 1, end, row + 1))

    def end_if_dedented(self, column: int, offset: int) -> None:
        """End the group as a foot if what follows, in this column, is left of the block and not aligned with the comments."""
        if column < self.indent and column != self.column:
            self.end_as_foot(offset, dedented=False)

    def end_as_foot(self, until: int, *, dedented: bool) -> None:
        """The comments so far end what precedes them. A dedented group goes to the token at its own place."""
        if self.comments:
            self._append(CommentKind.FOOT, self.start if dedented else self.foot_offset, until)
            self.foot_offset = self.since = until

    def end_as_head(self, until: int) -> None:
        """The comments so far introduce what follows them."""
        if self.comments:
            self._append(CommentKind.HEAD, self.start, until - 1)

    def _append(self, kind: CommentKind, token_offset: int, until: int) -> None:
        self.groups.append(CommentGroup(kind, token_offset, self.comments, self.start, self.column, self.since, until))
        self.comments = []
