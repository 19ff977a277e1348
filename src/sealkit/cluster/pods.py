"""Why the pods of a workload do not become ready, while its own status only says that it waits (measured: a Deployment whose
container crashes is "progressing" for ten minutes, its pod says CrashLoopBackOff at once)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from sealkit.cluster.client import Client
from sealkit.cluster.discovery import Resource
from sealkit.model.objects import ObjectRef

Body = Mapping[str, Any]
_PODS = Resource("", "v1", "Pod", "pods", namespaced=True)
_REPLICA_SETS = Resource("apps", "v1", "ReplicaSet", "replicasets", namespaced=True)
_AT_ONCE = {
    "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
    "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
}  # fmt: skip
_CRASHES = 3
"""A container that waited for its database twice may still come up."""
_REVISION = "deployment.kubernetes.io/revision"
_TEMPLATE = "deprecated.daemonset.template.generation"


def of_workload(client: Client, ref: ObjectRef, body: Body) -> list[Body]:
    """The pods of the present revision of a workload. Raises ApiError."""
    if ref.kind == "Pod":
        return [body]
    selector = ((body.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not selector:
        return []
    query = "?labelSelector=" + quote(",".join(f"{key}={value}" for key, value in selector.items()))
    owner = body["metadata"]["uid"]
    if ref.kind == "Deployment":
        sets = _listed(client, _REPLICA_SETS, ref.namespace, query)
        revision = _annotations(body).get(_REVISION)
        present = [item for item in sets if _owned(item, owner) and _annotations(item).get(_REVISION) == revision]
        owner = present[0]["metadata"]["uid"] if present else ""
    found = [pod for pod in _listed(client, _PODS, ref.namespace, query) if _owned(pod, owner)]
    if ref.kind == "StatefulSet":
        revision = (body.get("status") or {}).get("updateRevision")
        return [pod for pod in found if _labels(pod).get("controller-revision-hash") == revision]
    if ref.kind == "DaemonSet" and (template := _annotations(body).get(_TEMPLATE)):
        return [pod for pod in found if _labels(pod).get("pod-template-generation") == template]
    return found


def trouble(pods: Sequence[Body], patience: float) -> tuple[str, bool] | None:
    """What keeps pods from becoming ready, and whether waiting is useless; None if nothing is known.

    A pod that no node takes counts as hopeless after `patience` seconds: until then a node may be on its way.
    """
    found: list[tuple[str, bool]] = []
    for pod in pods:
        if (pod.get("metadata") or {}).get("deletionTimestamp"):
            continue
        name = pod["metadata"]["name"]
        found += [(f"pod {name}: {text}", final) for text, final in _troubles(pod, patience)]
    return max(found, key=lambda item: item[1], default=None)


def _troubles(pod: Body, patience: float) -> Iterator[tuple[str, bool]]:
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in status.get(key) or []:
            waiting = (container.get("state") or {}).get("waiting") or {}
            reason, message = str(waiting.get("reason") or ""), str(waiting.get("message") or "")
            if reason == "CrashLoopBackOff":
                restarts = container.get("restartCount") or 0
                ended = (container.get("lastState") or {}).get("terminated") or {}
                code = f", exit code {ended['exitCode']}" if "exitCode" in ended else ""
                text = f"container {container['name']} crashes ({restarts} restarts{code})"
                yield text, restarts >= _CRASHES
            elif reason in _AT_ONCE:
                yield f"container {container['name']}: {reason}" + (f": {message}" if message else ""), True
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            since = _age(str(condition.get("lastTransitionTime") or ""))
            yield f"no node takes it: {condition.get('message') or 'unschedulable'}", since >= patience


def _age(moment: str) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except ValueError:
        return 0.0


def _listed(client: Client, resource: Resource, namespace: str, query: str) -> list[Body]:
    return list((client.get(resource.path(namespace) + query) or {}).get("items") or [])


def _owned(body: Body, uid: str) -> bool:
    return any(owner.get("uid") == uid for owner in body["metadata"].get("ownerReferences") or [])


def _annotations(body: Body) -> Mapping[str, str]:
    return (body.get("metadata") or {}).get("annotations") or {}


def _labels(body: Body) -> Mapping[str, str]:
    return (body.get("metadata") or {}).get("labels") or {}
