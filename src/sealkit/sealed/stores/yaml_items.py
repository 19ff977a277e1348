"""The leaves and comments of YAML documents in the order in which sops walks them, typed as go-yaml v3 types them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.sealed.stores.parsed import Item, sealed_kind
from sealkit.sealed.stores.yaml_comment_types import Remark, forgotten
from sealkit.sealed.stores.yaml_comments import Notes, Remarks
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, resolve

_TAG = "tag:yaml.org,2002:"
_TYPES: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "bool": (bool,), "null": (type(None),), "timestamp": (Timestamp,)
}  # fmt: skip
_LARGEST = 2**63 - 1


class Place(NamedTuple):
    """Where the scalar of an item hangs, for a write. `key` is None in a list; `alias` is the whole alias that it is part of."""

    node: ScalarNode | None
    key: ScalarNode | None = None
    flow: bool = False
    alias: Node | None = None
    only_comments: bool = False
    """Whether it is the last of a list that holds nothing but sealed comments."""


@dataclass(slots=True)
class YamlTree:
    """What a write needs: the documents, where each item hangs, and the `sops` key of each document that has one."""

    documents: list[Document]
    places: list[Place]
    blocks: dict[int, tuple[ScalarNode, Node]]


@dataclass(slots=True)
class Walk:
    """Collects the items of one file."""

    text: str
    path: str
    remarks: Remarks | None
    items: list[Item] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    empty: list[tuple[int, int, Route]] = field(default_factory=list)
    unseen: set[int] = field(default_factory=set)
    document: int = 0
    blocks: Sequence[ScalarNode] = ()

    def read(self, document: Document, blocks: Sequence[ScalarNode]) -> None:
        """The items of one document; the values of the keys `blocks` are left out. Raises SealkitError."""
        self.document, self.blocks = document.index, blocks
        root = document.root
        if isinstance(root, MappingNode):
            self._mapping(root, Route(), root.flow, None)
        elif isinstance(root, SequenceNode) or (root is not None and typed(root, self.path) is not None):
            raise SealkitError(
                f"{self.path}:{root.line}: a document must be a mapping for sops", hint="put it under a key: items: …"
            )
        if self.remarks is not None and document.index < len(self.remarks.documents):
            self._comments(self.remarks.documents[document.index], Route())

    def _mapping(
        self, node: MappingNode, route: Route, flow: bool, alias: Node | None, *, in_list: bool = False
    ) -> None:
        notes = self._notes(node, alias)
        gaps = self._around(node) if self.remarks is not None and alias is None else None
        if not node.items:
            self.empty.append((len(self.items), self.document, route))
        if notes is not None:
            self._comments(notes.inner if in_list else [*notes.head, *notes.line, *notes.inner], route)
        seen: set[str] = set()
        for number, (key, child) in enumerate(node.items):
            self._key(key, child, seen)
            if gaps is not None:
                self._comments(gaps[number][0], route)
            within, below = alias or (child if child.alias else None), route / key.text
            if route.steps == () and any(key is block for block in self.blocks):
                pass
            elif isinstance(child, ScalarNode):
                self._leaf(child, below, Place(child, key, flow, within))
            elif isinstance(child, MappingNode):
                self._alias_notes(child, below, alias)
                self._mapping(child, below, flow or child.flow, within)
            else:
                self._alias_notes(child, below, alias)
                self._sequence(child, below, flow or child.flow, within)
            if gaps is not None:
                self._comments(gaps[number][1], route)
        if notes is not None:
            self._comments(notes.foot if not route.steps and node.flow else notes.last, route)

    def _sequence(
        self, node: SequenceNode, route: Route, flow: bool, alias: Node | None, *, in_list: bool = False
    ) -> None:
        own = self._notes(node, alias)
        if own is not None:
            self._comments(own.inner if in_list else [*own.head, *own.line, *own.inner], route)
        at = 0
        for number, child in enumerate(node.items):
            notes, within, below = self._notes(child, alias), alias or (child if child.alias else None), route / at
            if notes is not None:
                self._comments([*notes.head, *notes.line], route)
            if isinstance(child, ScalarNode) and sealed_kind(child.text) == "comment":
                only = not at and number == len(node.items) - 1
                self._leaf(child, route, Place(child, None, flow, within, only), comment=True)
            else:
                at += 1
                if isinstance(child, ScalarNode):
                    self._leaf(child, below, Place(child, None, flow, within))
                elif isinstance(child, MappingNode):
                    self._mapping(child, below, flow or child.flow, within, in_list=True)
                else:
                    self._sequence(child, below, flow or child.flow, within, in_list=True)
            if notes is not None and not (isinstance(child, MappingNode) and child.items and not child.flow):
                self._comments(notes.foot, route)
        if not at:
            self.empty.append((len(self.items), self.document, route))
        if own is not None:
            self._comments(own.last, route)

    def _alias_notes(self, node: Node, route: Route, alias: Node | None) -> None:
        """The comments of an alias for a list or mapping: they will be of what is written out in its place."""
        if node.alias and (notes := self._notes(node, alias)) is not None:
            self._comments([*notes.head, *notes.line], route)

    def _key(self, key: ScalarNode, child: Node, seen: set[str]) -> None:
        """Refuse what sops refuses: keys that are no text or stand twice, and a merge with what is no mapping."""
        if key.style == "" and not isinstance(typed(key, self.path), str):
            raise SealkitError(
                f"{self.path}:{key.line}: the key {key.text or 'null'} is no text for sops",
                hint=f'quote it: "{key.text}":',
            )
        if key.text in seen:
            raise SealkitError(
                f"{self.path}:{key.line}: the key {key.text!r} stands twice in one mapping", hint="keep one of the two"
            )
        seen.add(key.text)
        if key.text == "<<" and key.style == "":
            sources = child.items if isinstance(child, SequenceNode) else [child]
            if not all(isinstance(source, MappingNode) for source in sources):
                raise SealkitError(f"{self.path}:{key.line}: << merges mappings only", hint='quote it: "<<":')

    def _leaf(self, node: ScalarNode, route: Route, place: Place, *, comment: bool = False) -> None:
        value = node.text if node.style and node.tag is None else typed(node, self.path)
        sealed = sealed_kind(value) != ""
        self.places.append(place)
        self.items.append(Item(route, value, node.start, node.end, node.line, self.document, comment, sealed))

    def _comments(self, remarks: Sequence[Remark], route: Route) -> None:
        for start, end, line, seen in remarks:
            if not seen:
                self.unseen.add(len(self.items))
            text = self.text[start:end]
            sealed = sealed_kind(text) != ""
            self.places.append(Place(None))
            self.items.append(Item(route, text, start, end, line, self.document, True, sealed))

    def _notes(self, node: Node, alias: Node | None) -> Notes | None:
        """The comments of a node; those within an alias stand elsewhere."""
        if self.remarks is None or alias is not None:
            return None
        if isinstance(node, ScalarNode) or node.alias:
            return self.remarks.scalars.get(node.start)
        return self.remarks.collections.get(node.start)

    def _around(self, node: MappingNode) -> list[tuple[list[Remark], list[Remark]]]:
        """The comments before and after each pair of a mapping, as sops orders them. What ends at a key of a block, further
        left than the value before it, ends that value, and takes the place of what did."""
        around: list[tuple[list[Remark], list[Remark]]] = []
        feet: list[list[Remark]] = []
        for key, child in node.items:
            before: list[Remark] = []
            after: list[Remark] = []
            around.append((before, after))
            foot: list[Remark] = []
            if (of_key := self._notes(key, None)) is not None:
                before += [*of_key.head, *of_key.line]
                if feet and not node.flow and of_key.foot:
                    feet[-1][:] = [*forgotten(feet[-1]), *of_key.foot]
                else:
                    foot += of_key.foot
            if (notes := self._notes(child, None)) is not None:
                if isinstance(child, ScalarNode):
                    before += [*notes.head, *notes.line]
                if not (isinstance(child, MappingNode) and child.items and not child.flow):
                    scalar = isinstance(child, ScalarNode) or child.alias
                    (foot if not foot else after if scalar else notes.last).extend(notes.foot)
            feet.append(foot)
        own = self._notes(node, None)
        if own is not None and feet and not node.flow and own.foot:
            feet[-1][:] = [*forgotten(feet[-1]), *own.foot]
        return [(before, [*after, *foot]) for (before, after), foot in zip(around, feet, strict=True)]


def typed(node: ScalarNode, path: str) -> Scalar:
    """The value of a scalar as sops has it. Raises SealkitError for a number beyond 64 bits and a tag that does not fit: sops
    would silently make null of it."""
    if node.tag is None:
        value = node.value(Dialect.SOPS)
        if isinstance(value, int) and value > _LARGEST:
            raise SealkitError(
                f"{path}:{node.line}: a number larger than 64 bits, which sops refuses",
                hint="write it in quotes, as text",
            )
        return value
    short = node.tag.removeprefix(_TAG)
    if short == "binary":
        try:
            return base64.b64decode("".join(node.text.split()), validate=True).decode("utf-8", "surrogateescape")
        except (binascii.Error, ValueError):
            raise SealkitError(
                f"{path}:{node.line}: not base64 under its tag !!binary", hint="mend the value"
            ) from None
    if short not in _TYPES:
        return node.text
    value = resolve(node.text, Dialect.SOPS)
    if not isinstance(value, _TYPES[short]) or (isinstance(value, bool) and short != "bool"):
        raise SealkitError(
            f"{path}:{node.line}: not of the type its tag !!{short} says", hint="mend the value, or its tag"
        )
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise SealkitError(f"{path}:{node.line}: a number larger than 64 bits, which sops refuses")
    return float(value) if short == "float" and isinstance(value, int) else value
