"""Objects that `kubectl apply` (the client-side one) made: taking them over so that nothing secret stays behind.

Measured: server-side apply by force leaves the last-applied annotation with the old values, and keys that went from the
manifest stay. So the annotation goes and the fields that kubectl managed become sealkit's, in one patch that touches nothing
but metadata and only the version that was looked at; the apply after it drops what the manifest no longer has.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable

from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import LAST_APPLIED, MANAGER, Desired
from sealkit.cluster.diff import leaves
from sealkit.cluster.live_objects import managers
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.wire import JSON_PATCH
from sealkit.model.tree import Body, Fields, Tree, as_mapping, as_text, at
from sealkit.yamlspan.route import Name, Route

CLIENT_SIDE = "kubectl-client-side-apply"
NOTE = (
    "made with kubectl apply: its last-applied annotation, which repeats old values, goes; its fields become sealkit's"
)
_TRIES = 5


def needed(body: Fields) -> bool:
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


def _patch(body: Fields) -> list[Tree]:
    """Replacing `resourceVersion` by what it is makes the server refuse (409) if the object changed meanwhile."""
    patch: list[Tree] = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": at(body, "metadata", "resourceVersion")},
        {"op": "replace", "path": "/metadata/managedFields", "value": migrated(managers(body))},
    ]
    if LAST_APPLIED in _annotations(body):
        patch.append({"op": "remove", "path": "/metadata/annotations/" + LAST_APPLIED.replace("/", "~1")})
    return patch


def migrated(entries: Iterable[Fields]) -> list[Tree]:
    """`managedFields` in which what kubectl applied is applied by sealkit; fields of both are put together."""
    ours: Body | None = None
    others: list[Tree] = []
    for entry in copy.deepcopy(list(entries)):
        mine = entry.get("manager") == MANAGER and entry.get("operation") == "Apply"
        if (entry.get("manager") != CLIENT_SIDE and not mine) or entry.get("subresource"):
            others.append(entry)
        elif ours is None:
            ours = {**entry, "manager": MANAGER, "operation": "Apply"}
        else:
            ours["fieldsV1"] = _joined(ours.get("fieldsV1"), entry.get("fieldsV1"))
    if ours is None:
        return others
    _remove(ours, Route(("fieldsV1", "f:metadata", "f:annotations", f"f:{LAST_APPLIED}")))
    return [*others, ours]


def _joined(fields: Tree, others: Tree) -> Body:
    """The fields of two entries."""
    result = dict(as_mapping(fields))
    for key, inner in as_mapping(others).items():
        result[key] = _joined(result.get(key), inner)
    return result


def without_annotation(body: Fields) -> Body:
    """A comparable object without the annotation: the note of the plan speaks of it."""
    annotations = {key: value for key, value in _annotations(body).items() if key != LAST_APPLIED}
    return {**body, "metadata": {**as_mapping(body.get("metadata")), "annotations": annotations}}


def without_dropped(now: Fields, item: Desired, after: Fields) -> Body:
    """What a dry run made of the object, without the leaves that kubectl applied and the manifest no longer has: the dry run
    cannot know that they will be sealkit's to drop."""
    result = copy.deepcopy(without_annotation(after))
    try:
        applied: Body = json.loads(as_text(_annotations(now).get(LAST_APPLIED)) or "{}")
    except ValueError:
        return result
    if item.secret:
        applied["data"] = {**as_mapping(applied.get("data")), **as_mapping(applied.pop("stringData", None))}
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


def _annotations(body: Fields) -> Fields:
    return as_mapping(at(body, "metadata", "annotations"))
