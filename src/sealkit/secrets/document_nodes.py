"""Small readers of document nodes: what a scalar holds, whose object a mapping is, which `value` a `name` labels."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from sealkit.secrets.schemas import has_schema
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.scalars import Dialect, resolve

BINARY = "tag:yaml.org,2002:binary"
_FEWEST_BYTES = 13
"""Fewer bytes that are no text: a word that happens to be base64, such as `test`."""
_LABELS = ("name", "key", "variable", "envName", "setting", "option")
LABELS = frozenset(_LABELS)
"""The keys whose value names what stands under another key of the same mapping."""
_SCHEMA_WORDS = ("type", "$ref", "description", "enum", "const", "allOf", "anyOf", "oneOf", "not", "properties", "items", "format",
                 "example", "title", "default")  # fmt: skip
"""One of these stands in each property that a JSON Schema describes."""
_VALUES = ("value", "defaultValue", "default", "val", "content")


@dataclass(frozen=True, slots=True)
class Owner:
    """The object that a node belongs to. `has_schema`: whether the table of schemas knows its kind; `neutral` says that its fields
    here only refer to secrets or describe them."""

    kind: str
    name: str
    has_schema: bool = True
    neutral: bool = False


def content(node: ScalarNode) -> str:
    """The text of a scalar that may be a secret; empty for null, switches, fractions, and what another program resolves
    (`!secret db`, `!Ref X`). Digits keep their text."""
    if node.tag is not None and node.tag[:1] == "!" and node.tag != "!":
        return ""
    if node.style == "" and (node.tag is None or node.tag == BINARY):
        value = resolve(node.text, Dialect.KUBERNETES)
        return node.text if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)) else ""
    return node.text


def decoded(text: str) -> str | None:
    """What base64 holds as text, the text itself where it is no base64 (a template), or None for bytes."""
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None if len(data) >= _FEWEST_BYTES else text
    except (binascii.Error, ValueError):
        return text


def field(node: MappingNode, key: str) -> Node | None:
    """The value of a key, also where a merge key (`<<`) brings it in."""
    found = node.get(key)
    if found is not None:
        return found
    merged = node.get("<<")
    for source in merged.items if isinstance(merged, SequenceNode) else [merged]:
        if isinstance(source, MappingNode) and (found := field(source, key)) is not None:
            return found
    return None


def _scalar(node: MappingNode, key: str) -> str:
    found = field(node, key)
    return found.text if isinstance(found, ScalarNode) else ""


def owner_of(node: MappingNode, outer: Owner) -> Owner | None:
    """The object that a mapping is, or None where it is only a part of one."""
    kind = _scalar(node, "kind")
    if not kind or not any(field(node, key) for key in ("apiVersion", "metadata", "spec", "data", "stringData")):
        return None
    metadata = field(node, "metadata")
    name = _scalar(metadata, "name") if isinstance(metadata, MappingNode) else ""
    return Owner(kind, name or outer.name, has_schema(kind))


def is_schema(key: str, node: Node) -> bool:
    """Whether a mapping describes the properties of a JSON Schema. CloudFormation and Azure keep values under that key."""
    return (
        key == "properties"
        and isinstance(node, MappingNode)
        and all(
            isinstance(child, MappingNode) and any(child.get(word) is not None for word in _SCHEMA_WORDS)
            for _, child in node.items
        )
    )


def labelled_value(node: MappingNode) -> tuple[str, Node | None]:
    """`name` and `value` of a mapping such as an item of `env`: the one names the other."""
    label = next((text for key in _LABELS if (text := node.scalar(key))), "")
    value = next((child for key in _VALUES if (child := node.get(key)) is not None), None) if label else None
    return label, value


def origin_of(document: Document, node: ScalarNode) -> ScalarNode | None:
    """The scalar that an alias repeats: its anchor, or the part of its anchor with the same text. None where there is none."""
    anchored = document.anchors.get(document.text[node.start + 1 : node.end].strip())
    stack = [anchored] if anchored is not None else []
    while stack:
        at = stack.pop()
        if not isinstance(at, ScalarNode):
            stack += at.items if isinstance(at, SequenceNode) else [child for _, child in at.items]
        elif at.text == node.text:
            return origin_of(document, at) if at.alias and at is not node else at
    return None
