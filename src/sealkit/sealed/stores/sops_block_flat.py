"""The `sops` block in formats with only names and strings: `age__list_0__map_enc`.

Source: sops `stores/flatten.go`, compared with the program in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.yamlspan.scalars import Scalar, Value

_SEPARATOR = r"__(map|list)_"
_MAX_DEPTH = 8

_Node = str | dict[str | int, "_Node"]
"""A value, or what is below a name or an index."""


def flattened(metadata: Metadata) -> dict[str, str]:
    """The names and values of a flattened block, sorted as sops sorts them unless the block has an order of its own."""
    values = sops_block.fields(metadata)
    names = sops_block.ordered(values, metadata.order) if metadata.order else sorted(values)
    return {key: text for name in names for key, text in sorted(flatten({name: sops_block.nested(name, values[name])}))}


def plain_text(value: Scalar) -> str:
    """A value in a format that has only strings."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def flatten(tree: Value, prefix: str = "") -> list[tuple[str, str]]:
    """The pairs of a nested block in the form of dotenv and INI, line breaks not yet escaped."""
    if isinstance(tree, Mapping):
        lead = f"{prefix}__map_" if prefix else ""
        return [pair for key, child in tree.items() for pair in flatten(child, f"{lead}{key}")]
    if isinstance(tree, list):
        return [pair for index, child in enumerate(tree) for pair in flatten(child, f"{prefix}__list_{index}")]
    return [(prefix, ("true" if tree else "false") if isinstance(tree, bool) else str(tree))]


def unflatten(pairs: Iterable[tuple[str, str]], path: str) -> dict[str, Value]:
    """The nested form of flattened pairs. Raises SealkitError for pairs that contradict each other, and for a list with gaps."""
    root: dict[str | int, _Node] = {}
    for key, value in pairs:
        first, *rest = re.split(_SEPARATOR, key)
        if len(rest) > 2 * _MAX_DEPTH:
            raise sops_block.broken(path, first)
        steps: list[str | int] = [first]
        for kind, name in zip(rest[::2], rest[1::2], strict=True):
            if kind == "list" and not (name.isascii() and name.isdigit() and len(name) < 6):
                raise sops_block.broken(path, first)
            steps.append(int(name) if kind == "list" else name)
        node = root
        for step in steps[:-1]:
            child = node.setdefault(step, {})
            if not isinstance(child, dict):
                raise sops_block.broken(path, first)
            node = child
        if steps[-1] in node:
            raise sops_block.broken(path, first)
        node[steps[-1]] = value
    return {str(key): _with_lists(child, path, str(key)) for key, child in root.items()}


def _with_lists(node: _Node, path: str, name: str) -> Value:
    """The same tree with lists in place of mappings by index."""
    if not isinstance(node, dict):
        return node
    indexes = [key for key in node if isinstance(key, int)]
    if not indexes:
        return {str(key): _with_lists(child, path, name) for key, child in node.items()}
    if sorted(node, key=str) != sorted(range(len(node)), key=str):
        raise sops_block.broken(path, name)
    return [_with_lists(node[index], path, name) for index in range(len(node))]
