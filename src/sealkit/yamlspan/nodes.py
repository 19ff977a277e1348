"""YAML (and so JSON) as text plus spans: every node knows where it stands, so edits replace spans and never re-emit.

Built on PyYAML's event stream, which gives the position of aliases and is faster than its composer
(measured: 50,000 leaves in 0.13 s). Offsets count characters of the text handed in.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, resolve

_TAG = "tag:yaml.org,2002:"


@dataclass(slots=True)
class ScalarNode:
    """One scalar. `text` is its unescaped content; `style` is `''` (plain), `'`, `"`, `|` or `>`; `tag` only if written."""

    text: str
    style: str
    start: int
    end: int
    line: int
    tag: str | None = None
    anchor: str | None = None
    alias: bool = False
    """Whether this stands where the text has `*anchor`: the span is the alias', the content its anchor's."""

    def value(self, dialect: Dialect) -> Scalar:
        """The typed value. Raises SealkitError for a tag that does not fit its text."""
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
        """What `!!binary` stands for, as text (bytes that are none as surrogates)."""
        try:
            return base64.b64decode("".join(self.text.split()), validate=True).decode("utf-8", "surrogateescape")
        except ValueError:
            raise SealkitError(
                f"line {self.line}: !!binary over what is no base64", hint="encode it again, or take away the tag"
            ) from None


@dataclass(slots=True)
class MappingNode:
    """A mapping, in document order, duplicates included. `end` may include trailing blanks and comments."""

    items: list[tuple[ScalarNode, Node]]
    start: int
    end: int
    line: int
    flow: bool = False
    anchor: str | None = None
    alias: bool = False

    def get(self, key: str) -> Node | None:
        """The value of the last item of that key (the last one wins, as in kubectl), or None."""
        for name, child in reversed(self.items):
            if name.text == key:
                return child
        return None

    def scalar(self, key: str) -> str | None:
        """The text of a scalar child, or None where it is missing or no scalar."""
        child = self.get(key)
        return child.text if isinstance(child, ScalarNode) else None


@dataclass(slots=True)
class SequenceNode:
    """A list."""

    items: list[Node]
    start: int
    end: int
    line: int
    flow: bool = False
    anchor: str | None = None
    alias: bool = False


Node = ScalarNode | MappingNode | SequenceNode


@dataclass(slots=True)
class Leaf:
    """One scalar with the route that leads to it. `key` is the key node it hangs on, if its parent is a mapping."""

    route: Route
    node: ScalarNode
    key: ScalarNode | None = None


@dataclass(slots=True)
class Document:
    """One document of a stream. `start` and `end` are its span in `text`, which is the whole file."""

    path: str
    text: str
    index: int
    root: Node | None
    start: int = 0
    end: int = 0
    anchors: dict[str, Node] = field(default_factory=dict)

    def leaves(self) -> Iterator[Leaf]:
        """All scalars that are values, in document order, under index routes (`.spec.containers[0].image`)."""
        if self.root is not None:
            yield from _leaves(self.root, Route(), None)

    def tree(self, dialect: Dialect = Dialect.KUBERNETES) -> object:
        """The document as dicts, lists and typed scalars. Raises SealkitError for a repeated key."""
        return plain(self.root, dialect, self.path) if self.root is not None else None

    def line(self, offset: int) -> int:
        """The line (from 1) on which an offset stands."""
        return self.text.count("\n", 0, offset) + 1


def _leaves(node: Node, route: Route, key: ScalarNode | None) -> Iterator[Leaf]:
    if isinstance(node, ScalarNode):
        yield Leaf(route, node, key)
    elif isinstance(node, MappingNode):
        for name, child in node.items:
            yield from _leaves(child, route / name.text, name)
    else:
        for index, child in enumerate(node.items):
            yield from _leaves(child, route / index, None)


def plain(node: Node, dialect: Dialect, path: str = "", leaf: Callable[[ScalarNode], object] | None = None) -> object:
    """A node as dicts, lists and typed scalars (or what `leaf` makes of each). A repeated key is an error, as in kubectl."""
    if isinstance(node, ScalarNode):
        return leaf(node) if leaf is not None else node.value(dialect)
    if isinstance(node, SequenceNode):
        return [plain(child, dialect, path, leaf) for child in node.items]
    result: dict[str, object] = {}
    merged: dict[str, object] = {}
    for name, child in node.items:
        if name.text in result:
            raise SealkitError(
                f"{path}:{name.line}: the key {name.text!r} stands twice in one mapping", hint="keep one of the two"
            )
        if name.text == "<<" and name.style == "" and isinstance(child, MappingNode | SequenceNode):
            for source in child.items if isinstance(child, SequenceNode) else [child]:
                inherited = plain(source, dialect, path, leaf)
                if isinstance(inherited, dict):
                    merged = {**inherited, **merged}  # the first of several sources wins
            continue
        result[name.text] = plain(child, dialect, path, leaf)
    return {**merged, **result} if merged else result


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
