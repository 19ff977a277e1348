"""Nodes of a YAML document. Each one knows its span in the text, so an edit replaces a span and nothing is re-emitted.

Offsets count characters of the text that was parsed; lines count from 1.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, Value, resolve

_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class ScalarNode:
    """One scalar. `text` is its unescaped content; `style` is `''` (plain), `'`, `"`, `|` or `>`; `tag` is as written."""

    text: str
    style: str
    start: int
    end: int
    line: int
    tag: str | None = None
    anchor: str | None = None
    alias: bool = False
    """Whether the text has `*anchor` here. The span is that of the alias; the content is that of its anchor."""

    def value(self, dialect: Dialect) -> Scalar:
        """The typed value. Raises SealkitError for a `!!binary` that is not base64."""
        if self.tag is None:
            return resolve(self.text, dialect) if self.style == "" else self.text
        short = self.tag.removeprefix(_TAG)
        if short in {"str", "!"}:
            return self.text
        if short == "binary":
            return self._decoded()
        value = resolve(self.text, dialect)
        if short == "float" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if short in {"int", "float", "bool", "null"} and not isinstance(value, str):
            return value
        return value if short == "timestamp" and isinstance(value, Timestamp) else self.text

    def _decoded(self) -> str:
        """The content of a `!!binary` scalar as text, with bytes that are not UTF-8 as surrogates."""
        try:
            return base64.b64decode("".join(self.text.split()), validate=True).decode("utf-8", "surrogateescape")
        except ValueError:
            raise SealkitError(
                f"line {self.line}: a !!binary value that is not base64", hint="encode it again, or remove the tag"
            ) from None


@dataclass(slots=True)
class MappingNode:
    """A mapping: key and value nodes in document order, duplicate keys included. `end` may include blank lines and comments."""

    items: list[tuple[ScalarNode, Node]]
    start: int
    end: int
    line: int
    flow: bool = False
    anchor: str | None = None
    alias: bool = False

    def get(self, key: str) -> Node | None:
        """The value of a key, or None. Of duplicate keys the last one counts."""
        for name, child in reversed(self.items):
            if name.text == key:
                return child
        return None

    def scalar(self, key: str) -> str | None:
        """The text of the scalar under a key, or None if there is none."""
        child = self.get(key)
        return child.text if isinstance(child, ScalarNode) else None


@dataclass(slots=True)
class SequenceNode:
    """A list. `end` may include blank lines and comments."""

    items: list[Node]
    start: int
    end: int
    line: int
    flow: bool = False
    anchor: str | None = None
    alias: bool = False


Node = ScalarNode | MappingNode | SequenceNode


@dataclass(slots=True)
class LeafNode:
    """One scalar and its route. `key` is its key node if its parent is a mapping."""

    route: Route
    node: ScalarNode
    key: ScalarNode | None = None


@dataclass(slots=True)
class Document:
    """One document of a stream: the `index`-th from 0, at `start` to `end` of `text`, which is the whole file."""

    path: str
    text: str
    index: int
    root: Node | None
    start: int = 0
    end: int = 0
    anchors: dict[str, Node] = field(default_factory=dict)
    _breaks: list[int] = field(default_factory=list, repr=False, compare=False)

    def leaves(self) -> Iterator[LeafNode]:
        """All scalar values in document order, with routes by index (`.spec.containers[0].image`). Keys are not among them."""
        if self.root is not None:
            yield from _leaves(self.root, Route(), None)

    def tree(self, dialect: Dialect = Dialect.KUBERNETES) -> Value:
        """The document as dicts, lists and typed scalars. Raises SealkitError for a duplicate key."""
        return plain(self.root, dialect, self.path) if self.root is not None else None

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        if not self._breaks:
            self._breaks = [-1, *(found.start() for found in re.finditer("\n", self.text))]
        return bisect_left(self._breaks, offset)


def _leaves(node: Node, route: Route, key: ScalarNode | None) -> Iterator[LeafNode]:
    if isinstance(node, ScalarNode):
        yield LeafNode(route, node, key)
    elif isinstance(node, MappingNode):
        for name, child in node.items:
            yield from _leaves(child, route / name.text, name)
    else:
        for index, child in enumerate(node.items):
            yield from _leaves(child, route / index, None)


def plain(node: Node, dialect: Dialect, path: str = "", leaf: Callable[[ScalarNode], Scalar] | None = None) -> Value:
    """A node as dicts, lists and typed scalars; `<<` keys are merged. `leaf` converts a scalar in place of its typed value.

    Raises SealkitError for a duplicate key, as kubectl does. `path` is for its message.
    """
    if isinstance(node, ScalarNode):
        return leaf(node) if leaf is not None else node.value(dialect)
    if isinstance(node, SequenceNode):
        return [plain(child, dialect, path, leaf) for child in node.items]
    result: dict[str, Value] = {}
    merged: dict[str, Value] = {}
    for name, child in node.items:
        if name.text in result:
            raise SealkitError(f"{path}:{name.line}: duplicate key {name.text!r}", hint="remove one of the two")
        if name.text == "<<" and name.style == "" and isinstance(child, MappingNode | SequenceNode):
            for source in child.items if isinstance(child, SequenceNode) else [child]:
                inherited = plain(source, dialect, path, leaf)
                if isinstance(inherited, dict):
                    merged = {**inherited, **merged}  # the first of several sources wins
            continue
        result[name.text] = plain(child, dialect, path, leaf)
    return {**merged, **result} if merged else result


def plain_mapping(node: MappingNode, dialect: Dialect, path: str = "") -> Mapping[str, Value]:
    """A mapping as `plain` gives it."""
    tree = plain(node, dialect, path)
    assert isinstance(tree, Mapping)
    return tree


def find(root: Node | None, route: Route) -> Node | None:
    """The node at a route of keys and indexes, or None."""
    node = root
    for step in route:
        if isinstance(node, MappingNode) and isinstance(step, str):
            node = node.get(step)
        elif isinstance(node, SequenceNode) and isinstance(step, int):
            node = node.items[step] if step < len(node.items) else None
        else:
            return None
    return node
