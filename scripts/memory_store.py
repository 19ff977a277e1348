"""What `memory_api` keeps: objects, the kinds it serves, and server-side apply as far as one manager at a time needs it."""

from __future__ import annotations

import copy
import threading
import uuid
from datetime import UTC, datetime
from typing import Any

Object = dict[str, Any]

# group/version: kinds that live in a namespace, and kinds of the cluster (after the bar)
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
    """As the real kinds have it."""
    word = kind.lower()
    if word == "endpoints":
        return word
    if word.endswith("y"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x")) else "s")


class Store:
    """The objects of one cluster, by the path of their collection and their name."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Object]] = {}
        self.applied: dict[tuple[str, str, str], Object] = {}
        self.resources: dict[str, list[Object]] = {}
        self.lock = threading.Lock()
        self._revision = 0
        for version, kinds in _KINDS.items():
            inside, _, outside = kinds.partition("|")
            for kind in inside.split():
                self.define(version, kind, plural(kind), namespaced=True)
            for kind in outside.split():
                self.define(version, kind, plural(kind), namespaced=False)
        for name in ("default", "kube-system"):
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
            self.apply("/api/v1/namespaces", name, body, "memory", dry=False)

    def define(self, version: str, kind: str, name: str, *, namespaced: bool) -> None:
        """Serve a kind from now on."""
        found = {"name": name, "kind": kind, "namespaced": namespaced, "verbs": _VERBS, "singularName": kind.lower()}
        self.resources.setdefault(version, []).append(found)

    def apply(self, collection: str, name: str, body: Object, manager: str, *, dry: bool) -> tuple[int, Object]:
        """Server-side apply: fields that this manager once set and sets no more go, those that it sets are set."""
        live = self.objects.get(collection, {}).get(name)
        before = self.applied.get((collection, name, manager), {})
        after = merged(copy.deepcopy(live) if live else {}, without(before, body), body)
        metadata = after.setdefault("metadata", {})
        metadata["name"] = name
        if live is not None and _intent(live) == _intent(after):
            return 200, live
        known = live["metadata"] if live else {}
        metadata["uid"] = known.get("uid") or str(uuid.uuid4())
        metadata["creationTimestamp"] = known.get("creationTimestamp") or _now()
        changed = live is None or live.get("spec") != after.get("spec")
        metadata["generation"] = known.get("generation", 0) + changed
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
                self._defined(after["spec"])
        return (201 if live is None else 200), after

    def _defined(self, spec: Object) -> None:
        for version in spec["versions"]:
            where = f"{spec['group']}/{version['name']}"
            if not any(each["kind"] == spec["names"]["kind"] for each in self.resources.get(where, [])):
                namespaced = spec["scope"] == "Namespaced"
                self.define(where, spec["names"]["kind"], spec["names"]["plural"], namespaced=namespaced)


def merged(live: Any, gone: Any, wanted: Any) -> Any:
    """`live` without what is `gone`, with what is `wanted`. Lists are one thing."""
    if not isinstance(live, dict) or not isinstance(wanted, dict):
        return copy.deepcopy(wanted)
    result = {key: value for key, value in live.items() if not (key in gone and gone[key] is None)}
    for key, value in wanted.items():
        result[key] = merged(live.get(key), gone.get(key) or {}, value)
    return result


def without(before: Object, wanted: Object) -> Object:
    """What stood in `before` and is not `wanted`: None for each field that goes."""
    gone: Object = {}
    for key, value in before.items():
        if key not in wanted:
            gone[key] = None
        elif isinstance(value, dict) and isinstance(wanted[key], dict):
            gone[key] = without(value, wanted[key])
    return gone


def _intent(body: Object) -> Object:
    """An object without what the server writes."""
    server = {"uid", "creationTimestamp", "generation", "managedFields", "resourceVersion"}
    metadata = {key: value for key, value in body.get("metadata", {}).items() if key not in server}
    return {**{key: value for key, value in body.items() if key != "status"}, "metadata": metadata}


def status(body: Object) -> Object:
    """What controllers and kubelets would have written in the end, if all went well."""
    spec, generation = body.get("spec") or {}, body["metadata"]["generation"]
    count = spec.get("replicas", 1)
    ready = {"observedGeneration": generation, "replicas": count, "readyReplicas": count, "updatedReplicas": count}
    match body.get("kind"):
        case "Deployment":
            done = [("Available", "MinimumReplicasAvailable"), ("Progressing", "NewReplicaSetAvailable")]
            return {**ready, "availableReplicas": count, "conditions": [_true(*each) for each in done]}
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
