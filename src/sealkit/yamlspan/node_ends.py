"""Where nodes and lines end in a text: what edits by span need to know beside the spans."""

from __future__ import annotations

from sealkit.yamlspan.nodes import Node, ScalarNode


def last_of(node: Node) -> Node:
    """The last leaf below a node, or what is written as one (a flow collection, an alias)."""
    while not isinstance(node, ScalarNode) and node.items and not node.alias and not node.flow:
        last = node.items[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def is_block(node: Node) -> bool:
    """Whether a node is written as a block scalar."""
    return isinstance(node, ScalarNode) and node.style in {"|", ">"} and not node.alias


def end_of(node: Node, text: str) -> int:
    """Where the last leaf of a node ends: the end of a block collection includes comments that follow it.

    Of a block scalar the line break after its last line counts, blank lines below only where it keeps them (`|+`).
    """
    last = last_of(node)
    source = text[last.start : last.end]
    if not is_block(last) or "+" in source.partition("\n")[0].partition("#")[0]:
        return last.end
    return min(last.end, last.start + len(source.rstrip("\n ")) + 1)


def line_end(text: str, offset: int) -> int:
    """Behind the line break of the line on which something ends; a comment there belongs to what ends."""
    if text[offset - 1 : offset] == "\n":
        return offset
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def column(text: str, offset: int) -> int:
    """How far from the start of its line an offset is."""
    return offset - (text.rfind("\n", 0, offset) + 1)
