"""The `sops` block in formats that only know names and texts: `age__list_0__map_enc`.

Source: sops `stores/flatten.go`, held against the program in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.sops_block import Tree
from sealkit.yamlspan.scalars import Scalar

_FLAT = re.compile(r"__(map|list)_")
_DEEPEST = 8


def flattened(metadata: Metadata) -> dict[str, str]:
    """The pairs of a flattened block, sorted as sops does where the block has no order of its own."""
    said = sops_block.fields(metadata)
    names = sops_block.ordered(said, metadata.order) if metadata.order else sorted(said)
    return {key: text for name in names for key, text in sorted(flatten({name: sops_block.nested(name, said[name])}))}


def plain_text(value: Scalar) -> str:
    """A value as the formats that know only text have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def flatten(tree: Tree, prefix: str = "") -> list[tuple[str, str]]:
    """A nested block as dotenv and ini hold it: `age__list_0__map_enc`, texts with their line breaks."""
    if isinstance(tree, Mapping):
        joint = f"{prefix}__map_" if prefix else ""
        return [pair for key, child in tree.items() for pair in flatten(child, f"{joint}{key}")]
    if isinstance(tree, list):
        return [pair for index, child in enumerate(tree) for pair in flatten(child, f"{prefix}__list_{index}")]
    return [(prefix, ("true" if tree else "false") if isinstance(tree, bool) else str(tree))]


def unflatten(pairs: Iterable[tuple[str, str]], path: str) -> dict[str, Tree]:
    """The nested form of flattened pairs. Raises SealkitError for two that contradict each other, or a list with gaps."""
    root: dict[str | int, Any] = {}
    for key, value in pairs:
        first, *rest = _FLAT.split(key)
        if len(rest) > 2 * _DEEPEST:
            raise sops_block.broken(path, first)
        steps: list[str | int] = [first]
        for kind, name in zip(rest[::2], rest[1::2], strict=True):
            if kind == "list" and not (name.isascii() and name.isdigit() and len(name) < 6):
                raise sops_block.broken(path, first)
            steps.append(int(name) if kind == "list" else name)
        node = root
        for step in steps[:-1]:
            node = node.setdefault(step, {})
            if not isinstance(node, dict):
                raise sops_block.broken(path, first)
        if steps[-1] in node:
            raise sops_block.broken(path, first)
        node[steps[-1]] = value
    return {str(key): _listed(child, path, str(key)) for key, child in root.items()}


def _listed(node: Any, path: str, name: str) -> Tree:
    """Mappings of indexes as lists."""
    if not isinstance(node, dict):
        return node
    indexes = [key for key in node if isinstance(key, int)]
    if not indexes:
        return {key: _listed(child, path, name) for key, child in node.items()}
    if sorted(node, key=str) != sorted(range(len(node)), key=str):
        raise sops_block.broken(path, name)
    return [_listed(node[index], path, name) for index in range(len(node))]
