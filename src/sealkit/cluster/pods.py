"""Why the pods of a workload do not become ready, while its own status only says that it waits (measured: a Deployment whose
container crashes is "progressing" for ten minutes, its pod says CrashLoopBackOff at once)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from sealkit.cluster import known_messages
from sealkit.cluster.client import Client
from sealkit.cluster.discovery import Resource
from sealkit.model.objects import ObjectRef
from sealkit.model.tree import Fields, Tree, as_integer, as_mapping, as_mappings, as_text, at

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


def of_workload(client: Client, ref: ObjectRef, body: Fields) -> list[Fields]:
    """The pods of the present revision of a workload. Raises ApiError."""
    if ref.kind == "Pod":
        return [body]
    selector = as_mapping(at(body, "spec", "selector", "matchLabels"))
    if not selector:
        return []
    query = "?labelSelector=" + quote(",".join(f"{key}={value}" for key, value in selector.items()))
    owner = at(body, "metadata", "uid")
    if ref.kind == "Deployment":
        sets = _listed(client, _REPLICA_SETS, ref.namespace, query)
        revision = _annotations(body).get(_REVISION)
        present = [item for item in sets if _owned(item, owner) and _annotations(item).get(_REVISION) == revision]
        owner = at(present[0], "metadata", "uid") if present else ""
    found = [pod for pod in _listed(client, _PODS, ref.namespace, query) if _owned(pod, owner)]
    if ref.kind == "StatefulSet":
        revision = at(body, "status", "updateRevision")
        return [pod for pod in found if _labels(pod).get("controller-revision-hash") == revision]
    if ref.kind == "DaemonSet" and (template := _annotations(body).get(_TEMPLATE)):
        return [pod for pod in found if _labels(pod).get("pod-template-generation") == template]
    return found


def trouble(pods: Sequence[Fields], patience: float, names: Container[str] = ()) -> tuple[str, bool] | None:
    """What keeps pods from becoming ready, and whether waiting is useless; None if nothing is known.

    It is told in words of Kubernetes and in `names`, those of the manifest: all else in a pod, the names of its containers too,
    may be what an admission policy of somebody else wrote there. A pod that no node takes counts as hopeless after `patience`
    seconds: until then a node may be on its way.
    """
    found: list[tuple[str, bool]] = []
    for pod in pods:
        if at(pod, "metadata", "deletionTimestamp"):
            continue
        found += _troubles(pod, patience, names)
    return max(found, key=lambda item: item[1], default=None)


def _troubles(pod: Fields, patience: float, names: Container[str]) -> Iterator[tuple[str, bool]]:
    for key in ("initContainerStatuses", "containerStatuses"):
        for container in as_mappings(at(pod, "status", key)):
            name = f"container {container['name']}" if container.get("name") in names else "a container"
            waiting = as_mapping(at(container, "state", "waiting"))
            reason, message = as_text(waiting.get("reason")), as_text(waiting.get("message"))
            if reason == "CrashLoopBackOff":
                restarts = as_integer(container.get("restartCount"))
                ended = as_mapping(at(container, "lastState", "terminated"))
                code = f", exit code {as_integer(ended['exitCode'])}" if "exitCode" in ended else ""
                text = f"{name} crashes ({restarts} restarts{code})"
                yield text, restarts >= _CRASHES
            elif reason in _AT_ONCE:
                yield ": ".join(filter(None, (name, reason, known_messages.missing(message, names)))), True
    for condition in as_mappings(at(pod, "status", "conditions")):
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            since = _age(as_text(condition.get("lastTransitionTime")))
            why = known_messages.phrases(as_text(condition.get("message"))) or "unschedulable"
            yield f"no node takes it: {why}", since >= patience


def _age(moment: str) -> float:
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()
    except ValueError:
        return 0.0


def _listed(client: Client, resource: Resource, namespace: str, query: str) -> list[Fields]:
    return as_mappings(at(client.get(resource.path(namespace) + query), "items"))


def _owned(body: Fields, uid: Tree) -> bool:
    return any(owner.get("uid") == uid for owner in as_mappings(at(body, "metadata", "ownerReferences")))


def _annotations(body: Fields) -> Fields:
    return as_mapping(at(body, "metadata", "annotations"))


def _labels(body: Fields) -> Fields:
    return as_mapping(at(body, "metadata", "labels"))
