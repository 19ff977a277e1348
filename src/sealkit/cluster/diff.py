"""What differs between two objects, leaf by leaf. Pure: knows lists and mappings, and no kind of object.

List items are known by their name or another key that tells them apart, as in `.spec.containers[api].image`, so an item that
was put in front changes no other one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sealkit.model.difference import ABSENT, Absent, Difference
from sealkit.model.list_items import labels
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Tree
from sealkit.yamlspan.route import Route, Step

_TOP = Route()


def differences(old: Tree | Absent, new: Tree | Absent, route: Route = _TOP) -> Iterator[Difference]:
    """Every leaf that differs, in the order of `new`, then what only `old` has."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in (*new, *(key for key in old if key not in new)):
            yield from differences(old.get(key, ABSENT), new.get(key, ABSENT), route / key)
    elif isinstance(old, list) and isinstance(new, list):
        before, after = _labelled(old, new), _labelled(new, old)
        for label in (*after, *(label for label in before if label not in after)):
            yield from differences(before.get(label, ABSENT), after.get(label, ABSENT), route / label)
    elif _empty(old) and _empty(new):
        return  # an empty list or mapping, and none
    elif isinstance(old, Mapping | list) or isinstance(new, Mapping | list):
        yield from (Difference(at, leaf, ABSENT) for at, leaf in leaves(old, route))
        yield from (Difference(at, ABSENT, leaf) for at, leaf in leaves(new, route))
    elif not _same(old, new):
        yield Difference(route, old, new)


def leaves(tree: Tree | Absent, route: Route = _TOP) -> Iterator[tuple[Route, Tree]]:
    """All leaves of a tree with their routes, items of lists by their names."""
    if isinstance(tree, Mapping):
        for key, child in tree.items():
            yield from leaves(child, route / key)
    elif isinstance(tree, list):
        for label, child in _labelled(tree).items():
            yield from leaves(child, route / label)
    elif tree is not ABSENT:
        yield route, tree


def pattern(route: Route) -> tuple[str, ...]:
    """The route without saying which item of a list."""
    return tuple(step if isinstance(step, str) else "*" for step in route)


def _same(old: Tree | Absent, new: Tree | Absent) -> bool:
    if isinstance(old, Sensitive) or isinstance(new, Sensitive):
        return bool(old == new)  # which compares the values, types included
    return type(old) is type(new) and bool(old == new)


def _empty(tree: Tree | Absent) -> bool:
    return tree is ABSENT or (isinstance(tree, Mapping | list) and not tree)


def _labelled(items: Sequence[Tree], others: Sequence[Tree] = ()) -> dict[Step, Tree]:
    return dict(zip(labels(items, others), items, strict=True))
