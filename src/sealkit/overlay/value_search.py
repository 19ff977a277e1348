"""Which values can be searched for, and where else in a document they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sealkit.secrets.names import is_secret_name
from sealkit.secrets.spans import shape_of
from sealkit.secrets.value_forms import is_public_value, is_template_value
from sealkit.yamlspan.nodes import Document, ScalarNode
from sealkit.yamlspan.route import Route

_RANDOM = re.compile(r"[A-Za-z0-9+/=_]{20,}\Z")
_IDENTITY = (("kind",), ("apiVersion",), ("metadata", "name"), ("metadata", "namespace"))
"""Who an object is stays readable: a secret that stands there is refused by the proof."""
_PLAIN_WORD = re.compile(r"[a-z]{1,12}\Z")


def strong(text: str, name: str) -> bool:
    """Whether a value is one that can be searched for: long, and not a word that stands in a manifest anyway."""
    if len(text) < 8 or _PLAIN_WORD.match(text) or is_template_value(text):
        return False
    if is_secret_name(name) or shape_of(text) is not None:
        return True
    if _RANDOM.match(text) and sum(char.isdigit() for char in text) >= 4 and re.search("[A-Za-z]", text):
        return not is_public_value(text)
    kinds = sum(bool(re.search(pattern, text)) for pattern in ("[a-z]", "[A-Z]", "[0-9]", r"[^A-Za-z0-9._:/@\s-]"))
    return len(text) >= 12 and kinds >= 3 and not is_public_value(text)


def echoes(document: Document, values: dict[str, str]) -> Iterator[tuple[Route, ScalarNode, int, int, str]]:
    """Every other place in a document where one of these texts stands: route, node, span, and what `values` says of it."""
    for leaf in document.leaves():
        if leaf.node.alias or any(step in _IDENTITY for step in (leaf.route.keys[-1:], leaf.route.keys[-2:])):
            continue
        for text, label in values.items():
            at = leaf.node.text.find(text)
            while at >= 0:
                yield leaf.route, leaf.node, at, at + len(text), label
                at = leaf.node.text.find(text, at + len(text))
