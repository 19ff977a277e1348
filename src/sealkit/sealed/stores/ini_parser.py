"""Parses INI as go-ini, which sops uses: sections, keys, quotes, continued lines and comments, all with their spans.

A comment belongs to the key or section on its line, or else to the next one.
Source: gopkg.in/ini.v1 1.67 `parser.go`, reimplemented and compared with sops in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sealkit.errors import SealkitError

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""The characters that Go treats as white space."""

DEFAULT_SECTION = "DEFAULT"
"""The section of the keys before the first header."""

_QUOTES = ('"""', "`")
_COMMENT_SIGN = re.compile("[#;]")


@dataclass(slots=True)
class IniComment:
    """The comment of a key or section.

    `start` to `end` is the span of the comment lines before it, without the first comment sign. `same_line` is the span of a
    comment on the line of the key or section itself, with sign and space. If there are both, `value` is the text of both.
    """

    value: str
    start: int
    end: int
    line: int
    same_line: tuple[int, int] | None = None


@dataclass(slots=True)
class IniEntry:
    """One key. `start` to `end` is the span of its value with quotes, `first_line_start` to `last_line_end` that of its lines."""

    name: str
    value: str
    start: int
    end: int
    line: int
    first_line_start: int
    last_line_end: int
    comment: IniComment | None = None


@dataclass(slots=True)
class IniSection:
    """One section. `start` is the offset of the line of its header."""

    name: str
    start: int
    line: int
    entries: list[IniEntry] = field(default_factory=list)
    comment: IniComment | None = None


