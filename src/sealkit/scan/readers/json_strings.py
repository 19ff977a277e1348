"""The strings of a JSON text, each with the keys above it and its place in the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sealkit.scan.readers.mapped import Mapped, unescaped

_TOKEN = re.compile(r"\"(?P<string>(?:[^\"\\]|\\.)*)\"|(?P<sign>[{}\[\],:])|(?P<other>[^\s\"{}\[\],:]+)")
Steps = tuple[str | int, ...]


def loaded(text: str) -> object | None:
    """What a JSON text holds; None where it is none."""
    try:
        value: object = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value


def strings(text: str) -> Iterator[tuple[Steps, Mapped]]:
    """Every string and number of a text that `loaded` has taken: keys and indexes above it, and the value."""
    steps: list[str | int] = []
    holders: list[str] = []
    key = False
    for found in _TOKEN.finditer(text):
        sign = found["sign"]
        if sign in {"{", "["}:
            holders.append(sign)
            steps.append("" if sign == "{" else 0)
            key = sign == "{"
        elif sign in {"}", "]"}:
            holders.pop()
            steps.pop()
            key = False
        elif sign == ",":
            key = holders[-1] == "{"
            if not key:
                steps[-1] = int(steps[-1]) + 1
        elif sign == ":":
            key = False
        elif key:
            steps[-1] = unescaped(text, *found.span("string")).text
        elif found["string"] is not None:
            yield tuple(steps), unescaped(text, *found.span("string"))
        elif found["other"][:1] in "-0123456789":
            yield tuple(steps), Mapped(found[0], *found.span())
