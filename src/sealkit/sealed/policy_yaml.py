"""Reads the YAML nodes of `.sops.yaml` with the types that sops expects. Errors name the file and line."""

from __future__ import annotations

from collections.abc import Mapping

from sealkit.errors import UsageError
from sealkit.source.filenames import POLICY
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Dialect


def invalid(node: Node, message: str, hint: str) -> UsageError:
    """The error for a node of the policy."""
    return UsageError(f"{POLICY}:{node.line}: {message}", hint=hint)


def mapping(node: MappingNode) -> dict[str, Node]:
    """The values of a mapping by key, with merge keys (`<<`) applied. Raises UsageError for a duplicate key, as go-yaml does."""
    own: dict[str, Node] = {}
    merged: dict[str, Node] = {}
    for key, child in node.items:
        if key.text == "<<" and key.style == "":
            for source in child.items if isinstance(child, SequenceNode) else [child]:
                if isinstance(source, MappingNode):
                    merged = {**mapping(source), **merged}
            continue
        if key.text in own:
            raise invalid(key, f"duplicate key {key.text}", "remove one of the two")
        own[key.text] = child
    return {**merged, **own}


def sequence(node: Node | None, name: str) -> list[Node]:
    """The items of a list; empty if it is missing or null. Raises UsageError for anything else."""
    if node is None or (isinstance(node, ScalarNode) and node.value(Dialect.SOPS) is None):
        return []
    if not isinstance(node, SequenceNode):
        raise invalid(node, f"{name} must be a list", f"write the items as: - …, below {name}:")
    return node.items


def string(keys: Mapping[str, Node], name: str) -> str:
    """A string field; empty if it is missing or null."""
    node = keys.get(name)
    if node is None:
        return ""
    if not isinstance(node, ScalarNode):
        raise invalid(node, f"{name} must be a string", f"write: {name}: …")
    return "" if node.value(Dialect.SOPS) is None else node.text


def integer(keys: Mapping[str, Node], name: str) -> int:
    """An integer field; 0 if it is missing or null."""
    node = keys.get(name)
    value = node.value(Dialect.SOPS) if isinstance(node, ScalarNode) else node
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        assert node is not None
        raise invalid(node, f"{name} must be a number", f"write: {name}: 2")
    return value


def boolean(keys: Mapping[str, Node], name: str) -> bool:
    """A boolean field; False if it is missing or null."""
    node = keys.get(name)
    if node is None:
        return False
    # for a bool field, go-yaml v3 also accepts the words of YAML 1.1 (yes, on)
    value = node.value(Dialect.KUBERNETES) if isinstance(node, ScalarNode) else node
    if value is None or isinstance(value, bool):
        return bool(value)
    raise invalid(node, f"{name} must be true or false", f"write: {name}: true")
