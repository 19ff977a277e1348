"""INI as text with spans, as go-ini reads it: sections, keys, quotes, continued lines, and comments, which belong to the key
or section after them (or on whose line they stand).

Source: gopkg.in/ini.v1 1.67 `parser.go`, told in own words and held against sops in the tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sealkit.errors import SealkitError

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""What Go takes for white space."""

DEFAULT = "DEFAULT"
"""The section of keys that stand before the first header."""

_QUOTES = ('"""', "`")
_MARK = re.compile("[#;]")


@dataclass(slots=True)
class Remark:
    """The comment of a key or section: lines in front of it, `start` to `end`, their text from behind the first sign on; and
    `behind`, the span of one on its own line, sign and space included. With both, `value` holds both."""

    value: str
    start: int
    end: int
    line: int
    behind: tuple[int, int] | None = None


@dataclass(slots=True)
class IniEntry:
    """One key. `start` to `end` is its value as written, with quotes; `above` is where its first line begins, `below` where its
    last one ends."""

    name: str
    value: str
    start: int
    end: int
    line: int
    above: int
    below: int
    remark: Remark | None = None


@dataclass(slots=True)
class Section:
    """One section; `start` is where the line of its header begins."""

    name: str
    start: int
    line: int
    entries: list[IniEntry] = field(default_factory=list)
    remark: Remark | None = None


class Reader:
    """Reads one text."""

    def __init__(self, text: str, path: str) -> None:
        self.text, self.path = text, path
        self.at, self.line = 0, 0
        self.sections = [Section(DEFAULT, 0, 1)]
        self.left: Remark | None = None
        """Comments that wait for what they belong to; at the end, those that sops drops."""
        self._above: list[tuple[int, int, int]] = []
        self._behind: tuple[int, int] | None = None
        self._numbered = 1

    def read(self) -> list[Section]:
        """The sections; the first holds what stands before any header. Raises SealkitError with the line."""
        while self.at < len(self.text):
            start, end = self._next_line()
            first = start + len(self.text[start:end]) - len(self.text[start:end].lstrip(SPACE))
            if first == end:
                continue
            sign = self.text[first]
            if sign in "#;":
                self._above.append((first, end, self.line))
            elif sign == "[":
                self._header(start, first, end)
            else:
                self._entry(start, first, end)
        self.left = self._remark()
        return self.sections

    def _next_line(self) -> tuple[int, int]:
        """The span of the next line with its line feed."""
        start = self.at
        found = self.text.find("\n", start)
        self.at = len(self.text) if found < 0 else found + 1
        self.line += 1
        return start, self.at

    def _header(self, start: int, first: int, end: int) -> None:
        close = self.text.rfind("]", first, end)
        if close < 0:
            raise self._broken("a section header without ]")
        name = self.text[first + 1 : close]
        if not name:
            raise self._broken("a section without a name")
        if found := _MARK.search(self.text, close, end):
            self._behind = self._stripped(found.start(), end)
        self.sections.append(Section(name, start, self.line, remark=self._remark()))
        self._numbered = 1

    def _entry(self, start: int, first: int, end: int) -> None:
        name, at = self._name(first, end)
        line = self.line
        if name == "-":
            name = f"#{self._numbered}"
            self._numbered += 1
        elif not name:
            raise self._broken("no name in front of =")
        section = self.sections[-1]
        value, value_start, value_end = self._value(at, end)
        section.entries.append(IniEntry(name, value, value_start, value_end, line, start, self.at, self._remark()))

    def _name(self, first: int, end: int) -> tuple[str, int]:
        """The name of a key, and where what follows its delimiter begins."""
        line = self.text[first:end]
        quote = '"""' if len(line) > 6 and line.startswith('"""') else line[0] if line[0] in '"`' else ""
        skip = len(quote)
        close = line.find(quote, skip) if quote else 0
        if close < 0:
            raise self._broken("a quote around a name that does not end")
        found = re.compile("[=:]").search(line, close + skip if quote else 0)
        if found is None:
            raise self._broken("no = in the line")
        name = line[skip:close] if quote else line[: found.start()]
        return name.strip(SPACE), first + found.end()

    def _value(self, at: int, end: int) -> tuple[str, int, int]:
        """A value and its span."""
        line = self.text[at:end]
        start = at + len(line) - len(line.lstrip(SPACE))
        line = line.strip(SPACE)
        if not line:
            blank = at + len(self.text[at:end].rstrip("\r\n"))
            return "", blank, blank
        for quote in _QUOTES:
            if self.text.startswith(quote, start) and (quote == "`" or end - start > 3):
                return self._quoted(start, end, quote)
        if line.endswith("\\"):
            return self._continued(start, line[:-1])
        if found := _MARK.search(line):
            self._behind = self._stripped(start + found.start(), end)
            line = line[: found.start()].strip(SPACE)
        stop = start + len(line)
        quote = line[:1]
        if quote in {"'", '"'} and len(line) > 1 and line.find(quote, 1) == len(line) - 1:
            line = line[1:-1]
        return line, start, stop

    def _quoted(self, start: int, end: int, quote: str) -> tuple[str, int, int]:
        """What stands between quotes, over several lines where they do not end on the first."""
        inner = start + len(quote)
        close = self.text.rfind(quote, inner, end)
        if close >= 0:
            # go-ini drops what stands behind; it is taken for a part of the value, so that it does not stay open beside it
            return self.text[inner:close], start, start + len(self.text[start:end].rstrip(SPACE))
        while self.at < len(self.text):
            begin, end = self._next_line()
            close = self.text.rfind(quote, begin, end)
            rest = self.text[close + len(quote) : end].strip(SPACE)
            if close < 0 or rest.endswith("\\"):
                continue
            if found := _MARK.search(self.text, close, end):
                self._behind = self._stripped(found.start(), end)
            return self.text[inner:close], start, close + len(quote)
        raise self._broken("a quote that does not end")

    def _continued(self, start: int, value: str) -> tuple[str, int, int]:
        """Lines that end with a backslash go on; the pieces are joined."""
        stop = self.at
        while self.at < len(self.text):
            begin, stop = self._next_line()
            piece = self.text[begin:stop].strip(SPACE)
            if not piece:
                break
            value += piece
            if not value.endswith("\\"):
                break
            value = value[:-1]
        return value, start, start + len(self.text[start:stop].rstrip(SPACE))

    def _stripped(self, start: int, end: int) -> tuple[int, int]:
        return start, start + len(self.text[start:end].rstrip(SPACE))

    def _remark(self) -> Remark | None:
        """The comment that has been collected for what was just read."""
        above, behind = self._above, self._behind
        self._above, self._behind = [], None
        if not above and behind is None:
            return None
        raw = "".join(self.text[first:end] for first, end, _ in above)
        if behind is not None:
            raw += self.text[slice(*behind)]
        value = raw.strip(SPACE)
        cut = len(value) - len(value.lstrip(f"{value[0]} "))
        if above:
            begin, end = self._stripped(above[0][0], above[-1][1])
            return Remark(value[cut:], min(begin + cut, end), end, above[0][2], behind)
        assert behind is not None
        return Remark(value[cut:], behind[0] + cut, behind[1], self.line)

    def _broken(self, what: str) -> SealkitError:
        return SealkitError(f"{self.path}:{self.line}: invalid INI: {what}", hint="mend the line and run it again")
