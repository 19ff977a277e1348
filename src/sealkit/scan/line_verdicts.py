"""Which hits of the prefilter are worth a look: decided on the line, each distinct line once.

A history repeats its lines in every version of a file, so the verdict on a line is remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sealkit.scan import patterns
from sealkit.scan.patterns import PATTERNS
from sealkit.scan.prefilter import Hit
from sealkit.scan.tokens import dummy, private_key
from sealkit.secrets.names import is_secret_name
from sealkit.secrets.token_search import whole
from sealkit.secrets.tokens import TOKENS
from sealkit.secrets.values import is_secret_value, is_template_value, secret_spans

_LONGEST = 8192
_NAMED_LONGEST = 512
"""A line is judged on this much of it on both sides of a hit, less where a name gives it away: minified files are one line."""
_NEAR = 400
"""How far from `name:` its `value:` may stand, and from an option its argument, in bytes."""

_BLOCK = re.compile(
    r"(?P<name>[\w.-]{1,80})[\"']?[ \t]{0,8}:[ \t]{0,8}"
    r"(?P<indicator>[|>][0-9+-]{0,2}|[&!][^\s]{1,80}.*|\"(?:[^\"\\]|\\.){0,512}\\)?[ \t\r]{0,8}(?:#.*)?\Z"
)
_KEY = re.compile(rb"[\"']?[^\s:]+[\"']?[ \t]*:(?:\s|\Z)")
_LABEL = re.compile(r"[\"']?\b(?i:name|key)[\"']?[ \t]{0,8}:[ \t]{0,8}[\"']?(?P<name>[\w.-]{1,128})")
_OPTION = re.compile(
    r"(?<![\w-])--?(?P<name>[A-Za-z][\w-]{1,60})(?:=|[\"']?[ \t]{0,8},?[ \t\r\n-]{0,80})[\"']?(?P<value>[^\s\"'-][^\s\"']{0,512})"
)
_CREDENTIALS = re.compile(r"(?i:bearer|basic|token)[ \t]{1,8}(?P<value>[^\s\"']{4,8192})")
_VALUE = re.compile(rb"[\"']?\bvalue[\"']?[ \t]*:[ \t]*(?=(?P<value>[^\n]{0,512}))")  # a line may hold several
_DATA = rb"[\"']?(?:data|stringData)[\"']?[ \t]*:"

_PLACE = re.compile(r"(?:#.*|[\"']?[\w.-]{1,253}[\"']?: +(?P<value>[^#&*!|>\s][^#]{0,4096})(?: #.*)?)?")


_BY_PLACE = frozenset([patterns.KEY, patterns.ENCODED, patterns.HOOK])
"""Kinds that are judged where they stand, and not by their line."""


class Place(NamedTuple):
    """One place that is worth a look: its pattern, where the match ends, and the span of its line."""

    kind: str
    nth: int
    at: int
    first: int
    last: int


def hot(data: bytes, hits: list[Hit]) -> list[Place]:
    """The places that stay after a look at their lines, in order; of a kind, one for each line where the line decides."""
    found: list[Place] = []
    seen: set[tuple[str, int, int]] = set()
    for index, at in hits:
        kind, nth = PATTERNS[index].kind, PATTERNS[index].nth
        first, last = _window(data, at, _LONGEST if kind in patterns.BY_FORM else _NAMED_LONGEST)
        key = (kind, nth, at if kind in _BY_PLACE else first)
        if key in seen:
            continue
        seen.add(key)
        if _keeps(data, place := Place(kind, nth, at, first, last)):
            found.append(place)
    return found


def _window(data: bytes, at: int, reach: int) -> tuple[int, int]:
    """The line on which a match ends, without its end; of a longer one the blocks around, the same for all matches in a block."""
    start = data.rfind(b"\n", max(at - reach, 0), at - 1) + 1
    if start == 0 and at > reach:
        block = at - at % reach
        start = max(data.rfind(b"\n", block - reach, at - 1) + 1, block - reach)
        at = block + reach
    end = at - 1 if data[at - 1 : at] in {b"\n", b"\r"} else data.find(b"\n", at, at + reach)
    return start, min(len(data), at + reach) if end < 0 else end


def _keeps(data: bytes, place: Place) -> bool:
    kind, at, first, last = place.kind, place.at, place.first, place.last
    if kind in {patterns.NAMED, patterns.URL, patterns.SHORT}:
        return _given_away(data[first:last]) or _below(data, first, last)
    if kind == patterns.LABEL:
        return any(_valued(data, place, name) for name in _labels(data[first:last]))
    if kind == patterns.OPTION:
        following = data.find(b"\n", last + 1)
        return _optional(data[first : min(len(data) if following < 0 else following, last + _NEAR)])
    if kind == patterns.TOKEN:
        return _token(place.nth, data[first:last])
    if kind == patterns.HEADER:
        return _header(data[first : last + _NEAR])
    if kind == patterns.KEY:
        return private_key(data[max(0, at - 120) : at + 400])
    if kind == patterns.SECRET:
        return _holds_data(data, first, last)
    if kind == patterns.ENCODED:
        from sealkit.scan.encoded import holds_opening, inside

        return (not place.nth or holds_opening(data, at)) and bool(inside(data, at))
    return True


@lru_cache(maxsize=65536)
def _given_away(line: bytes) -> bool:
    return bool(secret_spans(line.decode("utf-8", "replace"), tokens=False))


def _below(data: bytes, first: int, last: int) -> bool:
    """Whether the value of a YAML key stands on the lines below it: a block, or a plain scalar on the next line."""
    name, indicator = _block(data[first:last])
    if not name:
        return False
    after = data[last + 1 : last + _LONGEST].partition(b"\n")[0].strip()
    return indicator or (bool(after) and not _KEY.match(after) and not after.startswith((b"-", b"#", b"{", b"[")))


@lru_cache(maxsize=65536)
def _block(line: bytes) -> tuple[str, bool]:
    found = _BLOCK.search(line.decode("utf-8", "replace"))
    if found is None or not is_secret_name(found["name"]):
        return "", False
    return found["name"], bool(found["indicator"])


def _holds_data(data: bytes, first: int, last: int) -> bool:
    """Whether the mapping that says `kind: Secret` has a `data` or `stringData`, on the same line or in the same column, with
    anything below it but placeholders. What is not plainly `key: placeholder` is left to the parser."""
    line = data[first:last]
    if re.search(_DATA, line):
        return True
    column = re.search(rb"[\"']?kind", line)
    margin = column.start() if column else 0
    for found in re.finditer(rb"(?:^|\n)(?P<margin>[ \t-]{%d})" % margin + _DATA + rb"(?P<rest>[^\n]*)", data):
        if found["rest"].strip():
            return True
        for row in data[found.end() + 1 :].split(b"\n"):
            if row.strip() and _margin(row) <= margin:
                break
            if not _holds_place(row):
                return True
    return False


@lru_cache(maxsize=16384)
def _holds_place(row: bytes) -> bool:
    """Whether a line below `data:` is blank, a comment, or a key with the place of a value."""
    found = _PLACE.fullmatch(row.decode("utf-8", "replace").strip())
    return found is not None and (found["value"] is None or is_template_value(found["value"].strip("\"'")))


@lru_cache(maxsize=65536)
def _labels(line: bytes) -> tuple[tuple[str, int], ...]:
    """The secret-looking names that a line gives to something, and their columns."""
    text = line.decode("latin-1")
    return tuple((found["name"], found.start()) for found in _LABEL.finditer(text) if is_secret_name(found["name"]))


def _valued(data: bytes, place: Place, label: tuple[str, int]) -> bool:
    """Whether the mapping of a name has a `value` that is one: on the same line, or near by in the same column with no line
    between that begins further left."""
    name, column = label
    low = max(place.first - _NEAR, 0)
    for found in _VALUE.finditer(data, low, place.last + _NEAR):
        start = data.rfind(b"\n", 0, found.start()) + 1
        if start != place.first:
            between = data[place.last : found.start()] if start > place.first else data[found.end("value") : place.last]
            rows = between.split(b"\n")[1:]
            if found.start() - start != column or any(_margin(row) < column for row in rows if row.strip()):
                continue
        if _judged(name, found["value"]):
            return True
    return False


def _margin(row: bytes) -> int:
    return len(row) - len(row.lstrip(b" "))


@lru_cache(maxsize=65536)
def _judged(name: str, value: bytes) -> bool:
    text = value.decode("utf-8", "replace").strip(" \t\r,}\"'")
    if text[:1] in {"|", ">", "&", "*", "!"}:
        return True
    return is_secret_value(name, text.partition(" #")[0].strip(" \"'"))


@lru_cache(maxsize=65536)
def _optional(lines: bytes) -> bool:
    text = lines.decode("utf-8", "replace")
    return any(is_secret_value(found["name"], found["value"]) for found in _OPTION.finditer(text))


@lru_cache(maxsize=16384)
def _header(lines: bytes) -> bool:
    found = _CREDENTIALS.search(lines.decode("utf-8", "replace"))
    return found is not None and not is_template_value(found["value"])


@lru_cache(maxsize=16384)
def _token(nth: int, piece: bytes) -> bool:
    return any(not dummy(found[0], TOKENS[nth]) for found in whole(nth).finditer(piece.decode("latin-1")))
