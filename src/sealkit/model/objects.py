"""Kubernetes objects: their identity, and a manifest as a tree whose leaves may be `Sensitive`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sealkit.model.sensitive import Sensitive
from sealkit.yamlspan.route import Route

Tree = Any
"""Mappings (dict), lists and leaves: str, int, float, bool, None or `Sensitive`."""


class Literal(str):
    """Text whose placeholders are resolved: anything in it that still looks like a placeholder is literal text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """The identity of an object. The API version is not part of it: the same object can be written in several.

    `namespace` is empty for cluster-scoped objects, and for a manifest that leaves it to the target.
    """

    group: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = f"{self.group}/{self.kind}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"


@dataclass(slots=True)
class Manifest:
    """One object: its identity, its body, and the path and line of its public manifest."""

    ref: ObjectRef
    api_version: str
    body: dict[str, Tree]
    path: str = ""
    line: int = 0

    def sensitive(self) -> Iterator[tuple[Route, Sensitive]]:
        """Every sealed leaf with its route, list items by index."""
        for route, leaf in walk(self.body):
            if isinstance(leaf, Sensitive):
                yield route, leaf


def walk(tree: Tree, route: Route = Route()) -> Iterator[tuple[Route, Tree]]:  # noqa: B008 - Route is immutable
    """All leaves of a tree with their routes, list items by index. Empty mappings and lists count as leaves."""
    if isinstance(tree, Mapping) and tree:
        for key, child in tree.items():
            yield from walk(child, route / key)
    elif isinstance(tree, list) and tree:
        for index, child in enumerate(tree):
            yield from walk(child, route / index)
    else:
        yield route, tree


def is_object(tree: Tree) -> bool:
    """Whether a tree is a Kubernetes object: a mapping with text under `apiVersion` and `kind`."""
    return (
        isinstance(tree, Mapping)
        and isinstance(tree.get("apiVersion"), str)
        and isinstance(tree.get("kind"), str)
        and bool(tree["kind"])
    )


def ref_of(tree: Mapping[str, Tree], namespace: str = "") -> ObjectRef:
    """The identity of an object. `namespace` is the default for a manifest that names none."""
    metadata = tree.get("metadata")
    meta: Mapping[str, Tree] = metadata if isinstance(metadata, Mapping) else {}
    version = str(tree.get("apiVersion") or "")
    group = version.rpartition("/")[0]
    return ObjectRef(
        group, str(tree.get("kind") or ""), str(meta.get("namespace") or namespace), str(meta.get("name") or "")
    )


def expand(tree: Tree) -> Iterator[tuple[Route, dict[str, Tree]]]:
    """The objects of one document with their routes: the object itself, or the items of a `List`. Anything else has none."""
    if is_object(tree):
        if tree["kind"].endswith("List") and isinstance(tree.get("items"), list):
            for index, item in enumerate(tree["items"]):
                for route, inner in expand(item):
                    yield Route(("items", index, *route.steps)), inner
        else:
            yield Route(), tree
