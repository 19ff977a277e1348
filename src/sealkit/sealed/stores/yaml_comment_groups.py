"""The comments between the tokens of a YAML text, in groups as go-yaml v3 sees them: a group leads what follows (head), ends
what came before (foot), or stands behind a token on its line.

What decides is the line after the last content, blank lines, and whether a comment stands further left than the block it is
in. Source: go-yaml v3.0.4 `scannerc.go`, told in own words and held against it in the tests.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

from sealkit.sealed.stores.yaml_comment_types import Group, Kind, Remark, Run

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


class Placed(NamedTuple):
    """A token and where it stands for the comments: where it is, but the end of a block before the comments of outer ones."""

    token: Any
    at: int


@dataclass(slots=True)
class Gaps:
    """Collects the groups of a valid text while it goes over the tokens. `added`: for each document, whether a key at its end
    will follow its last comments."""

    text: str
    added: Sequence[bool]
    groups: list[Group] = field(default_factory=list)
    _indents: list[int] = field(default_factory=list)
    _flow: int = 0
    _document: int = -1
    _open: bool = False
    _end: int = 0
    """Where the next block that closes ends."""
    _late: bool = False
    _lines: list[int] = field(default_factory=list)
    _only_feeds: bool = True
    """Whether no other line break than a line feed occurs."""

    def place(self) -> list[Placed]:
        """Each token with its place, as far as there are comments; the groups are there when this returns."""
        self._only_feeds = _OTHER_BREAK.search(self.text) is None
        self._lines = [0, *(found.end() for found in _BREAK.finditer(self.text))]
        tokens = self._tokens()
        placed = [Placed(tokens[0], 0)]
        last = before = tokens[0]
        sign, pending, flow = self.text.find("#"), True, 0
        for number in range(1, len(tokens)):
            token = tokens[number]
            kind, start = token.__class__, token.start_mark.index
            if pending:
                pending, behind = False, last.end_mark.index
                if 0 <= sign < start:
                    behind = self._behind(last, before, flow)
                    self._end, self._late = behind - 1, False
                    self._between(last, before, behind, self._next(tokens, number))
                    sign = self.text.find("#", start)
                else:
                    self._end, self._late = behind - 1, False
            if kind is yaml.BlockEndToken:
                placed.append(Placed(token, self._close(self._next(tokens, number))))
                continue
            if not self._open or kind in _ENDS:
                self._count(token)
            placed.append(Placed(token, start))
            if kind in _BLOCK_STARTS:
                self._indents.append(token.start_mark.column)
            elif kind is not yaml.KeyToken or token.end_mark.index > start:
                pending, flow = True, self._flow
                self._flow += _FLOW.get(kind, 0)
                before, last = last, token
        return placed

    def _tokens(self) -> list[Any]:
        """The tokens up to the first node behind the last `#`."""
        last, tokens = self.text.rfind("#"), []
        for token in yaml.scan(self.text, Loader=yaml.CSafeLoader):
            tokens.append(token)
            if token.__class__ in _TAKES and token.start_mark.index > last:
                break
        return tokens

    @staticmethod
    def _next(tokens: Sequence[Any], number: int) -> Any:
        """The first token from here on that is more than the end of a block."""
        while tokens[number].__class__ is yaml.BlockEndToken:
            number += 1
        return tokens[number]

    def _count(self, token: Any) -> None:
        """Keep count of the documents."""
        if isinstance(token, yaml.DocumentStartToken) or not (self._open or isinstance(token, _ENDS)):
            self._document += 1
        self._open = not isinstance(token, yaml.DocumentEndToken | yaml.DirectiveToken)

    def _grows(self, token: Any) -> bool:
        """Whether a document ends here that gets a key at its end."""
        return self._open and bool(self._indents) and isinstance(token, _ENDS) and self.added[self._document]

    def _behind(self, token: Any, last: Any, flow: int) -> int:
        """Where the text goes on behind a token and a comment on its line."""
        start, end, text = token.start_mark.index, token.end_mark.index, self.text
        if isinstance(token, yaml.ScalarToken) and token.style in _BLOCK_STYLES:
            if header := _HEADER.match(text, start):
                self._line(header.end() - 1, start)
            return _end(_SPACES, text, end)
        plain = isinstance(token, yaml.ScalarToken) and token.plain
        behind = _end(_BLANK, text, end) if plain else end
        comment = _COMMENT.match(text, behind)
        if comment is None or isinstance(token, _NO_LINE_COMMENT) or self._breaks(end, behind):
            return behind
        owner = last if text[start : start + 1] == ("," if flow else ":") else token
        return self._line(comment.end() - 1, owner.start_mark.index)

    def _breaks(self, start: int, end: int) -> int:
        """How many lines end between two offsets."""
        if self._only_feeds:
            return self.text.count("\n", start, end)
        return sum(1 for _ in _BREAK.finditer(self.text, start, end))

    def _blank_line(self, start: int, end: int) -> int:
        """Where the first blank line behind a comment is, or -1. go-yaml takes the second half of CRLF for one."""
        if self._only_feeds:
            at = self.text.find("\n", self.text.find("\n", start, end) + 1, end)
            return at if at > start else -1
        found = [found.start() for found in _BREAK_SIGN.finditer(self.text, start, end)]
        return found[1] if len(found) > 1 else -1

    def _line(self, start: int, at: int) -> int:
        """A comment behind a token; where it ends."""
        end = _end(_REST, self.text, start)
        self.groups.append(Group(Kind.LINE, at, [Remark(start + 1, end, self._where(start)[0] + 1)]))
        return end

    def _between(self, last: Any, before: Any, behind: int, ahead: Any) -> None:
        """The comments between two tokens that stand on lines of their own."""
        if not self.text.startswith("#", at := _end(_BLANK, self.text, behind)):
            return
        owner = before if isinstance(last, yaml.FlowEntryToken) else last
        follows: int | None = ahead.start_mark.column
        if self._grows(ahead):
            follows = self._indents[0]
        elif isinstance(ahead, yaml.StreamEndToken):
            follows = None
        white = at
        while white and self.text[white - 1] in _WHITE:
            white -= 1
        breaks = self._breaks(white, at)
        row, column = self._where(at)
        foot = row - breaks + 1 + (not breaks and column > 1) if self._where(behind)[0] else -1
        indent = max([0, *self._indents[-1:]])
        run = Run(self.groups, indent, owner.start_mark.index, behind)
        near = breaks <= 1
        while True:
            row, column = self._where(at)
            run.indented(column, at)
            run.add(at, row, column, stop := _end(_REST, self.text, at))
            at = _end(_BLANK, self.text, stop)
            blank = self._blank_line(stop, at)
            if blank >= 0 or (at == len(self.text) and follows is None):
                if near and ((run.row == foot and not isinstance(owner, yaml.ValueToken)) or run.column < indent):
                    run.foot(blank if blank >= 0 else at, dedented=run.column < indent)
                near = near and blank < 0
            if self._flow and self.text[at : at + 1] in _CLOSING:
                run.foot(at, dedented=run.column < indent)
            if not self.text.startswith("#", at):
                break
        if follows is not None:
            run.indented(follows, at)
        run.head(at)

    def _close(self, ahead: Any) -> int:
        """Where a block ends that closes here: before the comments that stand as far left as it does."""
        indent = self._indents.pop()
        if isinstance(ahead, _ENDS) and indent <= ahead.start_mark.column and not self._late:
            self._end, self._late = ahead.start_mark.index - 1, True
        stop = self._end
        for group in reversed(self.groups):
            if group.until < stop:
                break
            if group.column == indent:
                self._end = group.start
            stop = group.since
        return self._end

    def _where(self, at: int) -> tuple[int, int]:
        """Line and column of an offset, from 0."""
        row = bisect_right(self._lines, at) - 1
        return row, at - self._lines[row]


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where a pattern that always matches ends."""
    found = pattern.match(text, at)
    return found.end() if found else at
