"""TOML: the strings and numbers of a file under their keys, tables and arrays. `tomllib` says whether a text is TOML at all; where
its values stand, this module finds out itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, masked, plain, unescaped
from sealkit.secrets.fields import Field

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\ufeff]+)|(?P<comment>#[^\n]*)|(?P<newline>\n)"
    r"|(?P<long>\"\"\"(?:[^\"\\]|\\.|\"{1,2}(?!\"))*\"{3,5})|(?P<raw>'''(?:[^']|'{1,2}(?!'))*'{3,5})"
    r"|(?P<basic>\"(?:[^\"\\\n]|\\[^\n])*\")|(?P<literal>'[^'\n]*')|(?P<sign>[\[\]{},=.])|(?P<bare>[^\s\"'\[\]{},=.#]+)",
    re.DOTALL,
)
_QUOTES = {"long": 3, "raw": 3, "basic": 1, "literal": 1}


def read(text: str) -> list[Field] | None:
    """The fields of a file; None where it is not TOML."""
    try:
        tomllib.loads(text.replace("\r\n", "\n").removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None
    commented: list[tuple[int, int]] = []
    scanner = _Scanner(text, commented)
    fields = list(scanner.fields())
    return [*fields, *comments(text, commented)]


class _Scanner:
    """Reads a valid text token by token: before `=` they are a key, after it a value, which may be an array or an inline table."""

    def __init__(self, text: str, commented: list[tuple[int, int]]) -> None:
        self.text, self.commented = text, commented
        self.table: tuple[str, ...] = ()
        self.keys: list[str] = []
        self.outer: list[tuple[str, tuple[str, ...], int]] = []
        """The arrays and inline tables that are open: their sign, the names above them, the index of their first string."""
        self.names: tuple[str, ...] | None = None
        """The names of the value that is being read, or None where a key is."""
        self.strings: list[Mapped] = []
        self.number: tuple[int, int] | None = None

    def fields(self) -> Iterator[Field]:
        for found in _TOKEN.finditer(self.text):
            kind = str(found.lastgroup)
            if kind == "comment":
                self.commented.append(found.span())
            if kind in {"bare", "sign"} and self.number and (kind == "bare" or found[0] == "."):
                self.number = (self.number[0], found.end())  # 1.5
                continue
            if self.number:
                yield from self.value(plain(self.text, *self.number))
                self.number = None
            if kind == "sign":
                yield from self.sign(found[0])
            elif kind == "newline":
                self.newline()
            elif kind == "bare" and self.names is not None:
                self.number = found.span()
            elif kind not in {"space", "comment"}:
                string = self.string(kind, *found.span())
                if self.names is None:
                    self.keys.append(string.text)
                else:
                    yield from self.value(string)
        if self.number:
            yield from self.value(plain(self.text, *self.number))

    def string(self, kind: str, start: int, end: int) -> Mapped:
        quotes = _QUOTES.get(kind, 0)
        start, end = start + quotes, end - quotes
        return unescaped(self.text, start, end) if kind in {"long", "basic"} else plain(self.text, start, end)

    def value(self, value: Mapped) -> Iterator[Field]:
        if self.outer and self.outer[-1][0] == "[":
            self.strings.append(value)
        else:
            yield from leaf(self.names or (), value)

    def newline(self) -> None:
        if self.outer:
            return
        if self.names is None and self.keys:  # the line of a table
            self.table = tuple(self.keys)
        self.names, self.keys = None, []

    def sign(self, sign: str) -> Iterator[Field]:
        if sign == "=":
            above = self.outer[-1][1] if self.outer else self.table
            self.names, self.keys = (*above, *self.keys), []
        elif sign in {"[", "{"} and self.names is not None:
            self.outer.append((sign, self.names, len(self.strings)))
            self.names = None if sign == "{" else self.names
        elif sign in {"]", "}"} and self.outer:
            _, names, first = self.outer.pop()
            if sign == "]":
                yield from self.array(names, self.strings[first:])
                del self.strings[first:]
            self.names = names
        elif sign == "," and self.outer and self.outer[-1][0] == "{":
            self.names, self.keys = None, []

    def array(self, names: tuple[str, ...], items: list[Mapped]) -> Iterator[Field]:
        """The items of an array: a command is read as one line."""
        if any(item.text.startswith("-") for item in items):
            start, end = items[0].start, items[-1].stop
            line = masked(self.text[start:end], [(item.start - start, item.stop - start) for item in items])
            yield from inside(Mapped(line.replace("\n", " "), start, end))
            return
        for item in items:
            yield from leaf(names, item)
