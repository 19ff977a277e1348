"""Manifests inside other text: fences in documentation, heredocs in scripts, objects in comments, in code and in plain text.

Every piece keeps its lines: it is only moved to the left. So line N of a piece is line `piece.line + N - 1` of the file.
"""

from __future__ import annotations

import re
import textwrap
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple


class Piece(NamedTuple):
    """A text that a YAML parser may take, and the line of the file on which it begins. `comment`: it stands in a comment."""

    line: int
    text: str
    comment: bool = False


@cache
def _re(source: str) -> re.Pattern[str]:
    return re.compile(source)


_FENCE = (
    r"(?P<lead>[ \t>]{0,40}(?:(?:[-*+]|\d{1,3}[.)])[ \t]{1,4})?)(?P<fence>`{3,20}|~{3,20})[ \t]{0,8}"
    r"\{?\.?(?P<language>[\w+-]{0,20})"
)
_DATA_LANGUAGES = frozenset(
    ["", "yaml", "yml", "json", "json5", "helm", "text", "txt", "jinja", "jinja2", "gotemplate"]
)
_HEREDOC = r"(?<!<)<<(?P<tabs>[-~]?)[ \t]{0,4}[\"'\\]?(?P<word>[A-Za-z_][\w-]{0,40})"
_OBJECT = r"(?<![\w.-])kind\\?[\"']?[ \t]{0,8}:|secretGenerator[\"']?[ \t]{0,8}:"
_KIND = (
    r"(?P<comment>[ \t]{0,80}(?:#|//|\*|--|;)+ ?)?(?P<margin>[ \t]{0,200}(?:- +)?)[\"']?kind[\"']?[ \t]{0,8}:[ \t]{0,80}"
    r"(?:(?:[&!]\S{1,80}[ \t]+){0,2}[\"']?Secret[\"']?[ \t]{0,80}(?:#.*)?)?\Z"
)
_IN_BRACES = (
    r"(?<![\w.-])(?P<quote>\\?[\"'])?kind(?P=quote)?\s{0,20}:\s{0,20}\\?[\"']?Secret\b"
    r"|(?<![\w.-])kind\s{0,8}:\s{0,8}[\"']?Secret[\"']?\s{0,8}[,}]"
)
_BRACE = r"\\.|\"(?:[^\"\\\n]|\\.){0,20000}\"|[{}]"
_KEY = r"(?:- +)?(?:[\"']?[\w./$-]{1,253}[\"']?[ \t]{0,8}:(?:\s|\Z)|[#}\])]|\{\{|\{%|[\"']?<<[\"']?:)"
_REACH = 4000
_LONGEST = 20_000
_BRACES = 12
"""How many open braces before `kind` are tried."""
_ATTEMPTS = 50


def embedded(text: str) -> Iterator[Piece]:
    """Every piece of a text that may be a manifest: in a fence, a heredoc, braces, a comment, or between other lines."""
    if _re(_OBJECT).search(text) is None:
        return
    rows = text.split("\n")
    free = [True] * len(rows)
    for piece in _enclosed(rows):
        yield piece
        free[piece.line - 1 : piece.line + piece.text.count("\n")] = [False] * (piece.text.count("\n") + 1)
    if "Secret" in text:
        for piece in _between(rows, free):
            yield piece
            free[piece.line - 1 : piece.line + piece.text.count("\n")] = [False] * (piece.text.count("\n") + 1)
        yield from _in_braces(text, free)


def commented(text: str) -> Iterator[Piece]:
    """The Secrets that stand in comments of a text: switched off, and published all the same."""
    if "Secret" in text:
        rows = text.split("\n")
        yield from (piece for piece in _between(rows, [True] * len(rows)) if piece.comment)


def _enclosed(rows: list[str]) -> Iterator[Piece]:
    """Fences and heredocs."""
    ends = _ends(rows)
    closed = at = 0
    while at < len(rows):
        row, at = rows[at], at + 1
        if "<<" in row and (found := _re(_HEREDOC).search(row)) is not None:
            end = _ending(ends, at, found["word"])
            body = [line.lstrip("\t") for line in rows[at:end]] if found["tabs"] else rows[at:end]
        elif ("```" in row or "~~~" in row) and (found := _re(_FENCE).match(row)) is not None:
            if at <= closed:
                continue  # the end of a fence that is no piece
            end = _ending(ends, at, found["fence"])
            closed = end + 1
            if found["language"].lower() not in _DATA_LANGUAGES:
                continue
            quoted = ">" in found["lead"]
            body = [re.sub(r"\A[ \t]{0,8}> ?", "", line) for line in rows[at:end]] if quoted else rows[at:end]
        else:
            continue
        text = "\n".join(body)
        if _re(_OBJECT).search(text):
            yield Piece(at + 1, textwrap.dedent(text))
            at = end + 1


