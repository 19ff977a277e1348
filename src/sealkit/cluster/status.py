"""Whether an object is ready, from the object alone: the rules of kstatus, with the generation looked at first.

Measured: right after a change a Deployment still shows its old replicas as ready, so a status counts only once its controller
has observed the present generation. Source of the rules: sigs.k8s.io/cli-utils, pkg/kstatus/status/core.go.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sealkit.cluster import known_messages
from sealkit.model.objects import ObjectRef
from sealkit.model.tree import Fields, as_integer, as_mapping, as_mappings, as_text, at

COMPLETE = "sealkit.dev/wait"
"""Annotation of a Job: `complete` waits until it has run to its end; else it counts once it has started."""


class State(StrEnum):
    """How far an object is."""

    READY = "ready"
    PROGRESSING = "progressing"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one object and what it waits for or died of, in one line."""

    ref: ObjectRef
    state: State
    message: str = ""


Verdict = tuple[State, str]
_PHASE = "phase of a pod"
_READY: Verdict = (State.READY, "")


def judge(ref: ObjectRef, body: Fields, *, pods: bool = True, names: Container[str] = ()) -> Verdict:
    """State and reason of one object. Without `pods` it counts once its controller has seen it and made what it makes.

    What a controller says is told in words of Kubernetes, and in `names`, those of the manifest.
    """
    metadata, status = as_mapping(body.get("metadata")), as_mapping(body.get("status"))
    if metadata.get("deletionTimestamp"):
        return State.PROGRESSING, "is being deleted"
    seen, generation = status.get("observedGeneration"), metadata.get("generation")
    if isinstance(seen, int) and isinstance(generation, int) and seen < generation:
        return State.PROGRESSING, "its controller has not seen the change yet"
    conditions = _conditions(status, names)
    if conditions.get("Stalled", ("",))[0] == "True":
        return State.FAILED, conditions["Stalled"][1] or "stalled"
    rule = _RULES.get((ref.group, ref.kind))
    if rule is not None:
        return rule(body, conditions, pods)
    return _custom(conditions) if "." in ref.group else _READY


def _conditions(status: Fields, names: Container[str]) -> dict[str, tuple[str, str, str]]:
    """Type: (status, what of its message is known, reason). The list may be null. A failed pod is told as a condition, too."""
    found = {str(item.get("type")): item for item in as_mappings(status.get("conditions"))}
    found[_PHASE] = status
    return {
        kind: (str(item.get("status")), _said(item, names), as_text(item.get("reason"))) for kind, item in found.items()
    }


def _said(item: Fields, names: Container[str]) -> str:
    return known_messages.condition(as_text(item.get("reason")), as_text(item.get("message")), names)


Conditions = Mapping[str, tuple[str, str, str]]


def _custom(conditions: Conditions) -> Verdict:
    if conditions.get("Reconciling", ("",))[0] == "True":
        return State.PROGRESSING, conditions["Reconciling"][1] or "reconciling"
    ready = conditions.get("Ready")
    if ready is not None and ready[0] != "True":
        return State.PROGRESSING, ready[1] or "not ready"
    return _READY


def _deployment(body: Fields, conditions: Conditions, pods: bool) -> Verdict:
    spec, status = as_mapping(body.get("spec")), as_mapping(body.get("status"))
    if (failure := conditions.get("ReplicaFailure")) and failure[0] == "True":
        return State.FAILED, failure[1] or "its pods cannot be made"
    progress = conditions.get("Progressing")
    if progress and progress[2] == "ProgressDeadlineExceeded":
        return State.FAILED, progress[1] or "no progress"
    if "observedGeneration" not in status:
        return State.PROGRESSING, "its controller has not seen it yet"
    wanted = as_integer(spec.get("replicas", 1))
    if not pods:
        return _made(status, wanted)
    updated, ready, total = (as_integer(status.get(key)) for key in ("updatedReplicas", "readyReplicas", "replicas"))
    if updated < wanted:
        return State.PROGRESSING, f"{updated} of {wanted} pods are new"
    if total > updated:
        return State.PROGRESSING, f"{total - updated} old pods still there"
    available = as_integer(status.get("availableReplicas"))
    if ready < wanted or available < wanted:
        return State.PROGRESSING, f"{min(ready, available)} of {wanted} pods ready"
    return _READY


def _made(status: Fields, wanted: int) -> Verdict:
    """Whether the pods exist: where they cannot (a service account that is not there), the reason comes a moment later."""
    count = as_integer(status.get("replicas"))
    return _READY if count >= wanted else (State.PROGRESSING, f"{count} of {wanted} pods made")


def _stateful_set(body: Fields, _: Conditions, pods: bool) -> Verdict:
    spec, status = as_mapping(body.get("spec")), as_mapping(body.get("status"))
    if "observedGeneration" not in status:
        return State.PROGRESSING, "its controller has not seen it yet"
    wanted = as_integer(spec.get("replicas", 1))
    strategy = as_mapping(spec.get("updateStrategy"))
    if not pods:
        return _made(status, min(wanted, 1))  # the second is made when the first is ready
    if strategy.get("type") == "OnDelete":
        return _READY
    ready, total = (as_integer(status.get(key)) for key in ("readyReplicas", "replicas"))
    if ready < wanted or total < wanted:
        return State.PROGRESSING, f"{ready} of {wanted} pods ready"
    if total > wanted:
        return State.PROGRESSING, f"{total - wanted} pods too many"
    partition = as_integer(at(strategy, "rollingUpdate", "partition"))
    updated = as_integer(status.get("updatedReplicas"))
    if updated < wanted - partition:
        return State.PROGRESSING, f"{updated} of {wanted - partition} pods are new"
    if not partition and status.get("currentRevision") != status.get("updateRevision"):
        return State.PROGRESSING, "the new revision is not everywhere"
    return _READY


