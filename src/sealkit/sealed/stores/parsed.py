"""A file as its store reads it: the leaves and comments with their spans, and the `sops` block."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from sealkit.sealed.metadata import Metadata
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_CIPHERTEXT = re.compile(r"ENC\[AES256_GCM,data:[^,]*,iv:[^,]*,tag:[^,]*,type:(?P<type>[a-z]+)\]\Z")


@dataclass(slots=True)
class Item:
    """One leaf or one comment. The `sops` block has no items. `null` is a leaf; an empty mapping or list is not.

    A write replaces `text[start:end]` of the file: a scalar with its quotes, or a comment without its `#`.
    """

    route: Route
    """The keys as text, list items by index (comments in a list are not counted). A comment has the route of the mapping or
    list that contains it, so `route.keys` is what sops authenticates for every item."""
    value: Scalar
    """The plain value with the type that go-yaml v3 gives it, a `Timestamp` for a time, or the `ENC[…]` text. For a comment, the
    text after the `#`."""
    start: int
    end: int
    line: int
    document: int = 0
    comment: bool = False
    sealed: bool = False
    """Whether the value is an `ENC[AES256_GCM,…]` text."""


class EmptyCollection(NamedTuple):
    """An empty mapping or list. Like a leaf, it ends the range of the comments before it."""

    next_item: int
    """The index of the item that follows it."""
    document: int
    route: Route


@dataclass(slots=True)
class Parsed:
    """A file as its store reads it: `items` in the order in which sops walks the file, `metadata` if it has a `sops` block.

    `format` is `yaml`, `json`, `dotenv`, `ini` or `binary`. `dropped_comments` are the indexes of the comment items that sops
    does not see, and drops when it writes. `tree` is the syntax tree of the store (`YamlTree`).
    """

    items: list[Item]
    metadata: Metadata | None
    text: str
    path: str
    format: str
    empty_collections: list[EmptyCollection] = field(default_factory=list)
    dropped_comments: set[int] = field(default_factory=set)
    tree: object = field(default=None, repr=False, compare=False)


def line_break(text: str) -> str:
    """The line break that a text uses, by its first line."""
    return "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector. A large file makes many objects and no cycles; searching them for cycles took half of
    the time (measured on 50,000 leaves)."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def ciphertext_type(value: Scalar) -> str:
    """The type that an `ENC[AES256_GCM,…]` text names (`str`, `int`, `comment` …); empty for any other value."""
    if not isinstance(value, str) or not value.startswith("ENC["):
        return ""
    match = _CIPHERTEXT.match(value)
    return match["type"] if match else ""


def changed_values(parsed: Parsed, values: Mapping[int, Scalar]) -> dict[int, Scalar]:
    """Those of `values`, by the index of their item, that differ from the value in the file. 1, 1.0 and true differ."""
    items = parsed.items
    return {
        index: value
        for index, value in values.items()
        if type(value) is not type(items[index].value) or value != items[index].value
    }
