"""The documents of a decrypted file as dicts, lists and leaves, to be merged and rendered.

The structure comes from the text, the leaves from the decrypted values, by document and route. Comments and the `sops` block are
left out. dotenv, ini and binary files become mappings of their names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sealkit.errors import SealkitError
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Body, Leaf, Tree, nested
from sealkit.sealed.stores.parsed import Parsed, ciphertext_type
from sealkit.sealed.stores.yaml_items import YamlTree
from sealkit.yamlspan.nodes import Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar, Value

_Leaves = Mapping[Route, Leaf]


def build(parsed: Parsed, values: Sequence[Sensitive | Scalar]) -> list[Tree]:
    """One tree per document that is not empty; `values` are those of `parsed.items`. Raises SealkitError for a duplicate key."""
    leaves: dict[int, dict[Route, Leaf]] = {}
    for item, value in zip(parsed.items, values, strict=True):
        if not item.comment:
            leaves.setdefault(item.document, {})[item.route] = value
    if isinstance(parsed.tree, YamlTree):
        return [
            _node(document.root, Route(), leaves.get(document.index, {}), parsed.path)
            for document in parsed.tree.documents
            if document.root is not None
        ]
    if parsed.format == "json":
        shape = json.loads(parsed.text, object_pairs_hook=lambda pairs: _pairs(pairs, parsed.path))
        return [_shaped(shape, Route(), leaves.get(0, {}), parsed.path)]
    # one level of names for dotenv and binary, two for ini
    return [nested((route.keys, value) for route, value in leaves.get(0, {}).items())]


def _node(node: Node, route: Route, leaves: _Leaves, path: str) -> Tree:
    if isinstance(node, ScalarNode):
        return _leaf(route, leaves, path)
    if isinstance(node, SequenceNode):
        # in a list, sops writes a sealed comment as an item
        items = [
            item
            for item in node.items
            if not (isinstance(item, ScalarNode) and ciphertext_type(item.text) == "comment")
        ]
        return [_node(item, route / index, leaves, path) for index, item in enumerate(items)]
    result: Body = {}
    merged: Body = {}
    for key, child in node.items:
        if not route.steps and key.text == "sops":
            continue
        if key.text in result:
            raise SealkitError(f"{path}:{key.line}: duplicate key {key.text!r}", hint="remove one of the two")
        value = _node(child, route / key.text, leaves, path)
        if key.text == "<<" and key.style == "" and not isinstance(child, ScalarNode):
            for source in value if isinstance(value, list) else [value]:
                merged = {**source, **merged} if isinstance(source, dict) else merged
        else:
            result[key.text] = value
    return {**merged, **result}


def _pairs(pairs: Sequence[tuple[str, Value]], path: str) -> dict[str, Value]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SealkitError(f"{path}: duplicate key {twice!r}", hint="remove one of the two")
    return result


def _shaped(shape: Value, route: Route, leaves: _Leaves, path: str) -> Tree:
    if isinstance(shape, Mapping):
        return {
            key: _shaped(child, route / key, leaves, path)
            for key, child in shape.items()
            if route.steps or key != "sops"
        }
    if isinstance(shape, list):
        return [_shaped(child, route / index, leaves, path) for index, child in enumerate(shape)]
    return _leaf(route, leaves, path)


def _leaf(route: Route, leaves: _Leaves, path: str) -> Leaf:
    if route not in leaves and route.steps:
        raise SealkitError(f"{path} {route}: cannot be matched with a decrypted value", hint="simplify the YAML there")
    return leaves.get(route)  # a document that has only comments is null
