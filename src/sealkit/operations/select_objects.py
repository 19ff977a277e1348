"""Choose rendered objects by namespace and labels, as kubectl does with `-n` and `-l`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import UsageError
from sealkit.model.objects import Manifest
from sealkit.model.tree import as_mapping, at
from sealkit.overlay.value_places import located
from sealkit.source.config import Target


def select(manifests: Sequence[Manifest], target: Target, namespace: str = "", selector: str = "") -> list[Manifest]:
    """The objects of a namespace (empty: of all) whose labels match a selector (as kubectl's `-l`). Raises UsageError."""
    return [
        manifest
        for manifest in manifests
        if (not namespace or located(manifest.ref, target.namespace).namespace == namespace)
        and matches(selector, _labels(manifest))
    ]


def matches(selector: str, labels: Mapping[str, object]) -> bool:
    """Whether labels match an equality-based selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas. Raises UsageError."""
    for term in filter(None, (part.strip() for part in selector.split(","))):
        if any(mark in term for mark in "() "):
            raise UsageError(f"-l {term}: not supported", hint="write a=b, a!=b, a or !a, joined by commas")
        key, unequal, value = term.partition("!=")
        if not unequal:
            key, equal, value = term.partition("=")
            value = value.removeprefix("=")
            if not equal:
                if (term.lstrip("!") in labels) == term.startswith("!"):
                    return False
                continue
        label = labels.get(key)
        if (label is not None and str(label) == value) == bool(unequal):
            return False
    return True


def _labels(manifest: Manifest) -> Mapping[str, object]:
    return as_mapping(at(manifest.body, "metadata", "labels"))
