"""Wait until what was applied is ready, or it is clear that it will not be."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sealkit.cluster import pods as pod_status
from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import Desired
from sealkit.cluster.diff import leaves
from sealkit.cluster.retry import workers
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.status import State, Status, at_once, judge
from sealkit.model.objects import ObjectRef
from sealkit.model.sensitive import Sensitive

Progress = Callable[[Sequence[Status]], None]
"""Called after each look, with the state of every object."""
_FIRST, _LONGEST = 0.2, 2.0
_SIGHTINGS = 2
"""A hopeless pod must be seen so often in a row: the first look may catch one that is about to go."""
_WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"}
PATIENCE = 60.0


def wait(
    client: Client,
    objects: Sequence[Desired],
    *,
    timeout: float,
    pods: bool = True,
    progress: Progress | None = None,
    patience: float = PATIENCE,
) -> list[Status]:
    """The state of every object, once all are ready, one has failed and the others are settled, or after `timeout` seconds.

    Without `pods` (a cluster without nodes) an object is ready when it is accepted, its controller has seen it, and what the
    controller makes is made. `patience` seconds are given to a pod that no node takes. Raises ClusterError where the cluster
    cannot be asked.
    """
    watch = _Watch(client, pods, patience)
    statuses = {item.ref: Status(item.ref, State.READY) for item in objects}
    pending = [item for item in objects if not at_once(item.ref)]
    deadline, pause = time.monotonic() + timeout, _FIRST
    with workers(client.stop) as pool:
        while pending:
            for status in pool.map(watch.look, pending):
                statuses[status.ref] = status
            pending = [item for item in pending if statuses[item.ref].state is State.PROGRESSING]
            if progress is not None:
                progress(list(statuses.values()))
            rest = deadline - time.monotonic()
            failed = any(status.state is State.FAILED for status in statuses.values())
            if not pending or rest <= 0 or (failed and pause >= _LONGEST):
                break
            time.sleep(min(pause, rest))
            pause = min(pause * 1.5, _LONGEST)
    return list(statuses.values())


@dataclass(slots=True)
class _Watch:
    client: Client
    with_pods: bool
    patience: float
    hopeless: Counter[ObjectRef] = field(default_factory=Counter)

    def look(self, item: Desired) -> Status:
        """One object as it is now."""
        try:
            body = self.client.get(item.path, secret=item.secret)
        except ApiError as error:
            if error.fault is Fault.FORBIDDEN:
                return Status(item.ref, State.FAILED, error.message)
            raise
        if body is None:
            return Status(item.ref, State.FAILED, "is not in the cluster")
        names = _names(item)
        state, message = judge(item.ref, body, pods=self.with_pods, names=names)
        if state is not State.PROGRESSING or not self.with_pods or item.ref.kind not in _WORKLOADS:
            return self._status(item, state, message)
        found = pod_status.trouble(pod_status.of_workload(self.client, item.ref, body), self.patience, names)
        if found is None or not found[1]:
            self.hopeless[item.ref] = 0
            return self._status(item, state, found[0] if found else message)
        self.hopeless[item.ref] += 1
        failed = self.hopeless[item.ref] >= _SIGHTINGS
        return self._status(item, State.FAILED if failed else state, found[0])

    def _status(self, item: Desired, state: State, message: str) -> Status:
        line = " ".join(self.client.scrubber.clean(message).split())
        return Status(item.ref, state, line[:300])


def _names(item: Desired) -> frozenset[str]:
    """The texts of a manifest that are public: what a message may name."""
    return frozenset(str(leaf) for _, leaf in leaves(item.body) if not isinstance(leaf, Sensitive))
