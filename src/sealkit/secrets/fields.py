"""What every reader yields: a value, what it is called, and what its place says of it."""

from __future__ import annotations

from typing import NamedTuple

from sealkit.secrets.places import Place


class Field(NamedTuple):
    """`text[start:end]` of what was read holds a value. `value` is what it means there: without quotes and escapes."""

    name: str
    value: str
    start: int
    end: int
    place: Place
