"""Readiness: the rules on plain bodies, and real workloads with the test node."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from cluster_objects import apply, manifests, plan, wait

from canary import Canary
from sealkit.cluster.client import Client
from sealkit.cluster.pods import trouble
from sealkit.cluster.status import State, Status, judge
from sealkit.model.objects import Manifest, ObjectRef
from sealkit.source.config import Target

PROGRESSING, READY, FAILED = State.PROGRESSING, State.READY, State.FAILED
DEPLOYMENT, STATEFUL, DAEMON = (
    ObjectRef("apps", kind, "n", "x") for kind in ("Deployment", "StatefulSet", "DaemonSet")
)
JOB, POD = ObjectRef("batch", "Job", "n", "x"), ObjectRef("", "Pod", "n", "x")
CUSTOM = ObjectRef("example.org", "Widget", "n", "x")
CLAIM = ObjectRef("", "PersistentVolumeClaim", "n", "x")
CRD = ObjectRef("apiextensions.k8s.io", "CustomResourceDefinition", "", "x")


def condition(kind: str, status: str = "True", message: str = "", reason: str = "") -> dict[str, str]:
    return {"type": kind, "status": status, "message": message, "reason": reason}


def body(
    status: dict[str, Any] | None, spec: dict[str, Any] | None = None, generation: int = 2, **meta: Any
) -> dict[str, Any]:
    return {"metadata": {"generation": generation, **meta}, "spec": spec or {}, "status": status}


FULL = {"replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 2}


@pytest.mark.parametrize(
    ("ref", "given", "state"),
    [
        (DEPLOYMENT, body(FULL), READY),
        (DEPLOYMENT, body({**FULL, "observedGeneration": 1}), PROGRESSING),  # measured: the status of before the change
        (DEPLOYMENT, body(None), PROGRESSING),
        (DEPLOYMENT, body({**FULL, "replicas": 2}), PROGRESSING),
        (DEPLOYMENT, body({**FULL, "updatedReplicas": None}), PROGRESSING),
        (DEPLOYMENT, body({**FULL, "availableReplicas": 0}), PROGRESSING),
        (DEPLOYMENT, body({"observedGeneration": 2}, {"replicas": 0}), READY),
        (DEPLOYMENT, body({**FULL, "conditions": [condition("Progressing", reason="ProgressDeadlineExceeded")]}), FAILED),
        (DEPLOYMENT, body({**FULL, "conditions": [condition("ReplicaFailure", message="quota")]}), FAILED),
        (DEPLOYMENT, body({**FULL, "conditions": None}), READY),
        (DEPLOYMENT, body(FULL, deletionTimestamp="2026-01-01T00:00:00Z"), PROGRESSING),
        (STATEFUL, body({**FULL, "currentRevision": "a", "updateRevision": "a"}), READY),
        (STATEFUL, body({**FULL, "currentRevision": "a", "updateRevision": "b"}), PROGRESSING),
        (STATEFUL, body({**FULL, "replicas": 2, "currentRevision": "a", "updateRevision": "a"}), PROGRESSING),
        (STATEFUL, body({**FULL, "readyReplicas": 0}), PROGRESSING),
        (STATEFUL, body({"observedGeneration": 2}, {"updateStrategy": {"type": "OnDelete"}}), READY),
        (STATEFUL, body({**FULL, "replicas": 2, "readyReplicas": 2, "updatedReplicas": 1, "currentRevision": "a",
                         "updateRevision": "b"},
                        {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}}), READY),
        (DAEMON, body({"observedGeneration": 2, "desiredNumberScheduled": 0}), READY),
        (DAEMON, body({"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberReady": 1,
                       "numberAvailable": 1}), READY),
        (DAEMON, body({"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1}), PROGRESSING),
        (JOB, body({"startTime": "2026-01-01T00:00:00Z"}), READY),
        (JOB, body({}), PROGRESSING),
        (JOB, body({"startTime": "x"}, annotations={"sealkit.dev/wait": "complete"}), PROGRESSING),
        (JOB, body({"conditions": [condition("Complete")]}, annotations={"sealkit.dev/wait": "complete"}), READY),
        (JOB, body({"startTime": "x", "conditions": [condition("Failed", message="backoff")]}), FAILED),
        (JOB, body({}, {"suspend": True}), READY),
        (POD, body({"phase": "Running", "conditions": [condition("Ready")]}), READY),
        (POD, body({"phase": "Running", "conditions": [condition("Ready", "False")]}), PROGRESSING),
        (POD, body({"phase": "Succeeded"}), READY),
        (POD, body({"phase": "Failed"}), FAILED),
        (CLAIM, body({"phase": "Pending"}), READY),
        (CLAIM, body({"phase": "Lost"}), FAILED),
        (CRD, body({"conditions": [condition("Established")]}), READY),
        (CRD, body({"conditions": None}), PROGRESSING),
        (CRD, body({"conditions": [condition("NamesAccepted", "False", "taken")]}), FAILED),
        (CUSTOM, body(None), READY),
        (CUSTOM, body({"observedGeneration": 1}), PROGRESSING),
        (CUSTOM, body({"conditions": [condition("Ready", "False", "issuing")]}), PROGRESSING),
        (CUSTOM, body({"conditions": [condition("Reconciling")]}), PROGRESSING),
        (CUSTOM, body({"conditions": [condition("Stalled", message="no")]}), FAILED),
    ],
)  # fmt: skip
def test_rules(ref: ObjectRef, given: dict[str, Any], state: State) -> None:
    assert judge(ref, given)[0] is state


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "status": status}


def waiting(reason: str, message: str = "", restarts: int = 0) -> dict[str, Any]:
    return {"name": "c", "state": {"waiting": {"reason": reason, "message": message}}, "restartCount": restarts}


@pytest.mark.parametrize(
    ("given", "final", "text"),
    [
        (pod(containerStatuses=[waiting("ContainerCreating")]), None, ""),
        (pod(containerStatuses=[waiting("CrashLoopBackOff", restarts=1)]), False, "crashes (1 restarts)"),
        (pod(containerStatuses=[waiting("CrashLoopBackOff", restarts=3)]), True, "crashes (3 restarts)"),
        (pod(initContainerStatuses=[waiting("ErrImagePull", "not found")]), True, "container c: ErrImagePull"),
        (
            pod(containerStatuses=[waiting("CreateContainerConfigError", "couldn't find key K in Secret n/s")]),
            True,
            "couldn't find key K in Secret n/s",
        ),
        (
            pod(conditions=[{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes are available: 1 Insufficient cpu.",
                             "lastTransitionTime": "2020-01-01T00:00:00Z"}]),
            True,
            "no node takes it: Insufficient cpu",
        ),
        (
            pod(conditions=[{"type": "PodScheduled", "reason": "Unschedulable", "lastTransitionTime": "2120-01-01T00:00:00Z"}]),
            False,
            "no node takes it",
        ),
        (pod(containerStatuses=None, conditions=None), None, ""),
    ],
)  # fmt: skip
def test_what_a_pod_tells(given: dict[str, Any], final: bool | None, text: str) -> None:
    found = trouble([given], 60, {"c", "K", "s"})
    if final is None:
        assert found is None
    else:
        assert found is not None
        assert found[1] is final
        assert text in found[0]


@pytest.mark.parametrize(
    "given",
    [
        pod(containerStatuses=[waiting("CreateContainerConfigError", "couldn't find key {v} in Secret n/s")]),
        pod(containerStatuses=[waiting("CreateContainerConfigError", 'secret "{v}" not found')]),
        pod(containerStatuses=[waiting("ErrImagePull", "{v}")]),
        pod(containerStatuses=[{**waiting("CrashLoopBackOff"), "name": "{v}"}]),
        pod(
            containerStatuses=[
                {**waiting("CrashLoopBackOff"), "lastState": {"terminated": {"exitCode": "{v}", "message": "{v}"}}}
            ]
        ),
        {**pod(containerStatuses=[waiting("ErrImagePull")]), "metadata": {"name": "api-{v}"}},
        pod(conditions=[{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/1 nodes: {v}"}]),
    ],
)
def test_a_pod_tells_nothing_that_somebody_else_wrote_there(canary: Canary, given: dict[str, Any]) -> None:
    value = canary.secret()
    said = trouble([json.loads(json.dumps(given).replace("{v}", ".".join(value)))], 60, {"c", "s"})
    assert said is not None
    assert ".".join(value) not in said[0]


@pytest.mark.parametrize(
    "kind", ["Ready", "Stalled", "Reconciling", "ReplicaFailure", "Failed", "NamesAccepted", "Available"]
)
def test_a_condition_tells_nothing_that_somebody_else_wrote_there(canary: Canary, kind: str) -> None:
    value = ".".join(canary.secret())
    given = body(
        {
            "conditions": [
                condition(kind, "False" if kind in {"Ready", "NamesAccepted", "Available"} else "True", value, value)
            ]
        }
    )
    for ref in (DEPLOYMENT, JOB, CRD, CUSTOM, ObjectRef("apiregistration.k8s.io", "APIService", "", "v1.x")):
        assert value not in judge(ref, given)[1]
    assert value not in judge(POD, body({"phase": "Failed", "message": value, "reason": value}))[1]
    assert value not in judge(POD, body({"phase": value}))[1]


WORKLOADS = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template: &pod
    metadata: {labels: {app: api}, annotations: {sealkit.test/fail: ""}}
    spec: {containers: [{name: api, image: "api:1", env: [{name: PW, value: <<pw>>}]}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once, annotations: {sealkit.dev/wait: complete}}
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: once, image: "once:1"}]}}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {ports: [{port: 80}], selector: {app: api}}
"""


