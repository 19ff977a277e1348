"""YAML and JSON that may be a template, read by the ordinary parser as far as it goes.

A text that does not parse is read with stand-ins for its actions. Where that does not parse either, the line with the fault and
what stands below it are taken out and read by themselves, so that one branch of a condition costs the others nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.scan.embedded import Piece, commented, embedded
from sealkit.scan.stand_ins import neutral
from sealkit.scan.streams import BREAK
from sealkit.scan.yielded import shown
from sealkit.secrets.schemas import has_schema
from sealkit.secrets.value_forms import STAND_IN
from sealkit.yamlspan.nodes import Document, MappingNode, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import InvalidYamlError, parse

__all__ = ["Piece", "Reading", "Unread", "commented", "embedded", "neutral", "read"]

_KIND = re.compile(r"kind:[ \t]+[\"']?([A-Za-z]\w{0,80})")
_TRIES = 24
_BUDGET = 2_000_000
"""Characters that may be parsed again after a fault, over all documents of a stream."""
_MOST_PIECES = 400
"""Documents of a broken stream that are read one by one; what follows is read as one."""


class Unread(NamedTuple):
    """Lines that no parser takes, as they stand in the file; the first of them; the kind of the object around them, or empty."""

    line: int
    text: str
    kind: str


@dataclass(slots=True)
class Reading:
    """The documents of a text, and what no parser takes.

    Lines of the documents count from the top of the file. Their `text` is what was parsed: with stand-ins, where the file has
    actions. A document whose parts contradict each other comes as several, each with the names that lead to its part.
    """

    documents: list[Document] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def read(text: str, path: str = "<text>") -> Reading:
    """All that can be read of a YAML stream or JSON text. Raises nothing for what the text holds."""
    text = shown(text)
    try:
        return _sorted(text, parse(text, path))
    except SealkitError:
        body = neutral(text)
    if body is not None:
        try:
            return _sorted(text, parse(body, path))
        except SealkitError:
            pass
    reading = Reading()
    reader = _Reader(text, path, reading)
    for start, end in _documents(body if body is not None else text):
        reader.document(start, (body if body is not None else text)[start:end])
    return reading


def _sorted(text: str, documents: list[Document]) -> Reading:
    """Several lines that YAML takes for one plain text, such as a Dockerfile without colons, are no structure."""
    reading = Reading()
    for document in documents:
        root = document.root
        if isinstance(root, ScalarNode) and not root.style and "\n" in text[root.start : root.end].strip():
            start = text.rfind("\n", 0, root.start) + 1
            reading.unread.append(Unread(root.line, text[start : root.end].rstrip(), ""))
        else:
            reading.documents.append(document)
    return reading


def _documents(text: str) -> Iterator[tuple[int, int]]:
    breaks = [found.start() for found in BREAK.finditer(text)][:_MOST_PIECES]
    for start, end in pairwise([0, *breaks, len(text)]):
        if text[start:end].strip():
            yield start, end


class _Reader:
    """Reads the documents of a broken stream one by one, within one budget."""

    def __init__(self, text: str, path: str, reading: Reading) -> None:
        self.rows, self.path, self.reading = text.split("\n"), path, reading
        self.text, self.budget = text, _BUDGET

    def document(self, start: int, body: str) -> None:
        """One document: what parses, then each fault by itself."""
        before = self.text.count("\n", 0, start)
        rows = body.split("\n")
        left = list(rows)
        out: list[tuple[int, int]] = []
        for _ in range(_TRIES):
            fault = self.parsed(before, left)
            if fault is None:
                break
            first, last = _below(left, fault)
            if first == last or self.budget < 0:
                out = [(0, len(rows))]
                break
            out.append((first, last))
            left[first:last] = [""] * (last - first)
        else:
            out = [(0, len(rows))]
        for first, last in out:
            self.part(before, rows, first, last)

    def parsed(self, before: int, rows: list[str]) -> int | None:
        """None where the lines parse, else the line of the fault, from 0, or -1."""
        body = "\n" * before + "\n".join(rows)
        self.budget -= len(body)
        try:
            found = parse(body, self.path)
        except InvalidYamlError as error:
            return max(error.since - 1 - before, 0)
        except SealkitError:
            return -1
        self.reading.documents += [
            document for document in found if isinstance(document.root, MappingNode | SequenceNode)
        ]
        return None

    def part(self, before: int, rows: list[str], first: int, last: int) -> None:
        """A fault and what stands below it: read below the names that lead to it, or by itself, else not at all."""
        if not "".join(rows[first:last]).strip(f"{STAND_IN} \t\r\n-"):
            return
        kind = next((found[1] for row in rows if (found := _KIND.match(row))), "")
        for names in (_above(rows, first), ()) if not has_schema(kind) else (_above(rows, first),):
            kept = {*names, *range(first, last)}
            if last - first == len(rows) or self.budget < 0:
                break
            if self.parsed(before, [row if at in kept else "" for at, row in enumerate(rows)]) is None:
                return
        text = "\n".join(self.rows[before + first : before + last])
        self.reading.unread.append(Unread(before + first + 1, text, kind))


def _above(rows: list[str], first: int) -> Iterator[int]:
    """The lines of the keys that lead to a line, and those that say what the object is."""
    margin, item = _margin(rows[first]), rows[first].lstrip().startswith("- ")
    for at in range(first - 1, -1, -1):
        row = rows[at]
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        parent = item and _margin(row) == margin and not row.lstrip().startswith("- ")
        if _margin(row) < margin or parent:
            yield at
            margin, item = _margin(row), row.lstrip().startswith("- ")
    yield from (at for at, row in enumerate(rows) if _KIND.match(row) or row.startswith("apiVersion:"))


def _below(rows: list[str], fault: int) -> tuple[int, int]:
    """The lines from the fault, which is on the last that is not blank, to the next that is no deeper."""
    first = min(fault, len(rows) - 1)
    while first >= 0 and not rows[first].strip():
        first -= 1
    if first < 0:
        return 0, 0
    last = first + 1
    while last < len(rows) and (not rows[last].strip() or _margin(rows[last]) > _margin(rows[first])):
        last += 1
    return first, last


def _margin(row: str) -> int:
    return len(row) - len(row.lstrip(" "))
