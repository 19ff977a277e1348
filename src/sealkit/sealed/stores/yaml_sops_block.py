"""The `sops` block in YAML text: put in at the end of each document, replaced, or taken out. Keys and copies of the data key
that say what they said keep their lines, so that a diff shows what changed."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sealkit.sealed.metadata import LISTS, Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import sealed_kind
from sealkit.sealed.stores.yaml_items import YamlTree
from sealkit.yamlspan.edit import Edit, yaml_scalar
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode, plain
from sealkit.yamlspan.scalars import Dialect

_UNIT = 4
_COMMA = re.compile(r",[ \t]*\Z")
_HEADER = re.compile(r"[|>][-+0-9]*")
_PLAIN = re.compile(r"(?:\d+\.\d+\.\d+|\^[\w.^$()|/+=*?\\-]*)\Z")
"""Versions and patterns, which sops writes without quotes, and we would not."""


def eol(text: str) -> str:
    """The line break of a text."""
    return "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"


def unit(tree: YamlTree) -> int:
    """By how many columns a text indents; 4, as sops does, where it does not tell."""
    for document in tree.documents:
        root = document.root
        for key, child in root.items if isinstance(root, MappingNode) and not root.flow else []:
            if isinstance(child, MappingNode) and child.items and not child.flow and not child.alias:
                outer, inner = _column(document.text, key.start), _column(document.text, child.items[0][0].start)
                if inner > outer:
                    return inner - outer
    return _UNIT


def alone(metadata: Metadata, text: str) -> str:
    """The block for a text that holds no document."""
    lead = "" if text.endswith("\n") or not text else "\n"
    return lead + _render(metadata, 0, _UNIT, eol(text))


def edits(text: str, tree: YamlTree, metadata: Metadata | None, rewritten: Container[int]) -> Iterator[Edit]:
    """The edits that give every document this block, or none; `rewritten`: where the values start that are written anew."""
    for document in tree.documents:
        found = tree.blocks.get(document.index)
        root = document.root
        if isinstance(root, MappingNode) and root.flow:
            yield from _in_flow(text, root, found, metadata)
        elif found is None:
            if metadata is not None:
                yield from _appended(text, tree, document, metadata, rewritten)
        else:
            yield from _replaced(text, tree, document, found, metadata)


def _appended(
    text: str, tree: YamlTree, document: Document, metadata: Metadata, rewritten: Container[int]
) -> Iterator[Edit]:
    at = document.end
    if text[at - 3 : at] == "..." and _line(text, at) == at - 3:
        at -= 3
    root, lines = document.root, eol(text)
    column = 0
    if isinstance(root, MappingNode) and root.items:
        column = _column(text, root.start)  # a first key may be written `? key`
        last = _last(root)
        if not text.endswith("\n") and last.start not in rewritten:
            yield from _clipped(text, last)
    elif root is not None and root.end > root.start:
        yield Edit(root.start, root.end, "")  # a document that says null, or nothing
    lead = "" if at == _line(text, at) else lines
    yield Edit(at, at, lead + _render(metadata, column, unit(tree), lines))


def _clipped(text: str, last: Node) -> Iterator[Edit]:
    """A block scalar that ends without a line break keeps none when one follows."""
    if isinstance(last, ScalarNode) and last.style in {"|", ">"} and last.end == len(text) and not last.alias:
        header = _HEADER.search(text, last.start)
        if header is not None and "-" not in header[0]:
            yield Edit(header.start(), header.end(), header[0].replace("+", "") + "-")


def _replaced(
    text: str, tree: YamlTree, document: Document, found: tuple[ScalarNode, Node], metadata: Metadata | None
) -> Iterator[Edit]:
    key, value = found
    start, end = _line(text, key.start), _line_end(text, _last(value).end)
    if metadata is None:
        yield Edit(start, end, "")
        return
    old = _tree(value)
    was, now = sops_block.fields(sops_block.read(old, document.path)), sops_block.fields(metadata)
    if was == now:
        return
    column, lines = _column(text, key.start), eol(text)
    if (
        not isinstance(value, MappingNode)
        or value.flow
        or value.alias
        or (not text[start : key.start].isspace() and column)
    ):
        yield Edit(start, end, _render(metadata, column, unit(tree), lines))
        return
    inner = _column(text, value.items[0][0].start)
    like = sops_block.order_of_entries(old)
    slices = _slices(text, [name for name, _ in value.items], end)
    kept = [name for name in old if name not in sops_block.ORDER or (name not in now and not old[name])]
    parts = [text[start : slices[0][0]]]
    for name in sops_block.ordered([*now, *kept], list(old)):
        place = list(old).index(name) if name in old else -1
        if place >= 0 and (name in kept or was.get(name) == now[name]):
            parts.append(_ended(text[slice(*slices[place])], lines))
        elif name in LISTS and place >= 0 and was.get(name):
            parts += _entries(text, value.items[place][1], slices[place], (was[name], now[name]), like)
        else:
            parts.append(_keyed(name, sops_block.nested(name, now[name], like), inner, inner - column, lines))
    yield Edit(start, end, "".join(parts))


def _entries(
    text: str, node: Node, span: tuple[int, int], copies: tuple[list[Any], list[Any]], like: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """The lines of one list of copies, as it was and as it is to be; copies that stay keep theirs."""
    was, now = copies
    lines, start = eol(text), span[0]
    assert isinstance(node, SequenceNode)
    name = text[start : node.start].partition(":")[0]
    inner = len(name) - len(name.lstrip())
    if node.flow or node.alias or not all(isinstance(item, MappingNode) and not item.flow for item in node.items):
        yield f"{name}:{lines}{_items([sops_block.entry(wrapped, like) for wrapped in now], inner + _UNIT, lines)}"
        return
    slices = _slices(text, node.items, span[1])
    yield text[span[0] : slices[0][0]]
    dash = text[slices[0][0] : node.items[0].start].index("-")
    for wrapped in now:
        if wrapped in was:
            yield _ended(text[slice(*slices[was.index(wrapped)])], lines)
        else:
            yield _items([sops_block.entry(wrapped, like)], dash, lines)


def _slices(text: str, nodes: Sequence[Node], end: int) -> list[tuple[int, int]]:
    """The lines of each of several nodes that begin on lines of their own."""
    return list(pairwise([*(_line(text, node.start) for node in nodes), end]))


def _in_flow(
    text: str, root: MappingNode, found: tuple[ScalarNode, Node] | None, metadata: Metadata | None
) -> Iterator[Edit]:
    """The block as one of the pairs in braces."""
    source = ""
    if metadata is not None:
        said = sops_block.fields(metadata)
        order = sops_block.ordered(said, metadata.order)
        source = json.dumps({name: sops_block.nested(name, said[name]) for name in order}, ensure_ascii=False)
    if found is not None:
        key, value = found
        if metadata is not None:
            if sops_block.fields(sops_block.read(_tree(value), "")) != sops_block.fields(metadata):
                yield Edit(value.start, value.end, source)
            return
        index = next(i for i, (name, _) in enumerate(root.items) if name is key)
        if index:
            before = text[root.items[index - 1][1].end : key.start]
            joint = _COMMA.search(before)
            yield Edit(key.start - (len(joint[0]) if joint else 0), value.end, "")
        else:
            follows = root.items[1][0].start if len(root.items) > 1 else value.end
            yield Edit(key.start, follows, "")
    elif metadata is not None:
        at = root.end - 1
        behind = root.items[-1][1].end if root.items else at
        comma = ", " if root.items and "," not in re.sub(r"#[^\n]*", "", text[behind:at]) else ""
        yield Edit(at, at, f'{comma}"sops": {source}')


def _render(metadata: Metadata, column: int, step: int, lines: str) -> str:
    said = sops_block.fields(metadata)
    order = sops_block.ordered(said, metadata.order)
    body = {name: sops_block.nested(name, said[name]) for name in order}
    return _keyed("sops", body, column, step, lines)


def _keyed(name: str, value: sops_block.Tree, column: int, step: int, lines: str) -> str:
    """The lines of one key; `step` is how much deeper what stands below it goes."""
    head = f"{' ' * column}{yaml_scalar(name)}:"
    if isinstance(value, dict) and value:
        return f"{head}{lines}" + "".join(
            _keyed(key, child, column + step, step, lines) for key, child in value.items()
        )
    if isinstance(value, list) and value:
        return f"{head}{lines}{_items(value, column + step, lines)}"
    if isinstance(value, dict | list):
        return f"{head} {'{}' if isinstance(value, dict) else '[]'}{lines}"
    plain_text = isinstance(value, str) and (_PLAIN.match(value) is not None or sealed_kind(value) != "")
    source = value if plain_text else yaml_scalar(value, indent=column + step)
    return f"{head} {source}".replace("\n", lines) + lines


def _items(items: Sequence[dict[str, sops_block.Tree]], dash: int, lines: str) -> str:
    """The lines of a list of mappings."""
    written = []
    for item in items:
        body = "".join(_keyed(key, child, dash + 2, 2, lines) for key, child in item.items())
        written.append(f"{' ' * dash}- {body[dash + 2 :]}")
    return "".join(written)


def _tree(node: Node) -> sops_block.Tree:
    return plain(node, Dialect.SOPS)


def _last(node: Node) -> Node:
    """The last node of a block that has an end of its own."""
    while not isinstance(node, ScalarNode) and not node.flow and not node.alias and node.items:
        last = node.items[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _ended(part: str, lines: str) -> str:
    return part if part.endswith("\n") else part + lines


def _line(text: str, at: int) -> int:
    """Where the line of an offset begins."""
    return text.rfind("\n", 0, at) + 1


def _line_end(text: str, at: int) -> int:
    """Where the line of an offset ends, its break included; an offset at the beginning of a line is an end itself."""
    if at == _line(text, at):
        return at
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _column(text: str, at: int) -> int:
    return at - _line(text, at)
