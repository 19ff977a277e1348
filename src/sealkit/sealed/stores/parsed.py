"""What every store gives: the items of a file with their spans, and what a store can do."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from sealkit.sealed.metadata import Metadata
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_SEALED = re.compile(r"ENC\[AES256_GCM,data:[^,]*,iv:[^,]*,tag:[^,]*,type:(?P<type>[a-z]+)\]\Z")


@dataclass(slots=True)
class Item:
    """One leaf or one comment. The `sops` block gives none; `null` is a leaf, an empty mapping or list is not.

    `text[start:end]` of the file is what a write replaces: a scalar with its quotes, a comment behind its `#`.
    """

    route: Route
    """Keys as text, list items by index (comments in a list are not counted). A comment has the route of the mapping or list
    that it stands in, so `route.keys` is what sops authenticates for every item."""
    value: Scalar
    """The clear value typed as go-yaml v3 types it, a `Timestamp` for a time, or the `ENC[…]` text. A comment's is its text
    behind the `#`."""
    start: int
    end: int
    line: int
    document: int = 0
    comment: bool = False
    sealed: bool = False
    """Whether the value is an `ENC[AES256_GCM,…]` text."""


@dataclass(slots=True)
class Parsed:
    """A file as its store reads it: `items` in the order in which sops walks it, `metadata` where it has a `sops` block.

    `format` is `yaml`, `json`, `dotenv`, `ini` or `binary`. `empty`: where an empty mapping or list stands, as the index of the
    item after it, document and route; it ends the reach of a comment like a leaf does. `unseen`: the comment items that sops
    overlooks, and drops when it writes. `tree` is for the store alone.
    """

    items: list[Item]
    metadata: Metadata | None
    text: str
    path: str
    format: str
    empty: list[tuple[int, int, Route]] = field(default_factory=list)
    unseen: set[int] = field(default_factory=set)
    tree: object = field(default=None, repr=False, compare=False)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Python's cyclic collector stands still: a large file makes many objects and no cycles, and looking for some took half of
    the time (measured on 50,000 leaves)."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def sealed_kind(value: Scalar) -> str:
    """The type inside an `ENC[AES256_GCM,…]` text (`str`, `int`, `comment`, …); empty for anything else."""
    if not isinstance(value, str) or not value.startswith("ENC["):
        return ""
    found = _SEALED.match(value)
    return found["type"] if found else ""


def changed(parsed: Parsed, values: Mapping[int, Scalar]) -> dict[int, Scalar]:
    """The values that are others than those that stand there (1, 1.0 and true differ), by the index of their item."""
    there = parsed.items
    return {
        index: value
        for index, value in values.items()
        if type(value) is not type(there[index].value) or value != there[index].value
    }
