"""The objects and kinds of `memory_api`, with a simple server-side apply for one field manager at a time."""

from __future__ import annotations

import copy
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

# group/version: the namespaced kinds, and after the bar the cluster-scoped kinds
_KINDS = {
    "v1": "ConfigMap Secret Service ServiceAccount PersistentVolumeClaim Pod Event Endpoints ResourceQuota LimitRange "
    "ReplicationController PodTemplate | Namespace Node PersistentVolume",
    "apps/v1": "Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision |",
    "batch/v1": "Job CronJob |",
    "autoscaling/v2": "HorizontalPodAutoscaler |",
    "policy/v1": "PodDisruptionBudget |",
    "coordination.k8s.io/v1": "Lease |",
    "discovery.k8s.io/v1": "EndpointSlice |",
    "networking.k8s.io/v1": "Ingress NetworkPolicy | IngressClass",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding | ClusterRole ClusterRoleBinding",
    "scheduling.k8s.io/v1": "| PriorityClass",
    "storage.k8s.io/v1": "| StorageClass CSIDriver",
    "apiextensions.k8s.io/v1": "| CustomResourceDefinition",
    "admissionregistration.k8s.io/v1": "| MutatingWebhookConfiguration ValidatingWebhookConfiguration "
    "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
}
_VERBS = ["create", "delete", "get", "list", "patch"]


def plural(kind: str) -> str:
    """The resource name of a kind, as the real API server names it."""
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x")) else "s")


class Store:
    """The objects of one cluster, by the path of their collection and by name. Callers hold `lock` while they use it."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Object]] = {}
        self.applied: dict[tuple[str, str, str], Object] = {}
        self.resources: dict[str, list[Object]] = {}
        self.lock = threading.Lock()
        self._revision = 0
        for version, kinds in _KINDS.items():
            namespaced, _, cluster_scoped = kinds.partition("|")
            for kind in namespaced.split():
                self.define(version, kind, plural(kind), namespaced=True)
            for kind in cluster_scoped.split():
                self.define(version, kind, plural(kind), namespaced=False)
        for name in ("default", "kube-system"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.apply("/api/v1/namespaces", name, body, "memory", dry=False)

    def define(self, version: str, kind: str, name: str, *, namespaced: bool) -> None:
        """Add a kind to the discovery of an API version."""
        resource = {"name": name, "kind": kind, "namespaced": namespaced, "verbs": _VERBS, "singularName": kind.lower()}
        self.resources.setdefault(version, []).append(resource)

    def apply(self, collection: str, name: str, body: Object, manager: str, *, dry: bool) -> tuple[int, Object]:
        """Server-side apply; returns the HTTP status and the object. Fields that the manager no longer applies are removed."""
        live = self.objects.get(collection, {}).get(name)
        previous = self.applied.get((collection, name, manager), {})
        after = merged(copy.deepcopy(live) if live else {}, removed_fields(previous, body), body)
        metadata = after.setdefault("metadata", {})
        metadata["name"] = name
        if live is not None and _without_server_fields(live) == _without_server_fields(after):
            return 200, live
        old_metadata = live["metadata"] if live else {}
        metadata["uid"] = old_metadata.get("uid") or str(uuid.uuid4())
        metadata["creationTimestamp"] = old_metadata.get("creationTimestamp") or _now()
        changed = live is None or live.get("spec") != after.get("spec")
        metadata["generation"] = old_metadata.get("generation", 0) + changed
        metadata["managedFields"] = [
            {"manager": manager, "operation": "Apply", "apiVersion": after.get("apiVersion"), "time": _now()}
        ]
        metadata["resourceVersion"] = str(self._revision + 1)
        after["status"] = status(after)
        if not dry:
            self._revision += 1
            self.objects.setdefault(collection, {})[name] = after
            self.applied[collection, name, manager] = copy.deepcopy(body)
            if after.get("kind") == "CustomResourceDefinition":
                self._define_custom_kinds(after["spec"])
        return (201 if live is None else 200), after

    def _define_custom_kinds(self, spec: Object) -> None:
        for version in spec["versions"]:
            api_version = f"{spec['group']}/{version['name']}"
            served = {resource["kind"] for resource in self.resources.get(api_version, [])}
            if spec["names"]["kind"] not in served:
                namespaced = spec["scope"] == "Namespaced"
                self.define(api_version, spec["names"]["kind"], spec["names"]["plural"], namespaced=namespaced)


def merged(live: Any, removed: Any, applied: Any) -> Any:
    """`live` without the fields that are None in `removed`, with the fields of `applied`. A list is replaced as a whole."""
    if not isinstance(live, dict) or not isinstance(applied, dict):
        return copy.deepcopy(applied)
    result = {key: value for key, value in live.items() if not (key in removed and removed[key] is None)}
    for key, value in applied.items():
        result[key] = merged(live.get(key), removed.get(key) or {}, value)
    return result


def removed_fields(previous: Object, applied: Object) -> Object:
    """The fields of `previous` that `applied` does not have, each as None."""
    removed: Object = {}
    for key, value in previous.items():
        if key not in applied:
            removed[key] = None
        elif isinstance(value, dict) and isinstance(applied[key], dict):
            removed[key] = removed_fields(value, applied[key])
    return removed


def _without_server_fields(body: Object) -> Object:
    """An object without the fields that the server writes."""
    server_fields = {"uid", "creationTimestamp", "generation", "managedFields", "resourceVersion"}
    metadata = {key: value for key, value in body.get("metadata", {}).items() if key not in server_fields}
    return {**{key: value for key, value in body.items() if key != "status"}, "metadata": metadata}


def status(body: Object) -> Object:
    """The status that controllers and kubelets would report for an object that is ready."""
    spec, generation = body.get("spec") or {}, body["metadata"]["generation"]
    count = spec.get("replicas", 1)
    ready = {"observedGeneration": generation, "replicas": count, "readyReplicas": count, "updatedReplicas": count}
    match body.get("kind"):
        case "Deployment":
            conditions = [("Available", "MinimumReplicasAvailable"), ("Progressing", "NewReplicaSetAvailable")]
            return {**ready, "availableReplicas": count, "conditions": [_true(*condition) for condition in conditions]}
        case "StatefulSet":
            revisions = {"currentRevision": "r1", "updateRevision": "r1"}
            return {**ready, **revisions, "currentReplicas": count, "availableReplicas": count}
        case "ReplicaSet":
            return {**ready, "availableReplicas": count, "fullyLabeledReplicas": count}
        case "DaemonSet":
            names = ("currentNumberScheduled", "desiredNumberScheduled", "numberAvailable", "numberReady")
            return {"observedGeneration": generation, **dict.fromkeys((*names, "updatedNumberScheduled"), 1)}
        case "Job":
            return {"succeeded": 1, "conditions": [_true("Complete")]}
        case "Namespace":
            return {"phase": "Active"}
        case "PersistentVolumeClaim":
            return {"phase": "Bound"}
        case "Pod":
            return {"phase": "Running", "conditions": [_true("Ready")]}
        case "CustomResourceDefinition":
            return {"conditions": [_true("NamesAccepted"), _true("Established")]}
    return {}


def _true(kind: str, reason: str = "InMemory") -> Object:
    return {"type": kind, "status": "True", "reason": reason, "lastTransitionTime": _now()}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
