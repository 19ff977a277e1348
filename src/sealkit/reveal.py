"""The only door from `Sensitive` to text.

`model.sensitive.Sensitive` shows a mask wherever Python would print it. Whoever needs the true value says so by importing
this module, and the import contracts name everyone who may (design, section 4, wall (c)).
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable
from typing import Protocol

Scalar = str | int | float | bool | None
"""What one leaf of a document can be."""

MASK = "***"
"""What a redacted value is replaced with."""

_SHORTEST = 4
"""Values shorter than this are not searched for in foreign text: they would mask half of every sentence."""


class Holder(Protocol):
    """Something that holds a value and only discloses it here."""

    def _disclose(self) -> Scalar: ...


def reveal(value: object) -> Scalar:
    """The true value of a `Sensitive` leaf; any other scalar is returned as it is.

    Raises TypeError for something that is neither, so that a container never slips through unseen.
    """
    if hasattr(value, "_disclose"):
        disclosed: Scalar = value._disclose()
        return disclosed
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"not a scalar: {type(value).__name__}")


def reveal_tree(node: object) -> object:
    """A copy of a tree of mappings, lists and scalars in which every `Sensitive` leaf is its true value."""
    if isinstance(node, dict):
        return {key: reveal_tree(child) for key, child in node.items()}
    if isinstance(node, list | tuple):
        return [reveal_tree(child) for child in node]
    return reveal(node)


def spellings(value: str) -> set[str]:
    """The ways in which one text can stand in another: as it is, JSON- and URL-quoted, hex, and base64 in its three
    alignments, plain and URL-safe. Shared by the redactor and by the proof that a split left nothing behind."""
    raw = value.encode("utf-8", "surrogatepass")
    found = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    found |= {urllib.parse.quote(raw, safe=""), urllib.parse.quote_plus(raw), raw.hex(), raw.hex().upper()}
    for shift in range(3):
        # only the characters that depend on nothing but the value: drop the ones shared with a neighbour
        encoded = base64.b64encode(b"\0" * shift + raw)
        start = -(-shift * 8 // 6)
        end = (shift + len(raw)) * 8 // 6
        core = encoded[start:end].decode()
        found |= {core, core.translate(str.maketrans("+/", "-_"))}
    found.add(base64.b64encode(raw).decode())
    if "'" in value:
        found.add(value.replace("'", "''"))
    return {spelling for spelling in found if len(spelling) >= _SHORTEST}


class Redactor:
    """Replaces known values, in every spelling, in text that comes from outside (server messages, logs, tracebacks)."""

    def __init__(self, values: Iterable[object]) -> None:
        known: set[str] = set()
        for value in values:
            text = reveal(value)
            if isinstance(text, str | int | float) and not isinstance(text, bool):
                known |= spellings(str(text))
                known |= {line for line in str(text).splitlines() if len(line) >= 2 * _SHORTEST}
        ordered = sorted(known, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clean(self, text: str) -> str:
        """`text` with every known value replaced by the mask."""
        return self._pattern.sub(MASK, text) if self._pattern else text
