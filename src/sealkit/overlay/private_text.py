"""The plain text of a sealed file of named values: made new, or extended without touching what is there."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.yamlspan.nodes import MappingNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.put import put
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

Value = tuple[str, str, Scalar]
"""The name of a value in its two parts (`shop-db`, `password`), and the value."""


def extend(text: str | None, values: Sequence[Value], path: str) -> str:
    """The text of a file of named values with these added: in the mapping of their first part where there is one, else at
    the end. Comments and order stay. Raises SealkitError for text that is no YAML."""
    text = text or ""
    documents = parse(text, path)
    root = documents[-1].root if documents else None
    index = max(0, len(documents) - 1)
    lead = ""
    if root is not None and (not isinstance(root, MappingNode) or root.scalar("apiVersion")):
        # objects have a document of their own
        lead, text, index = f"{text.rstrip()}\n---\n", "", 0
        root = None
    held = {key.text: child for key, child in root.items} if isinstance(root, MappingNode) else {}
    for owner, label, value in values:
        there = held.get(owner)
        taken = there is not None and (not isinstance(there, MappingNode) or there.alias)
        text = put(text, path, Route((f"{owner}.{label}",) if taken else (owner, label)), value, index)
    return lead + text
