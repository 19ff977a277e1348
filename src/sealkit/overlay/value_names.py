"""Names for values that go to the sealed half: readable, stable, unique, and under no key that a policy leaves open."""

from __future__ import annotations

import re

from sealkit.yamlspan.scalars import Scalar

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_OPEN = frozenset({"apiVersion", "kind", "metadata", "type", "immutable", "sops"})
"""Keys that a policy for Kubernetes objects leaves open: no value gets such a name."""


class Namer:
    """Gives out names of two parts (`shop-db`, `password`). The same value in one file keeps its name; a name that is
    taken gets a number."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.known: dict[tuple[str, type, Scalar], tuple[str, str]] = {}

    def name(self, path: str, owner: str, label: str, value: Scalar) -> tuple[str, str, bool]:
        """Both parts of the name of a value of the file `path`, and whether it is new."""
        key = (path, type(value), value)
        if key in self.known:
            return (*self.known[key], False)
        owner, label = _clean(owner), _clean(label)
        candidate, count = label, 1
        while f"{owner}.{candidate}" in self.taken:
            count += 1
            candidate = f"{label}-{count}"
        self.taken.add(f"{owner}.{candidate}")
        self.known[key] = (owner, candidate)
        return owner, candidate, True


def _clean(text: str) -> str:
    name = _UNSAFE.sub("-", text)[:100].strip(".-") or "value"
    return f"{name}_value" if name in _OPEN or name.endswith("_unencrypted") else name
