"""The lines of an explanation: how dangerous each is, and how fields and values are told in one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import NamedTuple

from sealkit.model.difference import Absent, Difference
from sealkit.model.tree import Tree
from sealkit.overlay.masked_tree import leaves

_WIDTH = 80
"""Characters of a value that are shown."""
_BEFORE = 20
"""Characters that are shown before the first difference of two long values."""
_FIELDS = 6
"""Fields of one object that are told in one line."""
_TELLING = re.compile(
    r"secret|token|passw|credential|key|url|uri|host|server|endpoint|address|image|command|script|account|user|role|"
    r"provider|path|cert|ca\b|ref|selector|target|allow|insecure|skip|verify",
    re.IGNORECASE,
)  # fmt: skip
"""Names of fields that are told first where there are many. It only orders."""


class Rank(IntEnum):
    """How dangerous a line is, the worst first."""

    READS = 0
    """Somebody, or something that serves the cluster, comes to Secrets or pods at large."""
    GETS = 1
    """Something gets a sealed value, or a value goes to another place."""
    AROUND = 2
    """Something else stands around a value, or around who gets it."""
    LEADS = 3
    """A connection, a volume or an isolation leads elsewhere."""
    OTHER = 4
    """Something changed that no value is known to touch."""
    LESS = 5
    """Somebody gets less, or an object is gone."""
    TAG = 6
    """An image has another tag."""


class Line(NamedTuple):
    """One line and its rank."""

    rank: Rank
    text: str


def shown(value: Tree | Absent, start: int = 0) -> str:
    """A masked tree in one line, cut. `start` is the first character that matters."""
    text = str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    start = start if len(text) > _WIDTH and start > _BEFORE else 0
    head, tail = ("…" if start else ""), ("…" if len(text) - start > _WIDTH else "")
    return f"{head}{text[start : start + _WIDTH]}{tail}"


def pair(new: Tree | Absent, old: Tree | Absent) -> str:
    """What a field is and was: `new, was old`; long texts from shortly before the first difference."""
    if isinstance(new, Absent):
        return f"was {shown(old)}"
    if isinstance(old, Absent):
        return shown(new)
    if isinstance(new, list) and isinstance(old, list) and sorted(map(repr, new)) == sorted(map(repr, old)):
        return "another order"
    start = 0
    if isinstance(new, str) and isinstance(old, str):
        start = next((i for i, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(new), len(old)))
        start = max(0, start - _BEFORE)
    return f"{shown(new, start)}, was {shown(old, start)}"


def with_another(what: str, field: Difference) -> str:
    """A changed field in words: `with another image (new, was old)`, `with a new …`, `without its …`."""
    if isinstance(field.new, Absent):
        return f"without its {what} ({pair(field.new, field.old)})"
    word = "a new" if isinstance(field.old, Absent) else "another"
    return f"with {word} {what} ({pair(field.new, field.old)})"


def told_fields(fields: Sequence[Difference], *, open_values: bool = True) -> str:
    """Changed fields in one line: `.spec.url (new, was old), .spec.interval (…) and 3 more`."""
    ordered = sorted(fields, key=lambda field: not _TELLING.search(str(field.route)))
    parts = [_told(field, open_values=open_values) for field in ordered[:_FIELDS]]
    more = len(ordered) - len(parts)
    return ", ".join(parts) + (f" and {more} more" if more else "")


def _told(field: Difference, *, open_values: bool) -> str:
    if not open_values:
        return str(field.route)
    return f"{field.route} ({pair(field.new, field.old)})"


def some(items: Iterable[str], most: int = 3) -> str:
    """A list in words, cut: `a, b, c and 4 more`."""
    every = list(items)
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")


def texts(tree: Tree | Absent) -> list[str]:
    """Every text of a tree."""
    return [leaf for _, leaf in leaves(tree) if isinstance(leaf, str)]