def _ends(rows: list[str]) -> dict[str, list[int]]:
    """Where the lines stand that may end a heredoc or a fence: of one word, or of three or more marks alone."""
    ends: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        if len(row) < 120 and _re(r"(?:[A-Za-z_][\w-]*|`{3,}|~{3,})\Z").match(bare := row.strip(" \t\r>")):
            ends.setdefault(bare if bare[0] not in "`~" else bare[0], []).append(index)
            if bare[0] in "`~" and len(bare) > 3:
                ends.setdefault(bare[0] * 4, []).append(index)
    return ends


def _ending(ends: dict[str, list[int]], at: int, word: str) -> int:
    """The first line that ends what began before `at`; -1 becomes an empty piece."""
    if word[0] in "`~":
        word = word[0] if len(word) == 3 else word[0] * 4
    lines = ends.get(word, [])
    nth = bisect_left(lines, at)
    return lines[nth] if nth < len(lines) and lines[nth] - at < _LONGEST else at


def _between(rows: list[str], free: list[bool]) -> Iterator[Piece]:
    """The lines around `kind: Secret` that look like one mapping."""
    done = 0
    for index, row in enumerate(rows):
        if index < done or not free[index] or "kind" not in row:
            continue
        found = _re(_KIND).match(row.rstrip())
        if found is None or row.rstrip().endswith(",") or ("Secret" not in row and not _next_line(rows, index)):
            continue
        comment = found["comment"] or ""
        mark = comment.strip()
        margin = len(found["margin"])
        first = index
        while first > done and free[first - 1] and _belongs(rows[first - 1], mark, margin):
            first -= 1
        done = index + 1
        while done < len(rows) and free[done] and _belongs(rows[done], mark, margin):
            done += 1
        body = [_bare(line, mark) for line in rows[first:done]]
        yield Piece(first + 1, textwrap.dedent("\n".join(_dashed(body, margin, index - first))), bool(mark))


def _dashed(body: list[str], margin: int, kind: int) -> list[str]:
    """Lines whose first may begin with the dash of a list: the dash becomes a space, so that the item is read by itself."""
    top = next((at for at in range(kind, -1, -1) if re.match(r"[ \t]*- ", body[at][: margin + 1])), None)
    if top is None:
        return body
    rest = [row if at >= top else "" for at, row in enumerate(body)]
    rest[top] = rest[top].replace("-", " ", 1)
    below = next((at for at in range(kind + 1, len(rest)) if rest[at][:margin].strip()), len(rest))
    return rest[:below] + [""] * (len(rest) - below)


def _next_line(rows: list[str], index: int) -> bool:
    return index + 1 < len(rows) and rows[index + 1].strip(" \t\r\"'#/*") == "Secret"


def _bare(row: str, mark: str) -> str:
    """A line without the mark of its comment."""
    if not mark:
        return row
    at = row.find(mark)
    return row[at + len(mark) :].removeprefix(" ") if at >= 0 and not row[:at].strip() else ""


def _belongs(row: str, mark: str, margin: int) -> bool:
    """Whether a line may be one of the mapping at this column."""
    if mark:
        if not row.lstrip().startswith(mark):
            return False
        row = _bare(row, mark)
    bare = row.strip()
    if bare.startswith(("---", "```", "~~~", "...")):
        return False
    depth = len(row) - len(row.lstrip())
    if not bare or depth > margin:
        return bool(bare) or not mark
    return depth >= margin - 2 and bool(_re(_KEY).match(bare)) and (depth == margin or bare[:2] == "- ")


def _in_braces(text: str, free: list[bool]) -> Iterator[Piece]:
    """Objects in braces: JSON and flow mappings in arguments, in code and in other data."""
    done = 0
    line, counted = 1, 0
    for attempt, found in enumerate(_re(_IN_BRACES).finditer(text)):
        if attempt >= _ATTEMPTS:
            return
        if found.start() < done:
            continue
        span = _braces(text, found.start())
        if span is None:
            continue
        done = span[1]
        line, counted = line + text.count("\n", counted, span[0]), span[0]
        body = text[span[0] : span[1]]
        if all(free[line - 1 : line + body.count("\n")]):
            yield Piece(line, body.replace('\\"', '"') if found["quote"] == '\\"' else body)


def _braces(text: str, at: int) -> tuple[int, int] | None:
    """The nearest pair of braces around a place."""
    start = at
    for _ in range(_BRACES):
        start = text.rfind("{", max(0, at - _REACH), start)
        if start < 0:
            return None
        depth = 0
        for found in _re(_BRACE).finditer(text, start, at + _LONGEST):
            depth += {"{": 1, "}": -1}.get(found[0], 0)
            if depth == 0:
                if found.end() > at:
                    return start, found.end()
                break
    return None
