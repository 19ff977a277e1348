"""Waiting for what the next stage stands on: a kind that a new definition brings, a namespace that is still going away."""

from __future__ import annotations

import time
from collections.abc import Callable

from sealkit.cluster.client import ApiError, Client, StoppedError
from sealkit.cluster.desired import Desired
from sealkit.cluster.discovery import defined
from sealkit.cluster.server_errors import Fault
from sealkit.errors import ClusterError
from sealkit.model.tree import Tree, as_mappings, at

_DEFINED = 30.0
_DELETED = 60.0
_PAUSE = 0.02
"""Measured: a definition is Established after 10 to 40 ms, its kind is served after 14 to 42 ms."""


def until_served(client: Client, crd: Desired) -> None:
    """Wait until a definition is established and each kind that it brings answers a list. Raises ClusterError."""

    def established() -> bool:
        conditions = _conditions(client.get(crd.path))
        if conditions.get("NamesAccepted") == "False":
            raise ClusterError(f"{crd.ref}: its names are taken", hint="kubectl describe crd " + crd.ref.name)
        return conditions.get("Established") == "True"

    _until(client, established, _DEFINED, f"{crd.ref} is not established")
    for resource in defined(crd.body):
        _until(client, _answers(client, resource.path()), _DEFINED, f"{crd.ref} is not served")


def _answers(client: Client, path: str) -> Callable[[], bool]:
    def ask() -> bool:
        try:
            return client.get(f"{path}?limit=1") is not None
        except ApiError as error:
            if error.fault is Fault.FORBIDDEN:
                return True  # it is there; whoever applies need not be one who lists
            raise

    return ask


def until_gone(client: Client, namespace: Desired) -> None:
    """Wait until a namespace that is being deleted is gone, so that it can be made anew. Raises ClusterError."""

    def gone() -> bool:
        return not at(client.get(namespace.path), "metadata", "deletionTimestamp")

    _until(
        client,
        gone,
        _DELETED,
        f"{namespace.ref} is still being deleted",
        f"kubectl get namespace {namespace.ref.name} -o yaml",
    )


def _conditions(body: Tree) -> dict[str, str]:
    """Type and status of the conditions; they may be null."""
    conditions = as_mappings(at(body, "status", "conditions"))
    return {str(item.get("type")): str(item.get("status")) for item in conditions}


def _until(client: Client, holds: Callable[[], bool], limit: float, otherwise: str, hint: str | None = None) -> None:
    deadline, pause = time.monotonic() + limit, _PAUSE
    while not holds():
        if time.monotonic() > deadline:
            raise ClusterError(f"{otherwise} after {limit:.0f} s", hint=hint)
        if client.stop.wait(pause):
            raise StoppedError("stopped")
        pause = min(pause * 1.5, 1.0)
