"""How a route names the items of a list: `.spec.containers[api].env[DSN].value` rather than `.spec.containers[0].env[2].value`.

Findings, plans, reviews and the ledger all take the name of an item from here, so that the same item has the same route in
each of them, also after the list is reordered. The keys are the patchMergeKey and listMapKeys of k8s.io/api, `name` first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sealkit.yamlspan.route import Name, Route, Step

_KEYS = (
    ("name",), ("containerPort",), ("containerPort", "protocol"), ("port",), ("port", "protocol"), ("mountPath",),
    ("devicePath",), ("ip",), ("host",), ("path",), ("key",), ("topologyKey",), ("type",),
)  # fmt: skip
_BESIDE_KEY = ("operator", "effect")
"""Fields of a toleration and of a selector requirement. In other items `key` may hold an API key, and routes are printed."""

_LABEL = re.compile(r"(?!.*(?:://|@))[^\s\"\[\]\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,253}")
"""What can stand between brackets in a route. An address with a login in it is not a name."""


def labels(items: Sequence[object], others: Sequence[object] = ()) -> list[Step]:
    """The step that names each item of a list: by the first key (or pair) that gives every item a name of its own, else by index.

    `others` is another state of the same list: the key is one that names the items of both, so that they can be compared.
    A sealed value never becomes a name.
    """
    for keys in _KEYS:
        names = _names(items, keys)
        if names is not None and _names(others, keys) is not None:
            return [Name(name) for name in names]
    return list(range(len(items)))


class TreeNames:
    """Names the list items in the routes of one tree of mappings and lists. Each list is labelled once."""

    def __init__(self, tree: object) -> None:
        self._tree = tree
        self._labels: dict[int, list[Step]] = {}

    def named(self, route: Route) -> Route:
        """A route of keys and indexes with list items by name."""
        steps: list[Step] = []
        node = self._tree
        for step in route:
            if isinstance(node, list) and isinstance(step, int) and step < len(node):
                if id(node) not in self._labels:  # the tree keeps its lists, so an id stays theirs
                    self._labels[id(node)] = labels(node)
                steps.append(self._labels[id(node)][step])
                node = node[step]
            else:
                steps.append(step)
                node = node.get(step) if isinstance(node, Mapping) else None
        return Route(tuple(steps))


def named_route(tree: object, route: Route) -> Route:
    """One route of keys and indexes in a tree, with list items by name."""
    return TreeNames(tree).named(route)


def _names(items: Sequence[object], keys: tuple[str, ...]) -> list[str] | None:
    """The name of each item by these keys, or None where one has none or two have the same."""
    names: dict[str, None] = {}
    for item in items:
        name = _name(item, keys)
        if name is None or name in names:
            return None
        names[name] = None
    return list(names)


def _name(item: object, keys: tuple[str, ...]) -> str | None:
    if not isinstance(item, Mapping) or (keys == ("key",) and not any(field in item for field in _BESIDE_KEY)):
        return None
    values = [item.get(key) for key in keys]
    # the exact types: a `Sensitive` is neither
    if not all(isinstance(value, str | int) for value in values):
        return None
    name = "/".join(map(str, values))
    return name if _LABEL.fullmatch(name) else None
