"""YAML files: every document one mapping, the `sops` block as a key of each, read from the first."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block, yaml_sops_block, yaml_write
from sealkit.sealed.stores.parsed import Parsed, collector_paused
from sealkit.sealed.stores.yaml_comments import attach
from sealkit.sealed.stores.yaml_items import Walk, YamlTree
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.scalars import Dialect, Scalar

KEY = "sops"


class YamlStore:
    """A `sealed.store.Store`."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with collector_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        try:
            documents = parse(text, path)
            found = {document.index: pair for document in documents if (pair := _block(document, path)) is not None}
            if found and 0 not in found:
                raise SealkitError(
                    f"{path}: a sops block in document {min(found) + 1} but not in the first, where sops reads it",
                    hint=f"restore it: git log -p -- {path}",
                )
            if found:
                _no_other(documents, found, path)
            metadata = sops_block.read(_tree(found[0][1], path), path) if found else None
            remarks = None
            if "#" in text:
                remarks = attach(_ended(text), [document.index not in found for document in documents])
            walk = Walk(text, path, remarks)
            for document in documents:
                walk.read(document, [found[document.index][0]] if document.index in found else [])
        except RecursionError:
            raise SealkitError(f"{path}: nested too deeply") from None
        tree = YamlTree(documents, walk.places, found)
        return Parsed(walk.items, metadata, text, path, "yaml", walk.empty, walk.unseen, tree)

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        return yaml_write.write(parsed, values, metadata)


def _block(document: Document, path: str) -> tuple[ScalarNode, Node] | None:
    """The key of the `sops` block of a document, and what stands under it."""
    if not isinstance(document.root, MappingNode):
        return None
    for key, child in document.root.items:
        if key.text == KEY and isinstance(child, MappingNode) and sops_block.is_block(_tree(child, path)):
            return key, child
    return None


def _ended(text: str) -> str:
    """The text with a last line that ends, if it is a comment: so it will stand before a `sops` key."""
    last = text[text.rfind("\n") + 1 :]
    return text + yaml_sops_block.eol(text) if last.lstrip(" \t").startswith("#") else text


def _no_other(documents: Sequence[Document], found: Container[int], path: str) -> None:
    """Refuse a document of a sealed file in which something else stands under `sops`: sops drops it without a word."""
    for document in documents:
        key = None
        if document.index not in found and isinstance(document.root, MappingNode):
            key = next((key for key, _ in document.root.items if key.text == KEY), None)
        if key is not None:
            raise SealkitError(
                f"{path}:{key.line}: a top-level key sops that is no sops block", hint="give it another name"
            )


def _tree(node: Node, path: str) -> sops_block.Tree:
    return plain(node, Dialect.SOPS, path)
