"""Structural edits by route: put a value at a route, or remove it. All other text stays byte for byte.

For YAML and JSON files (by the suffix of `path`). No document is loaded and dumped again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sealkit.errors import UsageError
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.node_ends import column, end_of, is_block, last_leaf, line_end
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route, Step
from sealkit.yamlspan.scalars import Value

_Parent = tuple[Node, Step]


def put(text: str, path: str, route: Route, value: Value, document: int = 0, *, replace: bool = False) -> str:
    """`text` with `value` at `route` (keys and indexes), replaced or added. Missing mappings on the route are created; the
    index after the last item of a list appends to it. A mapping or list is written in flow style.

    `document` counts from 0. Raises UsageError if the route holds a mapping or list (unless `replace`) or leads through a
    scalar, SealkitError for text that cannot be parsed.
    """
    target = _document(text, path, document)
    if target is None or target.root is None:
        return _ended(text) + _block(route.steps, value, 0)
    node: Node = target.root
    for depth, step in enumerate(route.steps):
        child = _child(node, step)
        if child is None:
            return apply_edits(text, [_addition(text, path, node, route, depth, value)])
        node = child
    if node.anchor:
        raise UsageError(
            f"{path}:{node.line}: {route} is the anchor &{node.anchor}, which aliases refer to",
            hint="replace its aliases with their value first",
        )
    if isinstance(node, ScalarNode):
        return apply_edits(text, [Edit(node.start, node.end, _in_place(text, path, node, value))])
    if not replace:
        raise UsageError(f"{path}: {route} is a mapping or a list", hint=f"name a value below it: {route}.KEY")
    source = _flow((), value, path)
    if node.flow or node.alias:
        return apply_edits(text, [Edit(node.start, node.end, source)])
    return apply_edits(text, [_collapsed(text, node, end_of(node, text), source)])


def remove(text: str, path: str, route: Route, document: int = 0) -> str:
    """`text` without the value at `route` and its key. A mapping or list that becomes empty is written as `{}` or `[]`.

    Raises UsageError if there is no value at the route.
    """
    target = _document(text, path, document)
    parents: list[_Parent] = []
    node: Node | None = target.root if target is not None else None
    for step in route.steps:
        if node is None:
            break
        parents.append((node, step))
        node = _child(node, step)
    if node is None or not parents:
        raise UsageError(f"{path}: no value at {route}", hint="check the route")
    return apply_edits(text, [_removal(text, path, *parents[-1])])


def _document(text: str, path: str, index: int) -> Document | None:
    documents = parse(text, path)
    if index >= len(documents) and index:
        raise UsageError(f"{path}: has no document {index + 1}")
    return documents[index] if documents else None


def _child(node: Node, step: Step) -> Node | None:
    if isinstance(node, MappingNode) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, SequenceNode) and isinstance(step, int):
        return node.items[step] if step < len(node.items) else None
    return None


def _in_place(text: str, path: str, node: ScalarNode, value: Value) -> str:
    if path.endswith(".json"):
        return json.dumps(value)
    line = text[text.rfind("\n", 0, node.start) + 1 : node.start]
    indent = len(line) - len(line.lstrip(" -"))
    rest = "" if text[node.end - 1 : node.end] == "\n" else text[node.end :].partition("\n")[0]
    # a block scalar fits only after `key:` at the end of a line
    block = line.rstrip().endswith(":") and not rest.strip()
    source = _source(value, flow=not block, indent=indent + 2 if block else None)
    lead = "" if text[node.start - 1 : node.start] in {" ", "", "\n"} or node.start < node.end else " "
    ended = text[node.start : node.end].endswith("\n")
    return lead + source + ("\n" if ended and not source.endswith("\n") else "")


def _addition(text: str, path: str, node: Node, route: Route, depth: int, value: Value) -> Edit:  # noqa: PLR0917
    """The edit that adds the missing part of a route below `node`, which is `depth` steps down."""
    steps = route.steps[depth:]
    first = steps[0]
    if isinstance(node, ScalarNode):
        if node.text or node.alias or node.style or not isinstance(first, str):
            raise UsageError(f"{path}:{node.line}: {route} leads through a scalar", hint="name another route")
        return Edit(node.start, node.end, " " + _flow(steps, value, path))
    fits = isinstance(first, str) if isinstance(node, MappingNode) else first == len(node.items)
    if not fits or node.alias:
        kind = "mapping" if isinstance(node, MappingNode) else "list"
        raise UsageError(f"{path}:{node.line}: {route} does not fit the {kind} there", hint="name another route")
    if node.flow:
        return _flow_addition(text, path, node, steps, value)
    position = line_end(text, end_of(node, text))
    lead = "" if text[position - 1] == "\n" else "\n"
    if lead and is_block(last_leaf(node)):
        # the line break that has to be added first would become part of that value
        raise UsageError(
            f"{path}: ends in a block scalar without a line break", hint="end its last line with a line break"
        )
    if isinstance(node, MappingNode):
        return Edit(position, position, lead + _block(steps, value, column(text, node.items[0][0].start)))
    dash = column(text, node.start)
    return Edit(position, position, f"{lead}{' ' * dash}- {_flow(steps[1:], value, path)}\n")


def _flow_addition(text: str, path: str, node: MappingNode | SequenceNode, steps: Sequence[Step], value: Value) -> Edit:
    inner = _flow(steps, value, path)[1:-1] if isinstance(node, MappingNode) else _flow(steps[1:], value, path)
    if not node.items:
        return Edit(node.start + 1, node.end - 1, inner)
    starts = node.items[0][0].start if isinstance(node, MappingNode) else node.items[0].start
    last = node.items[-1][1] if isinstance(node, MappingNode) else node.items[-1]
    gap = text[node.start + 1 : starts]
    position = end_of(last, text)
    return Edit(position, position, "," + (gap if gap.isspace() else " ") + inner)


def _removal(text: str, path: str, node: Node, step: Step) -> Edit:
    assert isinstance(node, MappingNode | SequenceNode)
    if node.alias:
        raise UsageError(f"{path}:{node.line}: this value comes from an alias", hint="remove it at its anchor")
    if isinstance(node, MappingNode):
        index = max(i for i, (key, _) in enumerate(node.items) if key.text == step)
        spans = [(key.start, end_of(child, text)) for key, child in node.items]
    else:
        assert isinstance(step, int)
        index = step
        spans = [(child.start, end_of(child, text)) for child in node.items]
    if len(spans) == 1:
        empty = "{}" if isinstance(node, MappingNode) else "[]"
        if node.flow:
            return Edit(node.start, node.end, empty)
        return _collapsed(text, node, spans[0][1], empty)
    if node.flow:
        if index + 1 < len(spans):
            return Edit(spans[index][0], spans[index + 1][0], "")
        return Edit(spans[index - 1][1], spans[index][1], "")
    start, end = spans[index]
    row = text.rfind("\n", 0, start) + 1
    if isinstance(node, SequenceNode):
        # from its own dash; in `- - a` the inner list starts at its own dash, on the line of the outer item
        start = text.rfind("-", row, start)
    if text[row:start].strip():  # on the line of a dash: the next item takes its place
        following = spans[index + 1][0] if index + 1 < len(spans) else end
        if isinstance(node, SequenceNode):
            following = text.rfind("-", 0, following)
        return Edit(start, following, "")
    return Edit(row, line_end(text, end), "")


def _collapsed(text: str, node: MappingNode | SequenceNode, end: int, source: str) -> Edit:
    """Replace a block mapping or list by `source`, a flow value (`{}`), on the line of its key."""
    row = text.rfind("\n", 0, node.start) + 1
    newline = "\n" if text[end - 1 : end] == "\n" else ""
    if text[row : node.start].strip():
        return Edit(node.start, end, source + newline)
    if row == 0:
        return Edit(0, end, source + newline)
    above = len(text[:row].rstrip())
    if text[above - 1] == ":" and "\n" not in text[above : row - 1]:
        return Edit(above, end, f" {source}{newline}")
    return Edit(node.start, end, source + newline)


def _block(steps: Sequence[Step], value: Value, indent: int) -> str:
    """The lines of a new key of a block mapping."""
    lines, offset = "", indent
    for step in steps[:-1]:
        lines += f"{' ' * offset}{_key(step)}:\n"
        offset += 2
    return f"{lines}{' ' * offset}{_key(steps[-1])}: {_source(value, indent=offset + 2)}\n"


def _source(value: Value, *, flow: bool = False, indent: int | None = None) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_source(child, flow=True)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_source(child, flow=True) for child in value) + "]"
    return yaml_scalar(value, flow=flow, indent=indent)


def _flow(steps: Sequence[Step], value: Value, path: str) -> str:
    json_only = path.endswith(".json")
    if not steps:
        return json.dumps(value) if json_only else _source(value, flow=True)
    key = json.dumps(steps[0]) if json_only else _key(steps[0])
    return f"{{{key}: {_flow(steps[1:], value, path)}}}"


def _key(step: Step) -> str:
    if not isinstance(step, str):
        raise UsageError("an index into a list that does not exist", hint="add the list first")
    return yaml_scalar(step, flow=True)


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"
