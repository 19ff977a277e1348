"""The plain text of a sealed file of named values: made new, or extended without touching what is there."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.document import MappingNode, Node, ScalarNode, parse
from sealkit.model.edit import Edit, apply_edits, yaml_scalar
from sealkit.model.scalars import Scalar

Value = tuple[str, str, Scalar]
"""The name of a value in its two parts (`shop-db`, `password`), and the value."""


def extend(text: str | None, values: Sequence[Value], path: str) -> str:
    """The text of a file of named values with these added: in the mapping of their first part where there is one, else at
    the end. Comments and order stay. Raises SealkitError for text that is no YAML."""
    groups: dict[str, list[Value]] = {}
    for value in values:
        groups.setdefault(value[0], []).append(value)
    if text is None or not text.strip():
        return "".join(_group(owner, items) for owner, items in groups.items())
    documents = parse(text, path)
    root = documents[-1].root if documents else None
    if not isinstance(root, MappingNode) or root.flow or root.scalar("apiVersion") or not root.items:
        body = "".join(_group(owner, items) for owner, items in groups.items())
        return f"{_ended(text)}---\n{body}"
    edits: list[Edit] = []
    tail = ""
    for owner, items in groups.items():
        held = root.get(owner)
        if isinstance(held, MappingNode) and not held.flow and held.items and not held.alias:
            indent = _column(text, held.items[0][0].start)
            at = _end_of(held.items[-1][1], text)
            lead = "" if at == 0 or text[at - 1] == "\n" else "\n"
            edits.append(Edit(at, at, lead + "".join(_line(label, value, indent) for _, label, value in items)))
        elif held is not None:
            tail += "".join(f"{yaml_scalar(f'{o}.{label}')}: {yaml_scalar(v, indent=2)}\n" for o, label, v in items)
        else:
            tail += _group(owner, items)
    return _ended(apply_edits(text, edits)) + tail


def _group(owner: str, items: Sequence[Value]) -> str:
    return f"{yaml_scalar(owner)}:\n" + "".join(_line(label, value, 2) for _, label, value in items)


def _line(label: str, value: Scalar, indent: int) -> str:
    text = yaml_scalar(value, indent=indent + 2)
    return f"{' ' * indent}{yaml_scalar(label)}: {text}\n"


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"


def _column(text: str, offset: int) -> int:
    return offset - (text.rfind("\n", 0, offset) + 1)


def _end_of(node: Node, text: str) -> int:
    """Where the line ends on which the last scalar of a node ends: the ends of collections swallow comments."""
    while not isinstance(node, ScalarNode):
        if not node.items:
            break
        last = node.items[-1]
        node = last[1] if isinstance(last, tuple) else last
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return node.end
    end = text.find("\n", max(node.start, node.end - 1))
    return len(text) if end < 0 else end + 1
