"""The grammar of placeholders: `<sealed:db.password>`, `<sealed:db.password|base64>`, and `<<sealed:` for the literal text.

A run of n `<` before `sealed:` is a placeholder where n is 1 and the literal text of n - 1 of them where it is more, so every
text can be written. Filters apply from left to right and make text.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from sealkit.errors import RefusedError

MARK = "sealed:"
NAME = r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,250}"
_NAME = re.compile(NAME + r"\Z")
_RUN = re.compile(r"(?P<run><{1,64})sealed:")
_BODY = re.compile(rf"(?P<name>{NAME})(?P<filters>(?:\|[a-z0-9]{{1,20}}){{0,8}})>")

FILTERS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "urlencode": lambda text: urllib.parse.quote(text, safe=""),
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "trim": str.strip,
}
"""`base64` as in a Secret's `data`; `urlencode` for a part of a URL; `json` for the inside of a JSON text; `trim` drops
white space at both ends."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder: the name of the value and the filters in order."""

    name: str
    filters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "<sealed:" + "|".join((self.name, *self.filters)) + ">"

    def apply(self, text: str) -> str:
        """The value as this placeholder wants it."""
        for name in self.filters:
            text = FILTERS[name](text)
        return text


Part = str | Placeholder


def is_name(name: str) -> bool:
    """Whether a placeholder can carry this name."""
    return _NAME.match(name) is not None


def parse(text: str, where: str = "") -> list[Part]:
    """The parts of a text: literal text (unescaped) and placeholders. Raises RefusedError, naming `where`, for a
    placeholder that is no placeholder or has a filter that there is not."""
    if MARK not in text:
        return [text] if text else []
    parts: list[Part] = []
    literal: list[str] = []
    at = 0
    while (found := _RUN.search(text, at)) is not None:
        literal.append(text[at : found.start()])
        if len(found["run"]) > 1:
            literal.append(found["run"][1:] + MARK)
            at = found.end()
            continue
        placeholder, at = _placeholder(text, found.end(), where)
        if before := "".join(literal):
            parts.append(before)
        literal = []
        parts.append(placeholder)
    literal.append(text[at:])
    if after := "".join(literal):
        parts.append(after)
    return parts


def _placeholder(text: str, at: int, where: str) -> tuple[Placeholder, int]:
    body = _BODY.match(text, at)
    place = f"{where}: " if where else ""
    if body is None:
        raise RefusedError(
            f"{place}not a placeholder after <sealed:", hint="write <sealed:NAME>, or <<sealed: for the literal text"
        )
    filters = tuple(body["filters"].split("|")[1:])
    for name in filters:
        if name not in FILTERS:
            raise RefusedError(f"{place}no filter {name!r}", hint=f"filters: {', '.join(FILTERS)}")
    return Placeholder(body["name"], filters), body.end()


def single(text: str) -> Placeholder | None:
    """The placeholder that a text is, whole; else None."""
    if not text.startswith("<sealed:"):
        return None
    body = _BODY.fullmatch(text, len("<sealed:"))
    return Placeholder(body["name"], tuple(body["filters"].split("|")[1:])) if body else None


def names(text: str) -> set[str]:
    """The names of all placeholders in a text."""
    return {part.name for part in parse(text) if isinstance(part, Placeholder)}


def escape(text: str) -> str:
    """Public text in which nothing is a placeholder by accident: the inverse of reading it."""
    return _RUN.sub(lambda found: "<" + found[0], text) if MARK in text else text
