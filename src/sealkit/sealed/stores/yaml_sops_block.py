"""Adds, replaces or removes the `sops` block at the end of each document of a YAML text.

Keys and wrapped data keys that do not change keep their lines, so that a diff shows only what changed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise

from sealkit.sealed.metadata import RECIPIENT_KINDS, Metadata, Wrapped
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import ciphertext_type, line_break
from sealkit.sealed.stores.yaml_items import YamlTree
from sealkit.yamlspan.edit import Edit, yaml_scalar
from sealkit.yamlspan.node_ends import column, last_leaf, line_end
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode, plain_mapping
from sealkit.yamlspan.scalars import Dialect, Value

_DEFAULT_STEP = 4
_WRITTEN_PLAIN = r"(?:\d+\.\d+\.\d+|\^[\w.^$()|/+=*?\\-]*)\Z"
"""Versions and patterns: sops writes them without quotes, `yaml_scalar` would quote them."""


def indent_step(tree: YamlTree) -> int:
    """The number of columns by which a text indents: that of its first nested mapping, otherwise 4 as in sops."""
    for document in tree.documents:
        root = document.root
        for key, child in root.items if isinstance(root, MappingNode) and not root.flow else []:
            if isinstance(child, MappingNode) and child.items and not child.flow and not child.alias:
                outer, inner = column(document.text, key.start), column(document.text, child.items[0][0].start)
                if inner > outer:
                    return inner - outer
    return _DEFAULT_STEP


def block_alone(metadata: Metadata, text: str) -> str:
    """The block to append to a text that contains no document."""
    lead = "" if text.endswith("\n") or not text else "\n"
    return lead + _block_lines(metadata, 0, _DEFAULT_STEP, line_break(text))


def edits(text: str, tree: YamlTree, metadata: Metadata | None, rewritten: Container[int]) -> Iterator[Edit]:
    """The edits that give every document this block, or no block for None. `rewritten` holds the offsets of the values that
    another edit replaces."""
    for document in tree.documents:
        block = tree.blocks.get(document.index)
        root = document.root
        if isinstance(root, MappingNode) and root.flow:
            yield from _flow_edits(text, root, block, metadata)
        elif block is not None:
            yield from _replace(text, tree, document, block, metadata)
        elif metadata is not None:
            yield from _append(text, tree, document, metadata, rewritten)


def _append(
    text: str, tree: YamlTree, document: Document, metadata: Metadata, rewritten: Container[int]
) -> Iterator[Edit]:
    end = document.end
    if text[end - 3 : end] == "..." and _line_start(text, end) == end - 3:
        end -= 3
    root, newline = document.root, line_break(text)
    indent = 0
    if isinstance(root, MappingNode) and root.items:
        indent = column(text, root.start)  # a first key may be written `? key`
        last = last_leaf(root)
        if not text.endswith("\n") and last.start not in rewritten:
            yield from _strip_final_breaks(text, last)
    elif root is not None and root.end > root.start:
        yield Edit(root.start, root.end, "")  # an explicit null
    lead = "" if end == _line_start(text, end) else newline
    yield Edit(end, end, lead + _block_lines(metadata, indent, indent_step(tree), newline))


def _strip_final_breaks(text: str, last: Node) -> Iterator[Edit]:
    """A block scalar at the end of a text without a line break keeps its value when lines follow: by the indicator `-`."""
    if isinstance(last, ScalarNode) and last.style in {"|", ">"} and last.end == len(text) and not last.alias:
        header = re.compile(r"[|>][-+0-9]*").search(text, last.start)
        if header is not None and "-" not in header[0]:
            yield Edit(header.start(), header.end(), header[0].replace("+", "") + "-")


def _replace(
    text: str, tree: YamlTree, document: Document, block: tuple[ScalarNode, MappingNode], metadata: Metadata | None
) -> Iterator[Edit]:
    key, value = block
    start, end = _line_start(text, key.start), line_end(text, last_leaf(value).end)
    if metadata is None:
        yield Edit(start, end, "")
        return
    old = _tree(value)
    old_fields, new_fields = (
        sops_block.fields(sops_block.read(old, document.path, sops_block.Source.YAML)),
        sops_block.fields(metadata),
    )
    if old_fields == new_fields:
        return
    indent, newline = column(text, key.start), line_break(text)
    key_line_shared = indent > 0 and not text[start : key.start].isspace()
    if value.flow or value.alias or key_line_shared:
        yield Edit(start, end, _block_lines(metadata, indent, indent_step(tree), newline))
        return
    inner = column(text, value.items[0][0].start)
    key_order = sops_block.order_of_entries(old)
    spans = _line_spans(text, [name for name, _ in value.items], end)
    unchanged = [name for name in old if name not in sops_block.ORDER or (name not in new_fields and not old[name])]
    parts = [text[start : spans[0][0]]]
    for name in sops_block.ordered([*new_fields, *unchanged], list(old)):
        index = list(old).index(name) if name in old else -1
        if index >= 0 and (name in unchanged or old_fields.get(name) == new_fields[name]):
            parts.append(_with_line_break(text[slice(*spans[index])], newline))
        elif index >= 0 and name in RECIPIENT_KINDS and old_fields.get(name):
            changed = old_fields[name], new_fields[name]
            parts += _recipient_lines(text, value.items[index][1], spans[index], changed, key_order)
        else:
            new = sops_block.nested(name, new_fields[name], key_order)
            parts.append(_key_lines(name, new, inner, inner - indent, newline))
    yield Edit(start, end, "".join(parts))


def _recipient_lines(
    text: str,
    node: Node,
    span: tuple[int, int],
    changed: tuple[list[Wrapped], list[Wrapped]],
    key_order: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """The new lines of a list of wrapped data keys. `changed` is the list before and after; entries in both keep their lines."""
    old, new = changed
    newline, start = line_break(text), span[0]
    assert isinstance(node, SequenceNode)
    name = text[start : node.start].partition(":")[0]
    if node.flow or node.alias or not all(isinstance(item, MappingNode) and not item.flow for item in node.items):
        dash = len(name) - len(name.lstrip()) + _DEFAULT_STEP
        entries = [sops_block.entry(wrapped, key_order) for wrapped in new]
        yield f"{name}:{newline}{_list_lines(entries, dash, newline)}"
        return
    spans = _line_spans(text, node.items, span[1])
    yield text[span[0] : spans[0][0]]
    dash = text[spans[0][0] : node.items[0].start].index("-")
    for wrapped in new:
        if wrapped in old:
            yield _with_line_break(text[slice(*spans[old.index(wrapped)])], newline)
        else:
            yield _list_lines([sops_block.entry(wrapped, key_order)], dash, newline)


def _line_spans(text: str, nodes: Sequence[Node], end: int) -> list[tuple[int, int]]:
    """The spans of the lines of consecutive nodes, each of which starts on a line of its own."""
    return list(pairwise([*(_line_start(text, node.start) for node in nodes), end]))


def _flow_edits(
    text: str, root: MappingNode, block: tuple[ScalarNode, MappingNode] | None, metadata: Metadata | None
) -> Iterator[Edit]:
    """The edits of a document in braces, where the block is one of the pairs."""
    source = ""
    if metadata is not None:
        source = json.dumps(sops_block.nested_block(metadata), ensure_ascii=False)
    if block is not None:
        key, value = block
        if metadata is not None:
            if sops_block.fields(sops_block.read(_tree(value), "", sops_block.Source.YAML)) != sops_block.fields(
                metadata
            ):
                yield Edit(value.start, value.end, source)
            return
        index = next(i for i, (name, _) in enumerate(root.items) if name is key)
        if index:
            before = text[root.items[index - 1][1].end : key.start]
            comma = re.search(r",[ \t]*\Z", before)
            yield Edit(key.start - (len(comma[0]) if comma else 0), value.end, "")
        else:
            next_start = root.items[1][0].start if len(root.items) > 1 else value.end
            yield Edit(key.start, next_start, "")
    elif metadata is not None:
        close = root.end - 1
        last_end = root.items[-1][1].end if root.items else close
        separator = ", " if root.items and "," not in re.sub(r"#[^\n]*", "", text[last_end:close]) else ""
        yield Edit(close, close, f'{separator}"{sops_block.KEY}": {source}')


def _block_lines(metadata: Metadata, indent: int, step: int, newline: str) -> str:
    return _key_lines(sops_block.KEY, sops_block.nested_block(metadata), indent, step, newline)


def _key_lines(name: str, value: Value, indent: int, step: int, newline: str) -> str:
    """The lines of one key; its children are indented by `step` columns more."""
    head = f"{' ' * indent}{yaml_scalar(name)}:"
    if isinstance(value, Mapping) and value:
        children = (_key_lines(key, child, indent + step, step, newline) for key, child in value.items())
        return f"{head}{newline}" + "".join(children)
    if isinstance(value, list) and value:
        return f"{head}{newline}{_list_lines(value, indent + step, newline)}"
    if isinstance(value, Mapping | list):
        return f"{head} {'[]' if isinstance(value, list) else '{}'}{newline}"
    unquoted = isinstance(value, str) and (re.match(_WRITTEN_PLAIN, value) is not None or ciphertext_type(value) != "")
    source = value if unquoted else yaml_scalar(value, indent=indent + step)
    return f"{head} {source}".replace("\n", newline) + newline


def _list_lines(items: Sequence[Value], dash: int, newline: str) -> str:
    """The lines of a list of mappings; `dash` is the column of the dashes."""
    written = []
    for item in items:
        assert isinstance(item, Mapping)
        body = "".join(_key_lines(key, child, dash + 2, 2, newline) for key, child in item.items())
        written.append(f"{' ' * dash}- {body[dash + 2 :]}")
    return "".join(written)


def _tree(node: MappingNode) -> Mapping[str, Value]:
    return plain_mapping(node, Dialect.SOPS)


def _with_line_break(lines: str, newline: str) -> str:
    return lines if lines.endswith("\n") else lines + newline


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1
