"""Manifests as the overlay room would render them, made from text: `<<name>>` stands for a sealed value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from sealkit.model.objects import Manifest, ref_of
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.yamlspan.route import Route

_SLOT = re.compile(r"<<(\w+)>>")


def manifests(text: str, values: Mapping[str, object] | None = None) -> list[Manifest]:
    """The objects of a YAML stream. `values` are the sealed values by name; a scalar that is only a slot takes its type."""
    found = []
    for body in yaml.safe_load_all(text):
        filled = _fill(body, values or {})
        found.append(Manifest(ref_of(filled), filled["apiVersion"], filled, "public/objects.yaml", 1))
    return found


def sealed(value: object, name: str = "value", mask: str = "***") -> Sensitive:
    """A leaf that came from a sealed file."""
    return Sensitive(value, mask=mask, origins=(Origin("private/values.yaml", Route((name,))),))  # type: ignore[arg-type]


def _fill(tree: Any, values: Mapping[str, object]) -> Any:
    if isinstance(tree, dict):
        return {key: _fill(child, values) for key, child in tree.items()}
    if isinstance(tree, list):
        return [_fill(child, values) for child in tree]
    if not isinstance(tree, str) or not (names := _SLOT.findall(tree)):
        return tree
    if _SLOT.fullmatch(tree):
        return sealed(values[names[0]], names[0])
    return sealed(_SLOT.sub(lambda found: str(values[found[1]]), tree), names[0], _SLOT.sub("***", tree))
