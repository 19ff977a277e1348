"""From a span of a scalar's content to the span of its source text, for each style of YAML scalar."""

from __future__ import annotations

import re

from sealkit.yamlspan.nodes import ScalarNode

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t\r\n]+)*")
_BLOCK = re.compile(r"[|](?P<a>[0-9])?[+-]?(?P<b>[0-9])?[ \t]*(?:#[^\r\n]*)?\r?\n")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_ESCAPES = {"x": 2, "u": 4, "U": 8}


def inner(node: ScalarNode, text: str) -> tuple[int, int]:
    """The source span of a scalar without its anchor, its tag and the blank lines that a block scalar swallows."""
    raw = text[node.start : node.end]
    properties = _PROPERTIES.match(raw)
    start = node.start + (properties.end() if properties else 0)
    end = node.start + len(raw.rstrip(" \t\r\n")) if node.style in {"|", ">"} else node.end
    return start, max(start, end)


def source_map(node: ScalarNode, text: str) -> list[int] | None:
    """The source offset of each character of `node.text`, and of its end; None where lines are folded, so that only the
    whole scalar can be replaced."""
    start, end = inner(node, text)
    raw = text[start : node.end]
    if node.style == "":
        return list(range(start, end + 1)) if text[start:end] == node.text else None
    if node.style == "|":
        return _block(node, text, start)
    offsets = _quoted(raw, start, node.style)
    return offsets if offsets is not None and len(offsets) == len(node.text) + 1 else None


def _quoted(raw: str, start: int, quote: str) -> list[int] | None:
    offsets: list[int] = []
    at = 1
    while at < len(raw) - 1:
        char = raw[at]
        offsets.append(start + at)
        if char in "\r\n":
            return None
        if quote == "'" and char == "'":
            at += 2
        elif quote == '"' and char == "\\":
            kind = raw[at + 1]
            if kind in "\r\n":
                return None
            at += 2 + _ESCAPES.get(kind, 0)
        else:
            at += 1
    return [*offsets, start + len(raw) - 1]


def _block(node: ScalarNode, text: str, start: int) -> list[int] | None:
    header = _BLOCK.match(text, start)
    if header is None:
        return None
    lines = _LINES.findall(text, header.end(), node.end)
    indent = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)
    if header["a"] or header["b"]:
        # an indicator counts from the parent's column, which the first line of content still tells unless it starts with blanks
        first = next((line for line in node.text.split("\n") if line.strip()), "")
        indent -= len(first) - len(first.lstrip(" "))
    offsets: list[int] = []
    at, content = header.end(), 0
    for line in lines:
        body = line.rstrip("\r\n")
        kept = body[indent:]
        if node.text[content : content + len(kept)] != kept:
            return None
        offsets += range(at + min(indent, len(body)), at + len(body))
        content += len(kept)
        if content < len(node.text):
            if node.text[content] != "\n":
                return None
            offsets.append(at + len(body))
            content += 1
        at += len(line)
        if content >= len(node.text):
            break
    return [*offsets, offsets[-1] + 1] if offsets and len(offsets) == len(node.text) else None