class IniParser:
    """Parses one text."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.position, self.line = 0, 0
        self.sections = [IniSection(DEFAULT_SECTION, 0, 1)]
        self.trailing_comment: IniComment | None = None
        """The comment after the last key, which sops drops; set by `parse`."""
        self._lines_above: list[tuple[int, int, int]] = []
        self._same_line: tuple[int, int] | None = None
        self._next_number = 1

    def parse(self) -> list[IniSection]:
        """The sections; the first one has the keys before the first header. Raises SealkitError with the line."""
        while self.position < len(self.text):
            start, end = self._next_line()
            first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip(WHITE_SPACE))
            if first == end:
                continue
            character = self.text[first]
            if character in "#;":
                self._lines_above.append((first, end, self.line))
            elif character == "[":
                self._header(start, first, end)
            else:
                self._entry(start, first, end)
        self.trailing_comment = self._take_comment()
        return self.sections

    def _next_line(self) -> tuple[int, int]:
        """The span of the next line, including its line feed."""
        start = self.position
        match = self.text.find("\n", start)
        self.position = len(self.text) if match < 0 else match + 1
        self.line += 1
        return start, self.position

    def _header(self, start: int, first: int, end: int) -> None:
        close = self.text.rfind("]", first, end)
        if close < 0:
            raise self._error("a section header without ]")
        name = self.text[first + 1 : close]
        if not name:
            raise self._error("a section without a name")
        if match := _COMMENT_SIGN.search(self.text, close, end):
            self._same_line = self._stripped_span(match.start(), end)
        self.sections.append(IniSection(name, start, self.line, comment=self._take_comment()))
        self._next_number = 1

    def _entry(self, start: int, first: int, end: int) -> None:
        name, position = self._name(first, end)
        line = self.line
        if name == "-":
            name = f"#{self._next_number}"
            self._next_number += 1
        elif not name:
            raise self._error("no name before the =")
        section = self.sections[-1]
        value, value_start, value_end = self._value(position, end)
        section.entries.append(
            IniEntry(name, value, value_start, value_end, line, start, self.position, self._take_comment())
        )

    def _name(self, first: int, end: int) -> tuple[str, int]:
        """The name of a key, and the offset after its delimiter."""
        line = self.text[first:end]
        quote = '"""' if len(line) > 6 and line.startswith('"""') else line[0] if line[0] in '"`' else ""
        skip = len(quote)
        close = line.find(quote, skip) if quote else 0
        if close < 0:
            raise self._error("unterminated quote around a name")
        match = re.compile("[=:]").search(line, close + skip if quote else 0)
        if match is None:
            raise self._error("no = in the line")
        name = line[skip:close] if quote else line[: match.start()]
        return name.strip(WHITE_SPACE), first + match.end()

    def _value(self, position: int, end: int) -> tuple[str, int, int]:
        """A value and its span."""
        line = self.text[position:end]
        start = position + len(line) - len(line.lstrip(WHITE_SPACE))
        line = line.strip(WHITE_SPACE)
        if not line:
            blank = position + len(self.text[position:end].rstrip("\r\n"))
            return "", blank, blank
        for quote in _QUOTES:
            if self.text.startswith(quote, start) and (quote == "`" or end - start > 3):
                return self._quoted(start, end, quote)
        if line.endswith("\\"):
            return self._continued(start, line[:-1])
        if match := _COMMENT_SIGN.search(line):
            self._same_line = self._stripped_span(start + match.start(), end)
            line = line[: match.start()].strip(WHITE_SPACE)
        stop = start + len(line)
        quote = line[:1]
        if quote in {"'", '"'} and len(line) > 1 and line.find(quote, 1) == len(line) - 1:
            line = line[1:-1]
        return line, start, stop

    def _quoted(self, start: int, end: int, quote: str) -> tuple[str, int, int]:
        """The value between quotes, which may span several lines."""
        inner = start + len(quote)
        close = self.text.rfind(quote, inner, end)
        if close >= 0:
            # go-ini drops what follows the quote. The span includes it, so that sealing does not leave it in clear text
            return self.text[inner:close], start, start + len(self.text[start:end].rstrip(WHITE_SPACE))
        while self.position < len(self.text):
            begin, end = self._next_line()
            close = self.text.rfind(quote, begin, end)
            rest = self.text[close + len(quote) : end].strip(WHITE_SPACE)
            if close < 0 or rest.endswith("\\"):
                continue
            if match := _COMMENT_SIGN.search(self.text, close, end):
                self._same_line = self._stripped_span(match.start(), end)
            return self.text[inner:close], start, close + len(quote)
        raise self._error("unterminated quote")

    def _continued(self, start: int, value: str) -> tuple[str, int, int]:
        """The value of lines joined by a backslash at their ends."""
        stop = self.position
        while self.position < len(self.text):
            begin, stop = self._next_line()
            piece = self.text[begin:stop].strip(WHITE_SPACE)
            if not piece:
                break
            value += piece
            if not value.endswith("\\"):
                break
            value = value[:-1]
        return value, start, start + len(self.text[start:stop].rstrip(WHITE_SPACE))

    def _stripped_span(self, start: int, end: int) -> tuple[int, int]:
        """The span without white space at its end."""
        return start, start + len(self.text[start:end].rstrip(WHITE_SPACE))

    def _take_comment(self) -> IniComment | None:
        """The comment for the key or section just parsed. Starts a new one."""
        first_line_start, same_line = self._lines_above, self._same_line
        self._lines_above, self._same_line = [], None
        if not first_line_start and same_line is None:
            return None
        raw = "".join(self.text[first:end] for first, end, _ in first_line_start)
        if same_line is not None:
            raw += self.text[slice(*same_line)]
        value = raw.strip(WHITE_SPACE)
        cut = len(value) - len(value.lstrip(f"{value[0]} "))
        if first_line_start:
            begin, end = self._stripped_span(first_line_start[0][0], first_line_start[-1][1])
            return IniComment(value[cut:], min(begin + cut, end), end, first_line_start[0][2], same_line)
        assert same_line is not None
        return IniComment(value[cut:], same_line[0] + cut, same_line[1], self.line)

    def _error(self, reason: str) -> SealkitError:
        return SealkitError(f"{self.path}:{self.line}: invalid INI: {reason}", hint="fix the line and run it again")
