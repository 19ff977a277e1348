"""Objects that `kubectl apply` (the client-side one) made: taking them over so that nothing secret stays behind.

Measured: server-side apply by force leaves the last-applied annotation with the old values, and keys that went from the
manifest stay. So the annotation goes and the fields that kubectl managed become sealkit's, in one patch that touches nothing
but metadata and only the version that was looked at; the apply after it drops what the manifest no longer has.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import LAST_APPLIED, MANAGER, Desired
from sealkit.cluster.diff import leaves
from sealkit.cluster.live_objects import managers
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.wire import JSON_PATCH
from sealkit.model.objects import Tree
from sealkit.yamlspan.route import Name, Route

CLIENT_SIDE = "kubectl-client-side-apply"
NOTE = (
    "made with kubectl apply: its last-applied annotation, which repeats old values, goes; its fields become sealkit's"
)
_TRIES = 5


def needed(body: Mapping[str, Tree]) -> bool:
    """Whether a live object was applied by kubectl on the client side."""
    return LAST_APPLIED in _annotations(body) or any(entry.get("manager") == CLIENT_SIDE for entry in managers(body))


def adopt(client: Client, item: Desired) -> None:
    """Take over one object, if there is anything to take over. Raises ApiError."""
    for last in range(1, _TRIES + 1):
        body = client.get(item.path, secret=item.secret)
        if body is None or not needed(body):
            return
        try:
            client.request(
                "PATCH", f"{item.path}?fieldManager={MANAGER}", body=_patch(body), content_type=JSON_PATCH, secret=True
            )
        except ApiError as error:
            # 422: what the patch removes is gone already, as when the answer to an earlier try was lost
            changed = error.fault is Fault.CONFLICT or (error.answer is not None and error.answer.status == 422)
            if not changed or last == _TRIES:
                raise
        else:
            return


def _patch(body: Mapping[str, Tree]) -> list[dict[str, Tree]]:
    """Replacing `resourceVersion` by what it is makes the server refuse (409) if the object changed meanwhile."""
    patch: list[dict[str, Tree]] = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": body["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/metadata/managedFields", "value": migrated(managers(body))},
    ]
    if LAST_APPLIED in _annotations(body):
        patch.append({"op": "remove", "path": "/metadata/annotations/" + LAST_APPLIED.replace("/", "~1")})
    return patch


def migrated(entries: Any) -> list[dict[str, Any]]:
    """`managedFields` in which what kubectl applied is applied by sealkit; fields of both are put together."""
    ours: dict[str, Any] | None = None
    others = []
    for entry in copy.deepcopy(list(entries)):
        mine = entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
        if (entry.get("manager") != CLIENT_SIDE and not mine) or entry.get("subresource"):
            others.append(entry)
        elif ours is None:
            ours = {**entry, "manager": MANAGER, "operation": "Apply"}
        else:
            _join(ours.setdefault("fieldsV1", {}), entry.get("fieldsV1") or {})
    if ours is None:
        return others
    annotations = (ours.get("fieldsV1") or {}).get("f:metadata", {}).get("f:annotations", {})
    annotations.pop(f"f:{LAST_APPLIED}", None)
    return [*others, ours]


def _join(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    for key, value in other.items():
        _join(into.setdefault(key, {}), value)


def without_annotation(body: Mapping[str, Tree]) -> dict[str, Tree]:
    """A comparable object without the annotation: the note of the plan speaks of it."""
    metadata = dict(body.get("metadata") or {})
    kept = {key: value for key, value in (metadata.get("annotations") or {}).items() if key != LAST_APPLIED}
    metadata["annotations"] = kept
    return {**body, "metadata": metadata}


def without_dropped(now: Mapping[str, Tree], item: Desired, after: Mapping[str, Tree]) -> dict[str, Tree]:
    """What a dry run made of the object, without the leaves that kubectl applied and the manifest no longer has: the dry run
    cannot know that they will be sealkit's to drop."""
    result: dict[str, Tree] = copy.deepcopy(without_annotation(after))
    try:
        applied = json.loads(_annotations(now).get(LAST_APPLIED) or "{}")
    except ValueError:
        return result
    if item.secret:
        applied["data"] = {**(applied.get("data") or {}), **(applied.pop("stringData", None) or {})}
    wanted = {route for route, _ in leaves(item.body)}
    for route, _ in leaves(
        {key: value for key, value in applied.items() if key not in {"apiVersion", "kind", "status"}}
    ):
        if route not in wanted and route.keys[:2] not in {("metadata", "name"), ("metadata", "namespace")}:
            _remove(result, route)
    return result


def _remove(tree: Tree, route: Route) -> None:
    for step in route.steps[:-1]:
        tree = _child(tree, step)
    if isinstance(tree, dict) and isinstance(route.steps[-1], str):
        tree.pop(route.steps[-1], None)


def _child(tree: Tree, step: str | int | Name) -> Tree:
    if isinstance(tree, dict) and isinstance(step, str):
        return tree.get(step)
    if isinstance(tree, list) and isinstance(step, int):
        return tree[step] if step < len(tree) else None
    if isinstance(tree, list) and isinstance(step, Name):
        return next((item for item in tree if isinstance(item, dict) and str(item.get("name")) == step.name), None)
    return None


def _annotations(body: Mapping[str, Tree]) -> Mapping[str, Any]:
    annotations = (body.get("metadata") or {}).get("annotations")
    return annotations if isinstance(annotations, Mapping) else {}