def send(client: Client, found: Sequence[Manifest]) -> None:
    result = apply(client, plan(client, Target("home", (), (), namespace=client.namespace), found), found)
    assert result.ok, result.failed


def by_kind(statuses: Sequence[Status]) -> dict[str, Status]:
    return {status.ref.kind: status for status in statuses}


@pytest.mark.cluster
@pytest.mark.slow
def test_workloads_become_ready_and_ready_again_after_a_change(client: Client, node: object, canary: Canary) -> None:
    pw = canary.secret()
    found = manifests(WORKLOADS, {"pw": pw})
    send(client, found)
    seen: list[int] = []
    statuses = wait(client, found, timeout=60, progress=lambda now: seen.append(len(now)))
    assert {kind: status.state for kind, status in by_kind(statuses).items()} == dict.fromkeys(
        ("Deployment", "StatefulSet", "DaemonSet", "Job", "Service"), READY
    )
    assert set(seen) == {5}
    changed = manifests(WORKLOADS.replace('"api:1"', '"api:2"'), {"pw": pw})
    send(client, changed)
    first: list[Sequence[Status]] = []
    statuses = wait(client, changed, timeout=60, progress=first.append)
    assert by_kind(first[0])["Deployment"].state is PROGRESSING  # the replicas of before are still ready
    assert all(status.state is READY for status in statuses), statuses


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.parametrize(
    ("fail", "said"),
    [
        ("CrashLoopBackOff", "crashes (5 restarts, exit code 1)"),
        ("ImagePullBackOff", "ImagePullBackOff"),
        ("CreateContainerConfigError", "couldn't find key PASSWORD in Secret"),
        ("Unschedulable", "no node takes it"),
    ],
)
def test_a_pod_that_fails_is_said_long_before_the_time_is_over(
    client: Client, node: object, canary: Canary, fail: str, said: str
) -> None:
    text = WORKLOADS.split("---", maxsplit=1)[0].replace('fail: ""', f"fail: {fail}")
    text = text.replace("env: [", "env: [{name: P, valueFrom: {secretKeyRef: {name: db, key: PASSWORD}}}, ")
    found = manifests(text, {"pw": canary.secret()})
    send(client, found)
    statuses = wait(client, found, timeout=600, patience=1)
    canary.hear("statuses", repr(statuses))
    assert statuses[0].state is FAILED
    assert said in statuses[0].message


