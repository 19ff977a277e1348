"""Writes into a YAML text by span: new values of some items, and a new `sops` block or none."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import yaml_sops_block
from sealkit.sealed.stores.parsed import Item, Parsed, changed_values, ciphertext_type, line_break
from sealkit.sealed.stores.yaml_items import ItemPosition, YamlTree
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.node_ends import column
from sealkit.yamlspan.nodes import Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Scalar, Timestamp

_SURROGATE = re.compile("[\ud800-\udfff]")
_BLOCK_HEADER = re.compile(r"[|>][-+0-9]*(?P<comment>[ \t]+#[^\r\n]*)?")
_COLON = re.compile(r"[ \t]*:[ \t]+\Z")
_COMMENT_BELOW = re.compile(r"\s*#")
_REST = re.compile(r"[ \t]*(?:\r?\n|\Z)")


def write(parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
    """See `Store.write`."""
    tree = parsed.tree
    assert isinstance(tree, YamlTree)
    edits = list(_ValueEdits(parsed, tree, changed_values(parsed, values)).edits())
    if metadata != parsed.metadata or (metadata is not None and len(tree.blocks) < len(tree.documents)):
        edits += yaml_sops_block.edits(parsed.text, tree, metadata, {edit.start for edit in edits})
    written = apply_edits(parsed.text, edits)
    if metadata is not None and not tree.documents:
        if written.strip():
            raise SealkitError(f"{parsed.path}: contains only comments, which sops refuses", hint="add a key")
        written += yaml_sops_block.block_alone(metadata, written)
    return written


class _ValueEdits:
    """The edits that write new values."""

    def __init__(self, parsed: Parsed, tree: YamlTree, changed: Mapping[int, Scalar]) -> None:
        self.parsed, self.text, self.changed = parsed, parsed.text, changed
        self.positions = tree.positions
        self.indent_step = yaml_sops_block.indent_step(tree)
        self.line_break = line_break(parsed.text)

    def edits(self) -> Iterator[Edit]:
        """Yields the edits. In a document with a change, copies replace all aliases, because each copy has its own ciphertext."""
        changed_documents = {self.parsed.items[index].document for index in self.changed}
        alias_items: dict[int, list[int]] = {}
        for index, (item, position) in enumerate(zip(self.parsed.items, self.positions, strict=True)):
            if position.alias is not None and item.document in changed_documents:
                alias_items.setdefault(item.start, []).append(index)
            elif index in self.changed:
                yield from self._item_edits(index, item, position)
        for indexes in alias_items.values():
            position, item = self.positions[indexes[0]], self.parsed.items[indexes[0]]
            if isinstance(position.alias, ScalarNode):
                yield from self._scalar_edits(item, position, self.changed.get(indexes[0], item.value))
            else:
                assert position.alias is not None
                yield Edit(item.start, item.end, self._flow_copy(position.alias, iter(indexes)))

    def _item_edits(self, index: int, item: Item, position: ItemPosition) -> Iterator[Edit]:
        value = self.changed[index]
        if not item.comment:
            yield from self._scalar_edits(item, position, value)
            return
        if not isinstance(value, str) or "\n" in value or "\r" in value:
            raise SealkitError(
                f"{self.parsed.path}:{item.line}: a comment cannot have several lines", hint="remove the comment"
            )
        if position.node is None or ciphertext_type(value):
            yield Edit(item.start, item.end, value)
            return
        # a sealed comment that sops wrote as a list item becomes a comment again
        dash = len(self.text[: item.start].rstrip(" \t")) - 1
        if self.text[dash : dash + 1] != "-" or position.flow:
            raise SealkitError(
                f"{self.parsed.path}:{item.line}: a sealed comment at a place where YAML allows no comment"
            )
        empty = f"{self.line_break}{' ' * column(self.text, dash)}[]" if position.only_comments else ""
        yield Edit(dash, item.end, f"#{value}{empty}")

    def _scalar_edits(self, item: Item, position: ItemPosition, value: Scalar) -> Iterator[Edit]:
        start, end, text = item.start, item.end, self.text
        if start == end:
            yield Edit(start, end, self._with_separator(start, position, item, scalar(value, flow=position.flow)))
            return
        header = None
        if position.node is not None and position.node.style in {"|", ">"} and not position.node.alias:
            end = start + len(text[start:end].rstrip())
            header = _BLOCK_HEADER.search(text, start, end)
        if header is not None and header["comment"]:
            # the comment in the header of a block scalar stays in its place
            yield Edit(start, header.start("comment"), scalar(value))
            yield Edit(header.end(), end, "")
            return
        indent = self._literal_block_indent(start, end, position) if isinstance(value, str) and "\n" in value else None
        yield Edit(start, end, scalar(value, flow=position.flow, indent=indent).replace("\n", self.line_break))

    def _with_separator(self, at: int, position: ItemPosition, item: Item, source: str) -> str:
        """A value for a key or list item that has none yet, with the space or colon that must precede it."""
        before = self.text[:at].rstrip(" \t")[-1:]
        if before in {":", "-"}:
            return f" {source}"
        if position.flow and position.key is not None and before not in {":", "?"}:
            return f": {source}"
        raise SealkitError(
            f"{self.parsed.path}:{item.line}: cannot write a value here", hint="write the key as: key: value"
        )

    def _literal_block_indent(self, start: int, end: int, position: ItemPosition) -> int | None:
        """The column for the lines of a literal block, or None if the place allows no literal block."""
        indent = None if position.flow or not _REST.match(self.text, end) else self._block_column(start, position)
        comment = _COMMENT_BELOW.match(self.text, end)
        # a comment below with a larger indent would become part of the block
        return None if indent is None or (comment and column(self.text, comment.end()) > indent) else indent

    def _block_column(self, start: int, position: ItemPosition) -> int | None:
        if position.key is None:
            dash = len(self.text[:start].rstrip(" \t")) - 1
            return column(self.text, dash) + 2 if self.text[dash : dash + 1] == "-" else None
        if not _COLON.match(self.text[position.key.end : start]):
            return None
        key_column = column(self.text, position.key.start)
        before_key = self.text[position.key.start - key_column : position.key.start]
        return key_column + (2 if before_key.strip() else self.indent_step)

    def _flow_copy(self, node: Node, indexes: Iterator[int]) -> str:
        """The node of an alias in flow style. `indexes` gives the item of each scalar in turn."""
        if isinstance(node, ScalarNode):
            index = next(indexes)
            return scalar(self.changed.get(index, self.parsed.items[index].value), flow=True)
        if isinstance(node, SequenceNode):
            return f"[{', '.join(self._flow_copy(child, indexes) for child in node.items)}]"
        pairs = (f"{yaml_scalar(key.text, flow=True)}: {self._flow_copy(child, indexes)}" for key, child in node.items)
        return "{" + ", ".join(pairs) + "}"


def scalar(value: Scalar, *, flow: bool = False, indent: int | None = None) -> str:
    """YAML source that go-yaml v3 reads as this value, with its type."""
    if isinstance(value, Timestamp):
        return str(value)
    if not isinstance(value, str):
        return yaml_scalar(value)
    if ciphertext_type(value):
        return f'"{value}"' if flow else value
    if _SURROGATE.search(value):
        return f'!!binary "{base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")}"'
    # a block that keeps trailing line breaks would also keep blank lines that follow it
    return yaml_scalar(value, flow=flow, indent=None if value.endswith("\n\n") else indent)
