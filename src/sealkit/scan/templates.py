"""YAML and JSON that may be a template, read by the ordinary parser as far as it goes.

A text that does not parse is read with stand-ins for its actions. Where that does not parse either, the line with the fault and
what stands below it are taken out and read by themselves, so that one branch of a condition costs the others nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sealkit.errors import SealkitError
from sealkit.scan.embedded import Piece, embedded, strings
from sealkit.scan.stand_ins import neutral
from sealkit.secrets.value_forms import STAND_IN
from sealkit.yamlspan.nodes import Document, ScalarNode
from sealkit.yamlspan.parse import InvalidYamlError, parse

__all__ = ["Piece", "Reading", "embedded", "neutral", "read", "strings"]

_BREAK = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
_TRIES = 24
_BUDGET = 2_000_000
"""Characters that may be parsed again after a fault, over all documents of a stream."""
_MOST_PIECES = 400
"""Documents of a broken stream that are read one by one; what follows is read as one."""


@dataclass(slots=True)
class Reading:
    """The documents of a text, and what no parser takes: the first line and text of each piece, as they stand in the file.

    Lines of the documents count from the top of the file. Their `text` is what was parsed: with stand-ins, where the file has
    actions. `parts` are documents that stood below a fault: they have no root of their own.
    """

    documents: list[Document] = field(default_factory=list)
    parts: list[Document] = field(default_factory=list)
    unparsed: list[tuple[int, str]] = field(default_factory=list)


def read(text: str, path: str = "<text>") -> Reading:
    """All that can be read of a YAML stream or JSON text. Raises nothing for what the text holds."""
    reading = Reading()
    try:
        reading.documents = parse(text, path)
        return reading
    except SealkitError:
        body = neutral(text)
    if body is not None:
        try:
            reading.documents = parse(body, path)
            return reading
        except SealkitError:
            pass
    reader = _Reader(text, path, reading)
    for start, end in _documents(body if body is not None else text):
        reader.document(start, (body if body is not None else text)[start:end])
    return reading


def _documents(text: str) -> Iterator[tuple[int, int]]:
    breaks = [found.start() for found in _BREAK.finditer(text)][:_MOST_PIECES]
    for start, end in pairwise([0, *breaks, len(text)]):
        if text[start:end].strip():
            yield start, end


class _Reader:
    """Reads the documents of a broken stream one by one, within one budget."""

    def __init__(self, text: str, path: str, reading: Reading) -> None:
        self.rows, self.path, self.reading = text.split("\n"), path, reading
        self.text, self.budget = text, _BUDGET

    def document(self, start: int, body: str) -> None:
        before = self.text.count("\n", 0, start)
        rows = body.split("\n")
        out: list[tuple[int, int]] = []
        for _ in range(_TRIES):
            fault = self.parsed(before, "\n".join(rows), self.reading.documents)
            if fault is None:
                break
            first, last = _below(rows, fault)
            if not first < last or self.budget < 0:
                self.give_up(before, body)
                return
            out.append((first, last))
            for at in range(first, last):
                rows[at] = "\r" if rows[at].endswith("\r") else ""
        else:
            self.give_up(before, body)
            return
        rows = body.split("\n")
        for first, last in out:
            self.part(before + first, rows[first:last])

    def parsed(self, before: int, body: str, into: list[Document]) -> int | None:
        """None where the text parses, else the line of the fault, from 0."""
        self.budget -= len(body) + before
        try:
            into += parse("\n" * before + body, self.path)
        except InvalidYamlError as error:
            return max(error.since - 1 - before, 0)
        except SealkitError:
            return -1
        return None

    def part(self, before: int, rows: list[str]) -> None:
        """A fault and what stood below it, read by itself."""
        body = textwrap.dedent("\n".join(rows))
        found: list[Document] = []
        if self.budget < 0 or self.parsed(before, body, found) is not None:
            found = []
        if any(document.root is not None and not isinstance(document.root, ScalarNode) for document in found):
            self.reading.parts += found
        elif body.strip(f"{STAND_IN} \t\r\n-"):
            self.reading.unparsed.append((before + 1, "\n".join(self.rows[before : before + len(rows)])))

    def give_up(self, before: int, body: str) -> None:
        rows = body.count("\n") + 1
        self.reading.unparsed.append((before + 1, "\n".join(self.rows[before : before + rows])))


def _below(rows: list[str], fault: int) -> tuple[int, int]:
    """The lines from the fault, which is on the last that is not blank, to the next that is no deeper."""
    if fault < 0:
        return 0, 0
    first = min(fault, len(rows) - 1)
    while first >= 0 and not rows[first].strip():
        first -= 1
    if first < 0:
        return 0, 0
    margin = len(rows[first]) - len(rows[first].lstrip(" "))
    last = first + 1
    while last < len(rows) and (not rows[last].strip() or len(rows[last]) - len(rows[last].lstrip(" ")) > margin):
        last += 1
    return first, last