@pytest.mark.cluster
@pytest.mark.slow
def test_only_pods_of_the_present_revision_count(client: Client, node: object, canary: Canary) -> None:
    """The failing pods of before are still there when the mended ones come."""
    text = WORKLOADS.split("---", maxsplit=1)[0]
    bad = manifests(text.replace('fail: ""', "fail: CrashLoopBackOff"), {"pw": canary.secret()})
    send(client, bad)
    assert wait(client, bad, timeout=60)[0].state is FAILED
    mended = manifests(text, {"pw": canary.secret()})
    send(client, mended)
    assert wait(client, mended, timeout=60)[0].state is READY


@pytest.mark.cluster
@pytest.mark.slow
def test_a_job_that_fails(client: Client, node: object, canary: Canary) -> None:
    fails = "backoffLimit: 0\n  template: {metadata: {annotations: {sealkit.test/fail: Error}}, spec"
    text = WORKLOADS.split("---")[3].replace("template: {spec", fails)
    found = manifests(text)
    send(client, found)
    status = wait(client, found, timeout=60)[0]
    assert status.state is FAILED
    assert status.message


@pytest.mark.cluster
@pytest.mark.slow
def test_without_nodes_controllers_are_enough(client: Client, canary: Canary) -> None:
    found = manifests(WORKLOADS, {"pw": canary.secret()})
    send(client, found)
    assert all(status.state is READY for status in wait(client, found, timeout=60, pods=False))
    late = by_kind(wait(client, found, timeout=0.5))
    assert late["Deployment"].state is PROGRESSING
    assert "0 of 2 pods ready" in late["Deployment"].message


@pytest.mark.cluster
@pytest.mark.slow
def test_pods_that_may_not_be_made_are_said_without_nodes(client: Client, cluster: Any, canary: Canary) -> None:
    """The namespace forbids what the template asks for; only the ReplicaSet's controller runs into it."""
    cluster.kubectl("label", "namespace", client.namespace, "pod-security.kubernetes.io/enforce=restricted")
    found = manifests(WORKLOADS.split("---", maxsplit=1)[0], {"pw": canary.secret()})
    send(client, found)
    status = wait(client, found, timeout=60, pods=False)[0]
    canary.hear("status", repr(status))
    assert status.state is FAILED
    assert "violates PodSecurity" in status.message
