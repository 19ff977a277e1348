"""Dockerfiles: ENV, ARG and LABEL with their defaults, commands over several lines, heredocs, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.scan.readers.leaves import comments, inside, leaf
from sealkit.scan.readers.mapped import Mapped, plain, unescaped
from sealkit.secrets.fields import Field

_INSTRUCTION = re.compile(
    r"\s*(?P<word>FROM|RUN|CMD|LABEL|MAINTAINER|EXPOSE|ENV|ADD|COPY|ENTRYPOINT|VOLUME|USER|WORKDIR|ARG|ONBUILD|STOPSIGNAL|HEALTHCHECK|SHELL)"
    r"(?=\s|\Z)",
    re.IGNORECASE,
)
_ESCAPE = re.compile(r"#[ \t]{0,20}escape[ \t]{0,20}=[ \t]{0,20}(?P<sign>[\\`])", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?[ \t]{0,4}[\"']?(?P<word>[A-Za-z_]\w{0,60})[\"']?")
_PAIR = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]{0,120})=(?:\"(?P<dq>(?:[^\"\\]|\\.)*)\"|'(?P<sq>[^']*)'|(?P<bare>(?:[^\s\"'\\]|\\.)*))(?=\s|\Z)",
    re.DOTALL,
)
_OLD = re.compile(r"\s*(?P<name>[A-Za-z_][\w.-]{0,120})[ \t]+(?P<value>\S.*?)\s*\Z", re.DOTALL)


def read(text: str) -> list[Field] | None:
    """The fields of a file; None where its first line is no instruction, or what follows is none."""
    sign = found["sign"] if (found := _ESCAPE.match(text)) else "\\"
    commented: list[tuple[int, int]] = []
    fields: list[Field] = []
    rows = _rows(text)
    at = 0
    while at < len(rows):
        start, end = rows[at]
        row = text[start:end]
        at += 1
        if not row.strip():
            continue
        if row.lstrip().startswith("#"):
            commented.append((start, end))
            continue
        found = _INSTRUCTION.match(row)
        if found is None:
            return None
        first = at - 1
        while _continues(row, sign) and at < len(rows):
            row = text[slice(*rows[at])]
            at += 1
        heredocs = _HEREDOC.findall(text[start : rows[at - 1][1]]) if found["word"].upper() in _WITH_FILES else []
        line = _line(text, rows[first:at], sign, commented)
        for word in heredocs:
            body = at
            while at < len(rows) and text[slice(*rows[at])].strip() != word:
                at += 1
            if at == len(rows):
                return None  # a shift, or a heredoc of the shell alone
            if body < at:
                fields += inside(plain(text, rows[body][0], rows[at - 1][1]))
            at += 1
        fields += _instruction(found["word"].upper(), line, found.end())
    return [*fields, *comments(text, commented)]


_WITH_FILES = {"RUN", "COPY", "ADD"}


def _rows(text: str) -> list[tuple[int, int]]:
    rows, start = [], 0
    for row in text.split("\n"):
        rows.append((start, start + len(row)))
        start += len(row) + 1
    return rows


def _continues(row: str, sign: str) -> bool:
    """Whether an instruction goes on in the next line; comments and empty lines between its lines do not end it."""
    bare = row.strip()
    return not bare or bare[0] == "#" or bare.endswith(sign)


def _line(text: str, rows: list[tuple[int, int]], sign: str, commented: list[tuple[int, int]]) -> Mapped:
    """The lines of an instruction as one line of the same length."""
    pieces: list[str] = []
    for index, (start, end) in enumerate(rows):
        row = text[start:end]
        bare = row.rstrip()
        if index and row.lstrip().startswith("#"):
            commented.append((start, end))
            row = " " * len(row)
        elif bare.endswith(sign) and index < len(rows) - 1:
            row = bare[:-1] + " " * (len(row) - len(bare) + 1)
        pieces.append(row)
    return Mapped(" ".join(pieces), rows[0][0], rows[-1][1])


def _instruction(word: str, line: Mapped, begin: int) -> Iterator[Field]:
    if word not in {"ENV", "ARG", "LABEL"}:
        yield from inside(_from(line, begin, len(line.text)))
        return
    rest = line.text[begin:]
    if "=" not in rest.split(None, 1)[0] if rest.strip() else False:
        if (old := _OLD.match(rest)) and word == "ENV":
            yield from leaf((old["name"],), _from(line, begin + old.start("value"), begin + old.end("value")))
        return
    for pair in _PAIR.finditer(line.text, begin):
        group = next(name for name in ("dq", "sq", "bare") if pair[name] is not None)
        value = _from(line, *pair.span(group))
        yield from leaf((pair["name"],), value)


def _from(line: Mapped, start: int, end: int) -> Mapped:
    """A part of a line, which has no escapes but those in it."""
    part = unescaped(line.text, start, end)
    at = [part.at(index) + line.start for index in range(len(part.text))]
    return Mapped(part.text, line.start + start, line.start + end, range(1, len(at)), at[1:])
