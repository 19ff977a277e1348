"""A node without a kubelet: it registers itself, binds the pods that wait, and writes what a kubelet would say about them.

Pods become Running and Ready; those of a Job Succeeded. A pod with the annotation `sealkit.test/fail` fails as it asks:
`CrashLoopBackOff`, `ImagePullBackOff`, `CreateContainerConfigError`, `Unschedulable`, or `Error` (a Job's pod that exits 1).
A claim that waits gets a volume of its size, as a provisioner would make.
"""

from __future__ import annotations

import http.client
import json
import threading
from datetime import UTC, datetime
from typing import Any, Self

from sealkit.rehearse.control_plane import ControlPlane

FAIL = "sealkit.test/fail"
NAME = "test-node"
_EVERY = 0.1
_MESSAGES = {
    "CrashLoopBackOff": "back-off 40s restarting failed container",
    "ImagePullBackOff": 'Back-off pulling image "registry.invalid/nothing:1": not found',
    "CreateContainerConfigError": "couldn't find key PASSWORD in Secret shop/db",
}

Object = dict[str, Any]


class TestNode:
    """`with TestNode(plane):` works for every namespace until the block ends."""

    __test__ = False

    def __init__(self, plane: ControlPlane) -> None:
        host = plane.url.removeprefix("https://")
        self._connection = http.client.HTTPSConnection(host, context=plane.tls(), timeout=30)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name=NAME, daemon=True)
        self.trouble: BaseException | None = None

    def __enter__(self) -> Self:
        self._register()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._call("DELETE", f"/api/v1/nodes/{NAME}")
        self._connection.close()
        if self.trouble is not None:
            raise self.trouble

    # --- work

    def _work(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                for pod in self._items("/api/v1/pods"):
                    self._attend(pod)
                for claim in self._items("/api/v1/persistentvolumeclaims"):
                    if claim["status"].get("phase") == "Pending" and not claim["spec"].get("volumeName"):
                        self._provide(claim)
            except (OSError, http.client.HTTPException):
                self._connection.close()  # connects anew
            except BaseException as error:
                self.trouble = error
                return

    def _register(self) -> None:
        node = {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": NAME, "labels": {"kubernetes.io/hostname": NAME}},
        }
        self._call("POST", "/api/v1/nodes", node)
        # the admission plugin taints a node that is not known to be ready, and daemon sets mind
        self._call("PATCH", f"/api/v1/nodes/{NAME}", {"spec": {"taints": None}})
        room = {"cpu": "64", "memory": "256Gi", "pods": "1000"}
        ready = [_condition("Ready", status=True, reason="KubeletReady")]
        self._call(
            "PATCH", f"/api/v1/nodes/{NAME}/status",
            {"status": {"conditions": ready, "capacity": room, "allocatable": room}},
        )  # fmt: skip

    def _attend(self, pod: Object) -> None:
        metadata, status = pod["metadata"], pod.get("status", {})
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}"
        if metadata.get("deletionTimestamp"):
            self._call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0})
            return
        fail = metadata.get("annotations", {}).get(FAIL, "")
        if fail == "Unschedulable":
            waits = _condition("PodScheduled", status=False, reason=fail)
            if not status.get("conditions"):
                waits["message"] = "0/1 nodes are available: 1 Insufficient memory"
                self._call("PATCH", f"{path}/status", {"status": {"conditions": [waits]}})
            return
        if not pod["spec"].get("nodeName"):
            target = {"apiVersion": "v1", "kind": "Node", "name": NAME}
            bound = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": metadata["name"]}, "target": target}
            self._call("POST", f"{path}/binding", bound)
        if not status.get("containerStatuses"):
            self._call("PATCH", f"{path}/status", {"status": _status(pod, fail)})

    def _provide(self, claim: Object) -> None:
        metadata, spec = claim["metadata"], claim["spec"]
        volume = {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"pv-{metadata['uid']}"},
            "spec": {
                "capacity": spec["resources"]["requests"], "accessModes": spec["accessModes"],
                "storageClassName": spec.get("storageClassName") or "", "hostPath": {"path": "/nowhere"},
                "persistentVolumeReclaimPolicy": "Delete",
                "claimRef": {"namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]},
            },
        }  # fmt: skip
        self._call("POST", "/api/v1/persistentvolumes", volume)

    # --- the wire

    def _items(self, path: str) -> list[Object]:
        return self._call("GET", path).get("items") or []

    def _call(self, method: str, path: str, body: Object | None = None) -> Object:
        """What is gone or changed meanwhile (404, 409) is looked at again in the next round."""
        kind = "application/strategic-merge-patch+json" if method == "PATCH" else "application/json"
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, {"Content-Type": kind, "Accept": "application/json"})
        answer = self._connection.getresponse()
        data: Object = json.loads(answer.read() or b"{}")
        if answer.status >= 400 and answer.status not in {404, 409}:
            raise AssertionError(f"{method} {path}: {answer.status} {data.get('message')}")
        return data


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _condition(kind: str, *, status: bool, reason: str = "") -> Object:
    return {"type": kind, "status": str(status), "lastTransitionTime": _now(), **({"reason": reason} if reason else {})}


def _status(pod: Object, fail: str) -> Object:
    """The status of a bound pod."""
    job = any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", []))
    ended = job and fail in {"", "Error"}
    ready = not fail and not job
    phase = "Running" if not job else ("Failed" if fail else "Succeeded")
    if fail in _MESSAGES:
        phase = "Running" if fail == "CrashLoopBackOff" else "Pending"
    why = "" if ready else ("PodCompleted" if ended and not fail else "ContainersNotReady")
    return {
        "phase": phase, "hostIP": "127.0.0.1", "podIP": "10.0.0.2", "startTime": _now(),
        "conditions": [
            _condition("PodScheduled", status=True), _condition("Initialized", status=True),
            _condition("ContainersReady", status=ready, reason=why), _condition("Ready", status=ready, reason=why),
        ],
        "initContainerStatuses": [
            _container(c, {"terminated": _terminated(0)}, ready=True) for c in pod["spec"].get("initContainers", [])
        ],
        "containerStatuses": [
            _container(c, _state(fail, ended=ended), ready=ready, fail=fail) for c in pod["spec"]["containers"]
        ],
    }  # fmt: skip


def _state(fail: str, *, ended: bool) -> Object:
    if fail in _MESSAGES:
        return {"waiting": {"reason": fail, "message": _MESSAGES[fail]}}
    if ended:
        return {"terminated": _terminated(1 if fail else 0)}
    return {"running": {"startedAt": _now()}}


def _container(container: Object, state: Object, *, ready: bool, fail: str = "") -> Object:
    crashed = fail == "CrashLoopBackOff"
    return {
        "name": container["name"], "image": container["image"], "imageID": "", "state": state, "ready": ready,
        "started": ready, "restartCount": 5 if crashed else 0,
        "lastState": {"terminated": _terminated(1)} if crashed else {},
    }  # fmt: skip


def _terminated(code: int) -> Object:
    now = _now()
    return {"exitCode": code, "reason": "Error" if code else "Completed", "startedAt": now, "finishedAt": now}
