"""Rendered manifests as text: YAML, JSON (one `v1` List, as kubectl prints) or names. Masked unless told otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum

from sealkit.model.objects import Manifest
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Fields, Tree
from sealkit.overlay.resolve import Resolved
from sealkit.reveal import reveal
from sealkit.yamlspan.edit import yaml_scalar
from sealkit.yamlspan.scalars import Scalar


class Show(Enum):
    """What stands where a sealed value goes."""

    MASK = "the mask"
    PLACEHOLDERS = "the placeholder, or <sealed:FILE#ROUTE> for a leaf of an overlay object"
    VALUES = "the value itself: a true one or a stand-in"


def yaml(manifests: Iterable[Manifest], show: Show = Show.MASK) -> str:
    """A stream of YAML documents."""
    parts = []
    for manifest in manifests:
        lines: list[str] = []
        _mapping(manifest.body, 0, lines, show)
        parts.append("\n".join(lines) + "\n")
    return "---\n".join(parts)


def as_json(manifests: Iterable[Manifest], show: Show = Show.MASK) -> str:
    """One `v1` List, indented by four as kubectl does."""
    items = [_plain(manifest.body, show) for manifest in manifests]
    body = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    return json.dumps(body, indent=4, ensure_ascii=False) + "\n"


def names(manifests: Iterable[Manifest]) -> str:
    """One line for each object: `deployment.apps/api`, as `kubectl -o name`."""
    lines = []
    for manifest in manifests:
        kind = manifest.ref.kind.lower()
        lines.append(
            f"{kind}.{manifest.ref.group}/{manifest.ref.name}" if manifest.ref.group else f"{kind}/{manifest.ref.name}"
        )
    return "".join(f"{line}\n" for line in lines)


def shown(leaf: Tree, show: Show) -> Scalar:
    """One leaf as it is to be printed."""
    if not isinstance(leaf, Sensitive):
        return reveal(leaf)
    if show is Show.VALUES:
        return reveal(leaf)
    if show is Show.MASK:
        return leaf.mask
    if isinstance(leaf, Resolved):
        return leaf.written
    return f"<sealed:{', '.join(map(str, leaf.origins))}>"


def _plain(tree: Tree, show: Show) -> Tree:
    if isinstance(tree, Mapping):
        return {key: _plain(child, show) for key, child in tree.items()}
    if isinstance(tree, list):
        return [_plain(child, show) for child in tree]
    return shown(tree, show)


def _mapping(tree: Fields, indent: int, lines: list[str], show: Show, first: str = "") -> None:
    """Block style; `first` is what the first line begins with instead of its blanks (the dash of a list item)."""
    for key, child in tree.items():
        _value(f"{first or ' ' * indent}{yaml_scalar(str(key))}:", child, indent, lines, show)
        first = ""


def _value(head: str, child: Tree, indent: int, lines: list[str], show: Show) -> None:
    if isinstance(child, Mapping) and child:
        lines.append(head)
        _mapping(child, indent + 2, lines, show)
    elif isinstance(child, list) and child:
        lines.append(head)
        _list(child, indent, lines, show)
    else:
        lines.append(f"{head} {_scalar(child, indent + 2, show)}")


def _list(items: list[Tree], indent: int, lines: list[str], show: Show) -> None:
    dash = " " * indent + "- "
    for item in items:
        if isinstance(item, Mapping) and item:
            _mapping(item, indent + 2, lines, show, dash)
        elif isinstance(item, list) and item:
            lines.append(dash.rstrip())
            _list(item, indent + 2, lines, show)
        else:
            lines.append(dash + _scalar(item, indent + 2, show))


def _scalar(leaf: Tree, indent: int, show: Show) -> str:
    if isinstance(leaf, Mapping):
        return "{}"
    if isinstance(leaf, list):
        return "[]"
    return yaml_scalar(shown(leaf, show), indent=indent)
