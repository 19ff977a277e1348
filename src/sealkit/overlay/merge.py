"""Merge laws: how an overlay object lies on a public one. Pure, on trees; neither input is changed.

Mappings merge key by key; a null removes; scalars and lists are replaced, except the lists that Kubernetes itself merges by a
key (containers by name, env by name, volume mounts by path ...), which merge item by item and keep the order of the base.
Source of the keys: the patchMergeKey tags of k8s.io/api core/v1 and apps/v1.

The laws, tested as properties: an empty overlay changes nothing; the same overlay twice is the same as once; and
`apply(apply(base, a), b)` is `apply(base, stack(a, b))` wherever a and b say the same sort of thing at a route (mapping, list
or scalar).
"""

from __future__ import annotations

from collections.abc import Mapping

from sealkit.errors import RefusedError
from sealkit.model.list_items import labels
from sealkit.model.tree import Body, Fields, Tree, as_list, as_mapping, as_mappings
from sealkit.yamlspan.route import Route

_BY_FIELD = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "imagePullSecrets": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "resourceClaims": "name",
    "webhooks": "name",
}
_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})
_DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder", "$deleteFromPrimitiveList")


def merge_key(route: Route) -> str | None:
    """The key by which the list at this route merges, or None where it is replaced."""
    steps = [step for step in route if isinstance(step, str)]
    last = steps[-1] if steps and route.steps[-1] == steps[-1] else ""
    if last == "ports":
        if len(steps) > 1 and steps[-2] in _CONTAINERS:
            return "containerPort"
        return "port" if steps == ["spec", "ports"] else None
    if last == "secrets":
        return "name" if len(steps) == 1 else None  # of a ServiceAccount
    return _BY_FIELD.get(last)


def apply(base: Fields, overlay: Fields) -> Body:
    """`base` with `overlay` on top. Raises RefusedError for a patch directive, which would be taken for data."""
    return _mapping(base, overlay, Route(), stacking=False)


def stack(lower: Fields, upper: Fields) -> Body:
    """Two overlays as one: a null stays, because it still has to remove something below."""
    return _mapping(lower, upper, Route(), stacking=True)


def stripped(overlay: Fields) -> Body:
    """An overlay that has nothing below it: its nulls remove nothing and go."""
    return apply({}, overlay)


def _merge(base: Tree, overlay: Tree, route: Route, *, stacking: bool) -> Tree:
    if isinstance(overlay, Mapping):
        return _mapping(as_mapping(base), overlay, route, stacking=stacking)
    if isinstance(overlay, list):
        key = merge_key(route)
        if key is None or (upper := _keyed(overlay, key)) is None:
            return list(overlay)
        return _list(_keyed(base, key) or [], upper, key, route, stacking=stacking)
    return overlay


def _mapping(base: Fields, overlay: Fields, route: Route, *, stacking: bool) -> Body:
    result = dict(base)
    for key, value in overlay.items():
        if key.startswith(_DIRECTIVES):
            raise RefusedError(
                f"{route / key}: a patch directive in an overlay object", hint="write null to remove a field"
            )
        if value is None and not stacking:
            result.pop(key, None)
        else:
            result[key] = _merge(base.get(key), value, route / key, stacking=stacking)
    return result


def _list(base: list[Fields], overlay: list[Fields], key: str, route: Route, *, stacking: bool) -> list[Tree]:
    result: list[Tree] = list(base)
    where = {str(item[key]): index for index, item in enumerate(base)}
    for item, step in zip(overlay, labels(overlay), strict=True):
        label = str(item[key])
        below = result[where[label]] if label in where else {}
        merged = _merge(below, item, route / step, stacking=stacking)
        if label in where:
            result[where[label]] = merged
        else:
            where[label] = len(result)
            result.append(merged)
    return result


def _keyed(node: Tree, key: str) -> list[Fields] | None:
    """The items of a list of mappings that each have an open merge key of their own; None for any other node."""
    items = as_mappings(node)
    values = {str(item[key]) for item in items if isinstance(item.get(key), str | int)}  # a `Sensitive` is neither
    return items if len(values) == len(as_list(node)) else None
