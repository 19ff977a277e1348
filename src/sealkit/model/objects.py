"""Kubernetes objects: their identity, and a manifest as a tree whose leaves may be `Sensitive`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Body, Fields, Tree, as_list, as_mapping, as_text, at, walk
from sealkit.yamlspan.route import Route


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
    body: Body
    path: str = ""
    line: int = 0

    def sensitive(self) -> Iterator[tuple[Route, Sensitive]]:
        """Every sealed leaf with its route, list items by index."""
        for route, leaf in walk(self.body):
            if isinstance(leaf, Sensitive):
                yield route, leaf


def is_object(tree: Tree) -> TypeGuard[Body]:
    """Whether a tree is a Kubernetes object: a mapping with text under `apiVersion` and `kind`."""
    kind = at(tree, "kind")
    return isinstance(tree, dict) and isinstance(tree.get("apiVersion"), str) and isinstance(kind, str) and bool(kind)


def ref_of(tree: Fields, namespace: str = "") -> ObjectRef:
    """The identity of an object. `namespace` is the default for a manifest that names none."""
    metadata = as_mapping(tree.get("metadata"))
    group = as_text(tree.get("apiVersion")).rpartition("/")[0]
    own_namespace = as_text(metadata.get("namespace")) or namespace
    return ObjectRef(group, as_text(tree.get("kind")), own_namespace, as_text(metadata.get("name")))


def is_list(body: Body) -> bool:
    """Whether an object is a `List` of objects (`v1` List, DeploymentList ...)."""
    return as_text(body.get("kind")).endswith("List")


def expand(tree: Tree) -> Iterator[tuple[Route, Body]]:
    """The objects of one document with their routes: the object itself, or the items of a `List`. Anything else has none."""
    if not is_object(tree):
        return
    if is_list(tree) and isinstance(tree.get("items"), list):
        for index, item in enumerate(as_list(tree.get("items"))):
            for route, inner in expand(item):
                yield Route(("items", index, *route.steps)), inner
    else:
        yield Route(), tree
