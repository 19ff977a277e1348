"""A piece of a file as the program that reads the file sees it, and where each of its characters stands in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\r?\n[ \t\r\n]*|[^\r\n])")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "e": "\x1b"}
_HIGHEST = 0x10FFFF


class Mapped:
    """`text` is what is meant; `at` says where in the file the character of an index stands, `stop` where the text ends."""

    __slots__ = ("_meant", "_stands", "stop", "text")

    def __init__(self, text: str, start: int, stop: int, meant: Sequence[int] = (), stands: Sequence[int] = ()) -> None:
        self.text, self.stop = text, stop
        self._meant, self._stands = [0, *meant], [start, *stands]

    def at(self, index: int) -> int:
        """Where the character of this index stands in the file; for the end of the text, where it ends there."""
        if index >= len(self.text):
            return self.stop
        run = bisect_right(self._meant, index) - 1
        return min(self._stands[run] + index - self._meant[run], self.stop)

    @property
    def start(self) -> int:
        """Where the text begins in the file."""
        return self._stands[0]


def plain(text: str, start: int, stop: int) -> Mapped:
    """`text[start:stop]` as it stands."""
    return Mapped(text[start:stop], start, stop)


def unescaped(text: str, start: int, stop: int) -> Mapped:
    r"""`text[start:stop]` without the backslashes of JSON and HCL: `\n`, `\"`, `\u0041`, `\` and a newline."""
    if text.find("\\", start, stop) < 0:
        return plain(text, start, stop)
    pieces: list[str] = []
    meant: list[int] = []
    stands: list[int] = []
    length, done = 0, start
    for found in _ESCAPE.finditer(text, start, stop):
        letter = _character(found[0])
        pieces += (text[done : found.start()], letter)
        length += found.start() - done
        meant += (length, length + len(letter))
        stands += found.span()
        length, done = length + len(letter), found.end()
    pieces.append(text[done:stop])
    return Mapped("".join(pieces), start, stop, meant, stands)


def _character(escape: str) -> str:
    kind = escape[1]
    if kind in "uUx" and len(escape) > 2:
        code = int(escape[2:], 16)  # noqa: FURB166
        return chr(code) if code <= _HIGHEST and not 0xD800 <= code <= 0xDFFF else "\ufffd"
    return "" if kind in "\r\n" else _LETTERS.get(kind, kind)


def joined(parts: Iterable[Mapped]) -> Mapped:
    """Several pieces as one text, one after the other."""
    pieces: list[str] = []
    meant: list[int] = []
    stands: list[int] = []
    length = stop = 0
    for part in parts:
        pieces.append(part.text)
        meant += [length + at for at in part._meant]
        stands += part._stands
        length, stop = length + len(part.text), part.stop
    return Mapped("".join(pieces), stands[0], stop, meant[1:], stands[1:]) if pieces else Mapped("", 0, 0)


def part(value: Mapped, start: int, end: int) -> Mapped:
    """`value.text[start:end]`."""
    at = [value.at(index) for index in range(start, end + 1)]
    return Mapped(value.text[start:end], at[0], at[-1], range(1, end - start), at[1:-1])


def masked(text: str, pieces: Iterable[tuple[int, int]]) -> str:
    """A text of the same length and lines in which only these pieces, in order, are left."""
    result: list[str] = []
    done = 0
    for start, end in pieces:
        result += (_blank(text[done:start]), text[start:end])
        done = end
    return "".join([*result, _blank(text[done:])])


def _blank(text: str) -> str:
    return "\n".join(" " * len(row) for row in text.split("\n"))
