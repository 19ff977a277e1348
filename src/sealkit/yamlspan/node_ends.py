"""Where nodes and their lines end in the text. A node's own `end` may include blank lines and comments after it."""

from __future__ import annotations

from sealkit.yamlspan.nodes import Node, ScalarNode


def last_leaf(node: Node) -> Node:
    """The last leaf below a node. A flow collection and an alias count as leaves."""
    while not isinstance(node, ScalarNode) and node.items and not node.alias and not node.flow:
        last = node.items[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def is_block(node: Node) -> bool:
    """Whether a node is written as a block scalar."""
    return isinstance(node, ScalarNode) and node.style in {"|", ">"} and not node.alias


def end_of(node: Node, text: str) -> int:
    """The offset at which the last leaf of a node ends, without comments after it.

    A block scalar ends after the line break of its last line; blank lines after it belong to it only if it keeps them (`|+`).
    """
    last = last_leaf(node)
    source = text[last.start : last.end]
    if not is_block(last) or "+" in source.partition("\n")[0].partition("#")[0]:
        return last.end
    return min(last.end, last.start + len(source.rstrip("\n ")) + 1)


def line_end(text: str, offset: int) -> int:
    """The offset after the line break of the line on which a node ends; a comment on that line is skipped."""
    if text[offset - 1 : offset] == "\n":
        return offset
    newline = text.find("\n", offset)
    return len(text) if newline < 0 else newline + 1


def column(text: str, offset: int) -> int:
    """The column of an offset, from 0."""
    return offset - (text.rfind("\n", 0, offset) + 1)