def _daemon_set(body: Fields, _: Conditions, pods: bool) -> Verdict:
    status = as_mapping(body.get("status"))
    if "observedGeneration" not in status:
        return State.PROGRESSING, "its controller has not seen it yet"
    wanted = as_integer(status.get("desiredNumberScheduled"))
    if not pods:
        return _READY
    strategy = as_mapping(at(body, "spec", "updateStrategy"))
    updated = as_integer(status.get("updatedNumberScheduled"))
    if updated < wanted and strategy.get("type") != "OnDelete":
        return State.PROGRESSING, f"{updated} of {wanted} pods are new"
    ready = min(as_integer(status.get("numberReady")), as_integer(status.get("numberAvailable")))
    return _READY if ready >= wanted else (State.PROGRESSING, f"{ready} of {wanted} pods ready")


def _replica_set(body: Fields, conditions: Conditions, pods: bool) -> Verdict:
    status = as_mapping(body.get("status"))
    if (failure := conditions.get("ReplicaFailure")) and failure[0] == "True":
        return State.FAILED, failure[1] or "its pods cannot be made"
    wanted = as_integer(as_mapping(body.get("spec")).get("replicas", 1))
    count = as_integer(status.get("availableReplicas" if pods else "replicas"))
    return _READY if count >= wanted else (State.PROGRESSING, f"{count} of {wanted} pods {'ready' if pods else 'made'}")


def _job(body: Fields, conditions: Conditions, pods: bool) -> Verdict:
    status, spec = as_mapping(body.get("status")), as_mapping(body.get("spec"))
    if (failed := conditions.get("Failed")) and failed[0] == "True":
        return State.FAILED, failed[1] or "it failed"
    done = conditions.get("Complete", ("",))[0] == "True"
    annotations = as_mapping(at(body, "metadata", "annotations"))
    if (
        done
        or spec.get("suspend")
        or (status.get("startTime") and (not pods or annotations.get(COMPLETE) != "complete"))
    ):
        return _READY
    succeeded, wanted = as_integer(status.get("succeeded")), as_integer(spec.get("completions", 1))
    return State.PROGRESSING, f"{succeeded} of {wanted} done" if status else "not started"


def _pod(body: Fields, conditions: Conditions, pods: bool) -> Verdict:
    status = as_mapping(body.get("status"))
    if not pods or status.get("phase") == "Succeeded" or conditions.get("Ready", ("",))[0] == "True":
        return _READY
    if status.get("phase") == "Failed":
        return State.FAILED, conditions[_PHASE][1] or "it failed"
    return State.PROGRESSING, "running" if status.get("phase") == "Running" else "pending"


def _claim(body: Fields, _: Conditions, __: bool) -> Verdict:
    """Many storage classes bind a volume only when a pod asks for it, so an unbound claim is no reason to wait: the pod is."""
    lost = at(body, "status", "phase") == "Lost"
    return (State.FAILED, "its volume is lost") if lost else _READY


def _definition(_: Fields, conditions: Conditions, pods: bool) -> Verdict:  # noqa: ARG001 - one signature for all rules
    if conditions.get("NamesAccepted", ("",))[0] == "False":
        return State.FAILED, conditions["NamesAccepted"][1] or "its names are taken"
    established = conditions.get("Established", ("",))[0] == "True"
    return _READY if established else (State.PROGRESSING, "not established")


def _api_service(_: Fields, conditions: Conditions, pods: bool) -> Verdict:
    available = conditions.get("Available")
    ready = not pods or (available is not None and available[0] == "True")
    return _READY if ready else (State.PROGRESSING, (available and available[1]) or "not available")


def _budget(body: Fields, _: Conditions, __: bool) -> Verdict:
    seen = "observedGeneration" in as_mapping(body.get("status"))
    return _READY if seen else (State.PROGRESSING, "its controller has not seen it yet")


_RULES: dict[tuple[str, str], Callable[[Fields, Conditions, bool], Verdict]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "ReplicaSet"): _replica_set,
    ("batch", "Job"): _job,
    ("", "Pod"): _pod,
    ("", "PersistentVolumeClaim"): _claim,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _definition,
    ("apiregistration.k8s.io", "APIService"): _api_service,
    ("policy", "PodDisruptionBudget"): _budget,
}
_AT_ONCE = {
    "Secret", "ConfigMap", "ServiceAccount", "Service", "Endpoints", "LimitRange", "ResourceQuota", "PersistentVolume",
}  # fmt: skip


def at_once(ref: ObjectRef) -> bool:
    """Whether an object of this kind is ready as soon as it is accepted, so that there is nothing to look at."""
    if not ref.group:
        return ref.kind in _AT_ONCE
    return ref.group in {"rbac.authorization.k8s.io", "scheduling.k8s.io", "storage.k8s.io", "networking.k8s.io"} or (
        (ref.group, ref.kind) == ("batch", "CronJob")
    )
