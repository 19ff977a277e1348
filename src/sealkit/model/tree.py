"""Trees: what a YAML or JSON document holds, with `Sensitive` leaves where a sealed value is; and how to read them.

A document that people write may have anything anywhere: `spec: 5`, `metadata:` with nothing below it. The functions here read
a node as what it should be and give an empty one where it is something else, so that a chain of them needs no checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sealkit.model.sensitive import Sensitive
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar, Value

Leaf = Scalar | Sensitive
Tree = Mapping[str, "Tree"] | list["Tree"] | Leaf
"""Any node: a mapping, a list or a leaf."""
Fields = Mapping[str, Tree]
"""An object, or a mapping within one, that is read."""
Body = dict[str, Tree]
"""The mapping at the top of an object, or one that is being built."""


def as_mapping(node: Tree) -> Fields:
    """A node as a mapping: an empty one if it is something else."""
    return node if isinstance(node, Mapping) else {}


def as_list(node: Tree) -> list[Tree]:
    """A node as a list: an empty one if it is something else."""
    return node if isinstance(node, list) else []


def as_mappings(node: Tree) -> list[Fields]:
    """The items of a list that are mappings; none if the node is not a list."""
    return [item for item in as_list(node) if isinstance(item, Mapping)]


def at(tree: Tree, *keys: str) -> Tree:
    """The node below these keys, or None where one of them is missing: `at(body, "metadata", "labels")`."""
    for key in keys:
        tree = as_mapping(tree).get(key)
    return tree


def as_text(node: Tree) -> str:
    """A leaf as text: empty for null and other empty nodes, the mask for a sealed value."""
    return str(node or "")


def as_integer(node: Tree) -> int:
    """A node as a number: 0 if it is not an integer."""
    return node if isinstance(node, int) else 0


def nested(leaves: Iterable[tuple[Sequence[str], Leaf]]) -> Body:
    """Mappings from leaves and the keys that lead to each, which are at least one."""
    tree: Body = {}
    for keys, leaf in leaves:
        block = tree
        for key in keys[:-1]:
            child = block.get(key)
            if not isinstance(child, dict):
                child = block[key] = {}
            block = child
        block[keys[-1]] = leaf
    return tree


def convert(value: Value, leaf: Callable[[Scalar], Leaf] = lambda scalar: scalar) -> Tree:
    """A plain document as a tree, with every scalar converted by `leaf`."""
    if isinstance(value, Mapping):
        mapping: Body = {}
        for key, child in value.items():  # a comprehension would need two frames a level
            mapping[key] = convert(child, leaf)
        return mapping
    if isinstance(value, list):
        return [convert(child, leaf) for child in value]
    return leaf(value)


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
