"""The leaves and comments of YAML documents in the order in which sops walks them, with the types of go-yaml v3."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sealkit.errors import SealkitError
from sealkit.sealed.stores.parsed import EmptyCollection, Item, ciphertext_type
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, resolve

if TYPE_CHECKING:
    from sealkit.sealed.stores.yaml_comment_types import Comment
    from sealkit.sealed.stores.yaml_comments import NodeComments, TextComments

_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),), "timestamp": (Timestamp,)
}  # fmt: skip
_LARGEST = 2**63 - 1


class ItemPosition(NamedTuple):
    """The syntax around the scalar of an item, which a write needs."""

    node: ScalarNode | None
    """None for a comment."""
    key: ScalarNode | None = None
    """None in a list."""
    flow: bool = False
    alias: Node | None = None
    """The whole alias that the scalar is part of."""
    only_comments: bool = False
    """Whether the item ends a list that contains only sealed comments."""


@dataclass(slots=True)
class YamlTree:
    """What a write needs: the documents, the position of each item, and the `sops` key and block by document."""

    documents: list[Document]
    positions: list[ItemPosition]
    blocks: dict[int, tuple[ScalarNode, MappingNode]]


@dataclass(slots=True)
class ItemReader:
    """Reads the items of one file."""

    text: str
    path: str
    comments: TextComments | None
    """None for a text without comments."""
    items: list[Item] = field(default_factory=list)
    positions: list[ItemPosition] = field(default_factory=list)
    empty_collections: list[EmptyCollection] = field(default_factory=list)
    dropped_comments: set[int] = field(default_factory=set)
    document: int = 0
    block_key: ScalarNode | None = None

    def read(self, document: Document, block_key: ScalarNode | None) -> None:
        """Read the items of one document, except those of the `sops` block below `block_key`. Raises SealkitError."""
        self.document, self.block_key = document.index, block_key
        root = document.root
        if isinstance(root, MappingNode):
            self._mapping(root, Route(), root.flow, None)
        elif isinstance(root, SequenceNode) or (root is not None and typed(root, self.path) is not None):
            raise SealkitError(
                f"{self.path}:{root.line}: sops requires a document to be a mapping",
                hint="put it under a key: items: …",
            )
        if self.comments is not None and document.index < len(self.comments.documents):
            self._add_comments(self.comments.documents[document.index], Route())

    def _mapping(
        self, node: MappingNode, route: Route, flow: bool, alias: Node | None, *, in_list: bool = False
    ) -> None:
        own = self._comments_of(node, alias)
        around = self.comments.around_pairs(node) if self.comments is not None and alias is None else None
        if not node.items:
            self.empty_collections.append(EmptyCollection(len(self.items), self.document, route))
        if own is not None:
            self._add_comments(own.inner if in_list else [*own.head, *own.line, *own.inner], route)
        keys: set[str] = set()
        for number, (key, child) in enumerate(node.items):
            self._check_key(key, child, keys)
            if around is not None:
                self._add_comments(around[number][0], route)
            child_alias, child_route = alias or (child if child.alias else None), route / key.text
            if key is self.block_key:
                pass
            elif isinstance(child, ScalarNode):
                self._add_leaf(child, child_route, ItemPosition(child, key, flow, child_alias))
            elif isinstance(child, MappingNode):
                self._add_alias_comments(child, child_route, alias)
                self._mapping(child, child_route, flow or child.flow, child_alias)
            else:
                self._add_alias_comments(child, child_route, alias)
                self._sequence(child, child_route, flow or child.flow, child_alias)
            if around is not None:
                self._add_comments(around[number][1], route)
        if own is not None:
            self._add_comments(own.foot if not route.steps and node.flow else own.last, route)

    def _sequence(
        self, node: SequenceNode, route: Route, flow: bool, alias: Node | None, *, in_list: bool = False
    ) -> None:
        own = self._comments_of(node, alias)
        if own is not None:
            self._add_comments(own.inner if in_list else [*own.head, *own.line, *own.inner], route)
        index = 0
        for number, child in enumerate(node.items):
            comments, child_route = self._comments_of(child, alias), route / index
            child_alias = alias or (child if child.alias else None)
            if comments is not None:
                self._add_comments([*comments.head, *comments.line], route)
            if isinstance(child, ScalarNode) and ciphertext_type(child.text) == "comment":
                only_comments = not index and number == len(node.items) - 1
                self._add_leaf(child, route, ItemPosition(child, None, flow, child_alias, only_comments), comment=True)
            else:
                index += 1
                if isinstance(child, ScalarNode):
                    self._add_leaf(child, child_route, ItemPosition(child, None, flow, child_alias))
                elif isinstance(child, MappingNode):
                    self._mapping(child, child_route, flow or child.flow, child_alias, in_list=True)
                else:
                    self._sequence(child, child_route, flow or child.flow, child_alias, in_list=True)
            if comments is not None and not (isinstance(child, MappingNode) and child.items and not child.flow):
                self._add_comments(comments.foot, route)
        if not index:
            self.empty_collections.append(EmptyCollection(len(self.items), self.document, route))
        if own is not None:
            self._add_comments(own.last, route)

    def _add_alias_comments(self, node: Node, route: Route, alias: Node | None) -> None:
        """Add the comments of an alias of a list or mapping: they will belong to the copy that a write puts in its place."""
        if node.alias and (comments := self._comments_of(node, alias)) is not None:
            self._add_comments([*comments.head, *comments.line], route)

    def _check_key(self, key: ScalarNode, child: Node, keys: set[str]) -> None:
        """Refuse what sops refuses: a key that is not text or is duplicate, and a merge key for something else than mappings."""
        name = typed(key, self.path) if key.style == "" else key.text
        if not isinstance(name, str) or isinstance(name, Timestamp):
            raise SealkitError(
                f"{self.path}:{key.line}: the key {key.text or 'null'} is not text for sops",
                hint=f'quote it: "{key.text}":',
            )
        if key.text in keys:
            raise SealkitError(
                f"{self.path}:{key.line}: duplicate key {key.text!r} in a mapping", hint="remove one of the two"
            )
        keys.add(key.text)
        if key.text == "<<" and key.style == "":
            sources = child.items if isinstance(child, SequenceNode) else [child]
            if not all(isinstance(source, MappingNode) for source in sources):
                raise SealkitError(f"{self.path}:{key.line}: << merges mappings only", hint='quote it: "<<":')

    def _add_leaf(self, node: ScalarNode, route: Route, position: ItemPosition, *, comment: bool = False) -> None:
        value = node.text if node.style and node.tag is None else typed(node, self.path)
        sealed = ciphertext_type(value) != ""
        self.positions.append(position)
        self.items.append(Item(route, value, node.start, node.end, node.line, self.document, comment, sealed))

    def _add_comments(self, comments: Sequence[Comment], route: Route) -> None:
        for start, end, line, seen in comments:
            if not seen:
                self.dropped_comments.add(len(self.items))
            text = self.text[start:end]
            sealed = ciphertext_type(text) != ""
            self.positions.append(ItemPosition(None))
            self.items.append(Item(route, text, start, end, line, self.document, True, sealed))

    def _comments_of(self, node: Node, alias: Node | None) -> NodeComments | None:
        """The comments of a node. Those of a node within an alias belong to the anchor."""
        return None if self.comments is None or alias is not None else self.comments.of(node)


def typed(node: ScalarNode, path: str) -> Scalar:
    """The value of a scalar as sops reads it. Raises SealkitError for a number beyond 64 bits, and for a tag that does not fit
    the value: sops would silently replace it by null."""
    if node.tag is None:
        value = node.value(Dialect.SOPS)
        if isinstance(value, int) and value > _LARGEST:
            raise SealkitError(
                f"{path}:{node.line}: the number does not fit in 64 bits, which sops requires", hint="quote it, as text"
            )
        return value
    short = node.tag.removeprefix(_TAG)
    if short == "binary":
        try:
            return base64.b64decode("".join(node.text.split()), validate=True).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            raise SealkitError(
                f"{path}:{node.line}: the value tagged !!binary is not base64", hint="fix the value, or remove its tag"
            ) from None
    if short not in _TYPES:
        return node.text
    value = resolve(node.text, Dialect.SOPS)
    if not isinstance(value, _TYPES[short]) or (isinstance(value, bool) and short != "bool"):
        raise SealkitError(
            f"{path}:{node.line}: the value does not have the type of its tag !!{short}",
            hint="fix the value or the tag",
        )
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise SealkitError(f"{path}:{node.line}: the number does not fit in 64 bits, which sops requires")
    return float(value) if short == "float" and isinstance(value, int) else value
