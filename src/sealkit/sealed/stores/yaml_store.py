"""YAML files: each document is a mapping with the `sops` block as one of its keys. sops reads the block of the first document.

The modules for comments and for writing are imported when first needed: without them, reading a file starts 10 ms sooner.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import Parsed, gc_paused, line_break
from sealkit.sealed.stores.yaml_items import ItemReader, YamlTree, typed
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode, plain_mapping
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect, Scalar, Value

FOREIGN_DIRECTIVE = re.compile(r"^%YAML[ \t](?![ \t]*1\.1[ \t\r]*(?:#.*)?$)", re.MULTILINE)
"""A directive for another version of YAML, which go-yaml refuses."""


class YamlStore:
    """The `Store` of YAML files."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        try:
            with gc_paused():
                return _parse(text, path)
        except RecursionError:
            raise SealkitError(f"{path}: nested too deeply") from None

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        from sealkit.sealed.stores import yaml_write

        return yaml_write.write(parsed, values, metadata)


def _parse(text: str, path: str) -> Parsed:
    documents = parse(text, path)
    blocks = {document.index: pair for document in documents if (pair := _block(document, path)) is not None}
    if blocks and 0 not in blocks:
        raise SealkitError(
            f"{path}: document {min(blocks) + 1} has a sops block but the first document, where sops reads it, has none",
            hint=f"restore it: git log -p -- {path}",
        )
    if blocks:
        _check_other_sops_keys(documents, blocks, path)
        _check_block_keys(blocks[0][1], path)
        if (directive := FOREIGN_DIRECTIVE.search(text)) is not None:
            raise foreign_directive(text, directive, path)
    metadata = sops_block.read(_tree(blocks[0][1], path), path, sops_block.Source.YAML) if blocks else None
    comments = None
    if "#" in text:
        from sealkit.sealed.stores.yaml_comments import attach_comments

        comments = attach_comments(
            _with_last_line_ended(text), [document.index not in blocks for document in documents]
        )
    reader = ItemReader(text, path, comments)
    for document in documents:
        reader.read(document, blocks[document.index][0] if document.index in blocks else None)
    tree = YamlTree(documents, reader.positions, blocks)
    return Parsed(reader.items, metadata, text, path, "yaml", reader.empty_collections, reader.dropped_comments, tree)


def _block(document: Document, path: str) -> tuple[ScalarNode, MappingNode] | None:
    """The key and the value of the `sops` block of a document."""
    if not isinstance(document.root, MappingNode):
        return None
    for key, child in document.root.items:
        if key.text == sops_block.KEY and isinstance(child, MappingNode) and sops_block.is_block(_tree(child, path)):
            return key, child
    return None


def _check_other_sops_keys(documents: Sequence[Document], sealed: Container[int], path: str) -> None:
    """Refuse a document of a sealed file whose key `sops` is not a block: sops silently drops the key."""
    for document in documents:
        key = None
        if document.index not in sealed and isinstance(document.root, MappingNode):
            key = next((key for key, _ in document.root.items if key.text == sops_block.KEY), None)
        if key is not None:
            raise SealkitError(
                f"{path}:{key.line}: the top-level key sops is not a sops block", hint="give it another name"
            )


def _check_block_keys(node: Node, path: str) -> None:
    """Refuse keys in the block that are not text, and merge keys, which sops 3.13 does not read."""
    if isinstance(node, ScalarNode):
        return
    for child in node.items if isinstance(node, SequenceNode) else [child for _, child in node.items]:
        _check_block_keys(child, path)
    for key, _ in node.items if isinstance(node, MappingNode) else []:
        if key.style == "" and (key.text == "<<" or type(typed(key, path)) is not str):
            raise SealkitError(
                f"{path}:{key.line}: the sops block has the key {key.text}", hint=f"restore it: git log -p -- {path}"
            )


def foreign_directive(text: str, found: re.Match[str], path: str) -> SealkitError:
    """The error for a directive that `FOREIGN_DIRECTIVE` found."""
    line = text.count("\n", 0, found.start()) + 1
    return SealkitError(f"{path}:{line}: a %YAML directive other than 1.1, which sops refuses", hint="take it out")


def _with_last_line_ended(text: str) -> str:
    """The text with a line break after the last line if that is a comment, because the `sops` key will follow it."""
    last = text[text.rfind("\n") + 1 :]
    return text + line_break(text) if last.lstrip(" \t").startswith("#") else text


def _tree(node: MappingNode, path: str) -> Mapping[str, Value]:
    return plain_mapping(node, Dialect.SOPS, path)
