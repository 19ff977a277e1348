"""Writing into a YAML text by span: new values for some items, another `sops` block or none."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import yaml_sops_block
from sealkit.sealed.stores.parsed import Item, Parsed, changed, sealed_kind
from sealkit.sealed.stores.yaml_items import Place, YamlTree
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.nodes import Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Scalar, Timestamp

_SURROGATE = re.compile("[\ud800-\udfff]")
_HEADER = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#[^\r\n]*)?")
_JOINT = re.compile(r"[ \t]*:[ \t]+\Z")
_REMARK = re.compile(r"\s*#")
_REST = re.compile(r"[ \t]*(?:\r?\n|\Z)")


def write(parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
    """See `Store.write`."""
    tree = parsed.tree
    assert isinstance(tree, YamlTree)
    edits = list(_Values(parsed, tree, changed(parsed, values)).edits())
    if metadata != parsed.metadata or (metadata is not None and len(tree.blocks) < len(tree.documents)):
        edits += yaml_sops_block.edits(parsed.text, tree, metadata, {edit.start for edit in edits})
    written = apply_edits(parsed.text, edits)
    if metadata is not None and not tree.documents:
        if written.strip():
            raise SealkitError(f"{parsed.path}: holds comments alone, which sops refuses", hint="give it a key")
        written += yaml_sops_block.alone(metadata, written)
    return written


class _Values:
    """The edits that put values in place."""

    def __init__(self, parsed: Parsed, tree: YamlTree, changed: Mapping[int, Scalar]) -> None:
        self.parsed, self.text, self.changed = parsed, parsed.text, changed
        self.places = tree.places
        self.unit = yaml_sops_block.unit(tree)
        self.eol = yaml_sops_block.eol(parsed.text)

    def edits(self) -> Iterator[Edit]:
        """Aliases are written out in every document where anything changes: the copies have other ciphertexts."""
        touched = {self.parsed.items[index].document for index in self.changed}
        expanded: dict[int, list[int]] = {}
        for index, (item, place) in enumerate(zip(self.parsed.items, self.places, strict=True)):
            if place.alias is not None and item.document in touched:
                expanded.setdefault(item.start, []).append(index)
            elif index in self.changed:
                yield from self._item(index, item, place)
        for indexes in expanded.values():
            place, item = self.places[indexes[0]], self.parsed.items[indexes[0]]
            if isinstance(place.alias, ScalarNode):
                yield from self._scalar(item, place, self.changed.get(indexes[0], item.value))
            else:
                assert place.alias is not None
                yield Edit(item.start, item.end, self._flow(place.alias, iter(indexes)))

    def _item(self, index: int, item: Item, place: Place) -> Iterator[Edit]:
        value = self.changed[index]
        if not item.comment:
            yield from self._scalar(item, place, value)
            return
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise SealkitError(
                f"{self.parsed.path}:{item.line}: a comment of several lines", hint="take the comment out"
            )
        if place.node is None or sealed_kind(value):
            yield Edit(item.start, item.end, value)
            return
        # a sealed comment that sops wrote as an item of a list becomes a comment again
        dash = len(self.text[: item.start].rstrip(" \t")) - 1
        if self.text[dash : dash + 1] != "-" or place.flow:
            raise SealkitError(f"{self.parsed.path}:{item.line}: a sealed comment where no comment can stand")
        empty = f"{self.eol}{' ' * self._column(dash)}[]" if place.only_comments else ""
        yield Edit(dash, item.end, f"#{value}{empty}")

    def _scalar(self, item: Item, place: Place, value: Scalar) -> Iterator[Edit]:
        start, end, text = item.start, item.end, self.text
        if start == end:
            yield Edit(start, end, self._into_nothing(start, place, item, scalar(value, flow=place.flow)))
            return
        header = None
        if place.node is not None and place.node.style in {"|", ">"} and not place.node.alias:
            end = start + len(text[start:end].rstrip())
            header = _HEADER.search(text, start, end)
        if header is not None and header["comment"]:
            # the comment behind the sign of a block scalar stays where it is
            yield Edit(start, header.start("comment"), scalar(value))
            yield Edit(header.end(), end, "")
            return
        indent = self._indent(start, end, place) if isinstance(value, str) and "\n" in value else None
        yield Edit(start, end, scalar(value, flow=place.flow, indent=indent).replace("\n", self.eol))

    def _into_nothing(self, at: int, place: Place, item: Item, source: str) -> str:
        """A value where the text has none: behind the colon or dash, which keeps its space."""
        before = self.text[:at].rstrip(" \t")[-1:]
        if before in {":", "-"}:
            return f" {source}"
        if place.flow and place.key is not None and before not in {":", "?"}:
            return f": {source}"
        raise SealkitError(f"{self.parsed.path}:{item.line}: no place for a value", hint="write the key as: key: value")

    def _indent(self, start: int, end: int, place: Place) -> int | None:
        """The column for a literal block, or None where none can stand."""
        column = None if place.flow or not _REST.match(self.text, end) else self._inner(start, place)
        remark = _REMARK.match(self.text, end)
        # a comment below that stands as deep would become part of the block
        return None if column is None or (remark and self._column(remark.end()) > column) else column

    def _inner(self, start: int, place: Place) -> int | None:
        if place.key is None:
            dash = len(self.text[:start].rstrip(" \t")) - 1
            return self._column(dash) + 2 if self.text[dash : dash + 1] == "-" else None
        if not _JOINT.match(self.text[place.key.end : start]):
            return None
        column = self._column(place.key.start)
        line = self.text[place.key.start - column : place.key.start]
        return column + (2 if line.strip() else self.unit)

    def _column(self, at: int) -> int:
        return at - (self.text.rfind("\n", 0, at) + 1)

    def _flow(self, node: Node, indexes: Iterator[int]) -> str:
        """What an alias stands for, in braces and brackets; its scalars are the next of the items."""
        if isinstance(node, ScalarNode):
            index = next(indexes)
            return scalar(self.changed.get(index, self.parsed.items[index].value), flow=True)
        if isinstance(node, SequenceNode):
            return f"[{', '.join(self._flow(child, indexes) for child in node.items)}]"
        pairs = (f"{yaml_scalar(key.text, flow=True)}: {self._flow(child, indexes)}" for key, child in node.items)
        return "{" + ", ".join(pairs) + "}"


def scalar(value: Scalar, *, flow: bool = False, indent: int | None = None) -> str:
    """YAML source that go-yaml v3 types back to this value."""
    if isinstance(value, Timestamp):
        return str(value)
    if not isinstance(value, str):
        return yaml_scalar(value)
    if sealed_kind(value):
        return f'"{value}"' if flow else value
    if _SURROGATE.search(value):
        return f'!!binary "{base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")}"'
    # what would need a block that keeps all line breaks could swallow blank lines behind it
    return yaml_scalar(value, flow=flow, indent=None if value.endswith("\n\n") else indent)
