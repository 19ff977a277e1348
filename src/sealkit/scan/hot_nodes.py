"""The part of a document in which something is worth a look, as far as its lines say: what stands elsewhere needs no judge.

A hit on a line counts for the mapping whose own key or scalar it is on, with all below it: `kind: Secret` for its data, `name: X`
for its value, `credentials:` for what they are. Scalars, `metadata` and the keys below `properties` stay, since they say what the
rest is. Measured on a history with large manifests: half of the time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode


def hot(document: Document, lines: Collection[int]) -> Document:
    """The document with empty mappings in the place of those that none of these lines (from 1) has to do with."""
    if document.root is None or document.anchors:
        return document  # an alias brings in what stands on other lines
    return replace(document, root=_Hot(document.text, lines).part(document.root))


@lru_cache(maxsize=2)
def _line_starts(text: str) -> list[int]:
    """Where each line begins, and one more that is beyond the end."""
    return [0, *accumulate(len(row) + 1 for row in text.split("\n"))]


class _Hot:
    def __init__(self, text: str, lines: Collection[int]) -> None:
        starts = _line_starts(text)
        wanted = [number for number in sorted(lines) if number < len(starts)]
        self.starts = [starts[number - 1] for number in wanted]
        self.ends = [starts[number] - 1 for number in wanted]

    def touches(self, start: int, end: int) -> bool:
        """Whether one of the lines has to do with a span of the text."""
        first = bisect_right(self.ends, start - 1)
        return first < len(self.starts) and self.starts[first] < max(end, start + 1)

    def part(self, node: Node) -> Node:
        """The node without what the lines have nothing to do with."""
        if isinstance(node, SequenceNode):
            return replace(node, items=[self._child(child) for child in node.items])
        if isinstance(node, ScalarNode) or any(self._own(key, child) for key, child in node.items):
            return node
        return replace(node, items=[(key, self._below(key, child)) for key, child in node.items])

    def _own(self, key: ScalarNode, child: Node) -> bool:
        return isinstance(child, ScalarNode) and self.touches(key.start, child.end)

    def _below(self, key: ScalarNode, child: Node) -> Node:
        if isinstance(child, ScalarNode) or key.text == "metadata" or self.touches(key.start, key.end):
            return child
        if key.text == "properties" and isinstance(child, MappingNode) and self.touches(child.start, child.end):
            items = [
                (name, self._below(name, item) if self._is_hot(name, item) else _bare(item))
                for name, item in child.items
            ]
            return replace(child, items=items)
        return self._child(child)

    def _is_hot(self, key: ScalarNode, child: Node) -> bool:
        return self.touches(key.start, child.end)

    def _child(self, child: Node) -> Node:
        if isinstance(child, ScalarNode):
            return child
        return self.part(child) if self.touches(child.start, child.end) else _emptied(child)


def _emptied(node: MappingNode | SequenceNode) -> Node:
    if isinstance(node, MappingNode):
        return MappingNode([], node.start, node.end, node.line)
    return SequenceNode([], node.start, node.end, node.line)


def _bare(node: Node) -> Node:
    """A mapping with its keys alone: those say whether it is part of a JSON Schema."""
    if not isinstance(node, MappingNode):
        return node
    items = [(key, child if isinstance(child, ScalarNode) else _emptied(child)) for key, child in node.items]
    return replace(node, items=items)
