"""The comments between the tokens of a YAML text, grouped as go-yaml v3 groups them.

A group introduces what follows (head), ends what precedes it (foot), or follows a token on its line (line). The kind depends on
the line after the last content, on blank lines, and on whether a comment is left of the block that contains it.
Source: go-yaml v3.0.4 `scannerc.go`, reimplemented and compared with it in the tests.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from sealkit.sealed.stores.yaml_comment_types import Comment, CommentGroup, CommentKind, GroupBuilder

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_OTHER_BREAK = re.compile(r"[\r\x85\u2028\u2029]")
_BREAK_SIGN = re.compile(r"[\r\n\x85\u2028\u2029]")
_REST = re.compile(r"[^\r\n\x85\u2028\u2029]*")
_BLANK = re.compile(r"[ \t\r\n\x85\u2028\u2029]*")
_SPACES = re.compile(r" *")
_COMMENT = re.compile(r"[ \t]*#")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+#")
_NO_LINE_COMMENT = (
    yaml.BlockEntryToken, yaml.StreamStartToken, yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken
)  # fmt: skip
_BLOCK_STARTS = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken)
_FLOW = {
    yaml.FlowMappingStartToken: 1, yaml.FlowSequenceStartToken: 1,
    yaml.FlowMappingEndToken: -1, yaml.FlowSequenceEndToken: -1,
}  # fmt: skip
_BLOCK_STYLES = ("|", ">")
_WHITE = " \t\r\n\x85\u2028\u2029"
_CLOSING = ("]", "}")
_ENDS = (yaml.DocumentStartToken, yaml.DocumentEndToken, yaml.DirectiveToken, yaml.StreamEndToken)
_TAKES = (yaml.ScalarToken, yaml.AliasToken, yaml.StreamEndToken)


class PlacedToken(NamedTuple):
    """A token and its offset with regard to comments. That is its own offset, but the end of a block comes before the comments
    that belong to the outer blocks."""

    token: Any
    offset: int


@dataclass(slots=True)
class CommentGrouper:
    """Groups the comments of a valid text."""

    text: str
    key_added: Sequence[bool]
    """For each document, whether a key will be added at its end, after its last comments."""
    groups: list[CommentGroup] = field(default_factory=list)
    _indents: list[int] = field(default_factory=list)
    _flow: int = 0
    _document: int = -1
    _open: bool = False
    _end: int = 0
    """The offset at which the next block that closes ends."""
    _end_moved: bool = False
    """Whether `_end` has been moved to the end of the document."""
    _line_starts: list[int] = field(default_factory=list)
    _only_line_feeds: bool = True
    """Whether the line feed is the only line break in the text."""

    def place(self) -> list[PlacedToken]:
        """Each token with its offset, up to the first node after the last comment. Fills `groups`."""
        self._only_line_feeds = _OTHER_BREAK.search(self.text) is None
        self._line_starts = [0, *(match.end() for match in _BREAK.finditer(self.text))]
        tokens = self._tokens()
        placed = [PlacedToken(tokens[0], 0)]
        last = before_last = tokens[0]
        next_sign, pending, flow = self.text.find("#"), True, 0
        for number in range(1, len(tokens)):
            token = tokens[number]
            kind, start = token.__class__, token.start_mark.index
            if pending:
                pending, content_end = False, last.end_mark.index
                if 0 <= next_sign < start:
                    content_end = self._end_of_line_comment(last, before_last, flow)
                    self._end, self._end_moved = content_end - 1, False
                    self._group_between(last, before_last, content_end, self._next(tokens, number))
                    next_sign = self.text.find("#", start)
                else:
                    self._end, self._end_moved = content_end - 1, False
            if kind is yaml.BlockEndToken:
                placed.append(PlacedToken(token, self._block_end(self._next(tokens, number))))
                continue
            if not self._open or kind in _ENDS:
                self._count_document(token)
            placed.append(PlacedToken(token, start))
            if kind in _BLOCK_STARTS:
                self._indents.append(token.start_mark.column)
            elif kind is not yaml.KeyToken or token.end_mark.index > start:
                pending, flow = True, self._flow
                self._flow += _FLOW.get(kind, 0)
                before_last, last = last, token
        return placed

    def _tokens(self) -> list[Any]:
        """The tokens up to the first node after the last `#`."""
        last_sign, tokens = self.text.rfind("#"), []
        for token in yaml.scan(self.text, Loader=yaml.CSafeLoader):
            tokens.append(token)
            if token.__class__ in _TAKES and token.start_mark.index > last_sign:
                break
        return tokens

    @staticmethod
    def _next(tokens: Sequence[Any], number: int) -> Any:
        """The first token from this one on that is not the end of a block."""
        while tokens[number].__class__ is yaml.BlockEndToken:
            number += 1
        return tokens[number]

    def _count_document(self, token: Any) -> None:
        """Count the documents."""
        if isinstance(token, yaml.DocumentStartToken) or not (self._open or isinstance(token, _ENDS)):
            self._document += 1
        self._open = not isinstance(token, yaml.DocumentEndToken | yaml.DirectiveToken)

    def _gets_key(self, token: Any) -> bool:
        """Whether this token ends a document to which a key will be added."""
        return self._open and bool(self._indents) and isinstance(token, _ENDS) and self.key_added[self._document]

    def _end_of_line_comment(self, token: Any, before: Any, flow: int) -> int:
        """The end of a token, or of the comment on its line, which becomes a group."""
        start, end, text = token.start_mark.index, token.end_mark.index, self.text
        if isinstance(token, yaml.ScalarToken) and token.style in _BLOCK_STYLES:
            if header := _HEADER.match(text, start):
                self._line_comment(header.end() - 1, start)
            return _match_end(_SPACES, text, end)
        plain = isinstance(token, yaml.ScalarToken) and token.plain
        content_end = _match_end(_BLANK, text, end) if plain else end
        comment = _COMMENT.match(text, content_end)
        if comment is None or isinstance(token, _NO_LINE_COMMENT) or self._line_breaks(end, content_end):
            return content_end
        owner = before if text[start : start + 1] == ("," if flow else ":") else token
        return self._line_comment(comment.end() - 1, owner.start_mark.index)

    def _line_breaks(self, start: int, end: int) -> int:
        """The number of line breaks between two offsets."""
        if self._only_line_feeds:
            return self.text.count("\n", start, end)
        return sum(1 for _ in _BREAK.finditer(self.text, start, end))

    def _blank_line(self, start: int, end: int) -> int:
        """The offset of the first blank line between two offsets, or -1. go-yaml reads the second half of CRLF as one."""
        if self._only_line_feeds:
            at = self.text.find("\n", self.text.find("\n", start, end) + 1, end)
            return at if at > start else -1
        breaks = [match.start() for match in _BREAK_SIGN.finditer(self.text, start, end)]
        return breaks[1] if len(breaks) > 1 else -1

    def _line_comment(self, start: int, token_offset: int) -> int:
        """Add the comment on the line of a token. Returns its end."""
        end = _match_end(_REST, self.text, start)
        comment = Comment(start + 1, end, self._position(start)[0] + 1)
        self.groups.append(CommentGroup(CommentKind.LINE, token_offset, [comment]))
        return end

    def _group_between(self, last: Any, before_last: Any, content_end: int, following: Any) -> None:
        """Group the comments on lines of their own between two tokens."""
        if not self.text.startswith("#", at := _match_end(_BLANK, self.text, content_end)):
            return
        owner = before_last if isinstance(last, yaml.FlowEntryToken) else last
        next_column: int | None = following.start_mark.column
        if self._gets_key(following):
            next_column = self._indents[0]
        elif isinstance(following, yaml.StreamEndToken):
            next_column = None
        gap = at
        while gap and self.text[gap - 1] in _WHITE:
            gap -= 1
        breaks = self._line_breaks(gap, at)
        row, column = self._position(at)
        foot_row = row - breaks + 1 + (not breaks and column > 1) if self._position(content_end)[0] else -1
        indent = max([0, *self._indents[-1:]])
        builder = GroupBuilder(self.groups, indent, owner.start_mark.index, content_end)
        adjacent = breaks <= 1
        while True:
            row, column = self._position(at)
            builder.end_if_dedented(column, at)
            builder.add(at, row, column, end := _match_end(_REST, self.text, at))
            at = _match_end(_BLANK, self.text, end)
            blank = self._blank_line(end, at)
            dedented = builder.column < indent
            if blank >= 0 or (at == len(self.text) and next_column is None):
                if adjacent and ((builder.row == foot_row and not isinstance(owner, yaml.ValueToken)) or dedented):
                    builder.end_as_foot(blank if blank >= 0 else at, dedented=dedented)
                adjacent = adjacent and blank < 0
            if self._flow and self.text[at : at + 1] in _CLOSING:
                builder.end_as_foot(at, dedented=dedented)
            if not self.text.startswith("#", at):
                break
        if next_column is not None:
            builder.end_if_dedented(next_column, at)
        builder.end_as_head(at)

    def _block_end(self, following: Any) -> int:
        """The offset at which a block that closes here ends: before the comments in its own column."""
        indent = self._indents.pop()
        if isinstance(following, _ENDS) and indent <= following.start_mark.column and not self._end_moved:
            self._end, self._end_moved = following.start_mark.index - 1, True
        until = self._end
        for group in reversed(self.groups):
            if group.until < until:
                break
            if group.column == indent:
                self._end = group.start
            until = group.since
        return self._end

    def _position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset, both from 0."""
        row = bisect_right(self._line_starts, offset) - 1
        return row, offset - self._line_starts[row]


def _match_end(pattern: re.Pattern[str], text: str, offset: int) -> int:
    """The end of what a pattern, which may match nothing, matches at an offset."""
    match = pattern.match(text, offset)
    return match.end() if match else offset
