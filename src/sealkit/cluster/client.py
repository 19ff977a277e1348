"""The client of one cluster: requests as raw JSON with the rules for trying again, and which kinds there are."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sealkit.cluster import discovery, server_errors
from sealkit.cluster.kubeconfig import access
from sealkit.cluster.retry import Attempt, Expect, Gate
from sealkit.cluster.server_errors import Answer, Fault, FieldConflict
from sealkit.cluster.wire import DroppedError, Scrubber, Wire
from sealkit.errors import ClusterError
from sealkit.model.objects import Manifest
from sealkit.model.tree import Body, Tree, as_text

_SERVICE = re.compile(r"https://([a-z0-9-]{1,63})\.([a-z0-9-]{1,63})\.svc\b")
_ARRIVING = 5.0
"""Seconds to try for the first answer: a server that restarts comes back, one that is not there should be said soon."""


class ApiError(ClusterError):
    """The cluster refused a request, or did not answer it. `fault` says which way; `answer` is None where none came;
    `conflicts` are the fields that others hold, where that is why."""

    def __init__(
        self,
        message: str,
        fault: Fault,
        *,
        answer: Answer | None = None,
        hint: str | None = None,
        conflicts: Sequence[FieldConflict] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.fault = fault
        self.answer = answer
        self.conflicts = tuple(conflicts)


class StoppedError(ClusterError):
    """Somebody stopped this run before the request was made."""


@dataclass(slots=True)
class Client:
    """One cluster. `namespace` is where objects go that name none; `timeout` seconds bound the tries of one request."""

    context: str
    server: str
    wire: Wire
    timeout: float = 60
    insecure: str = ""
    version: str = ""
    namespace: str = "default"
    scrubber: Scrubber = field(default_factory=Scrubber)
    discovery: discovery.Discovery = field(default_factory=discovery.Discovery)
    gate: Gate = field(default_factory=Gate)
    stop: threading.Event = field(default_factory=threading.Event)

    def know(self, manifests: Iterable[Manifest]) -> None:
        """Take in objects before anything is said about them: their values are cleaned from every message, their custom
        resource definitions define kinds."""
        found = list(manifests)
        self.scrubber.learn(found)
        self.discovery.learn(found)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Tree = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        secret: bool = False,
        expect: Expect = Expect(),  # noqa: B008 - frozen
        limit: float | None = None,
    ) -> Answer:
        """One request, repeated while that is worth it (`retry`). Raises ApiError, with everything known masked in its
        message, and StoppedError once `stop` is set."""
        attempt = Attempt(self.timeout if limit is None else limit, expect)
        while True:
            if self.stop.is_set():
                raise StoppedError("stopped")
            after, service = None, ""
            try:
                with self.gate:
                    answer = self.wire.call(method, path, body=body, content_type=content_type, accept=accept)
            except DroppedError as error:
                failure = _unreachable(self.server, error)
                fault = Fault.PERMANENT if error.tls else Fault.TRANSIENT
            else:
                if answer.ok:
                    self.gate.went_well()
                    return answer
                fault = server_errors.classify(answer)
                if fault is Fault.UNAUTHORIZED and attempt.tries[fault] == 0 and self.wire.renew():
                    attempt.tries[fault] += 1
                    continue
                failure = self._refused(answer, fault, secret=secret)
                after, service = answer.retry_after, _service(answer)
            if fault is Fault.THROTTLED:
                self.gate.throttled()
            pause = attempt.pause(fault, after=after, service=service)
            if pause is None:
                raise failure
            self.stop.wait(pause)

    def get(self, path: str, *, secret: bool = False, limit: float | None = None) -> Body | None:
        """The object or list at a path; None where there is none."""
        try:
            return self.request("GET", path, secret=secret, limit=limit).tree()
        except ApiError as error:
            if error.fault in {Fault.NOT_FOUND, Fault.NO_NAMESPACE, Fault.NO_KIND}:
                return None
            raise

    def discover(self) -> None:
        """Ask which kinds there are (again, once new ones were defined)."""
        known = self.discovery.own

        def get(path: str) -> Body:
            try:
                return self.request("GET", path, accept=discovery.ACCEPT, limit=_ARRIVING).tree()
            except ApiError as error:
                if error.answer is None or error.fault is Fault.UNAUTHORIZED:
                    raise
                return {}  # an aggregated API that is down takes nothing else with it

        self.discovery = discovery.Discovery.load(get)
        self.discovery.own = known

    def _refused(self, answer: Answer, fault: Fault, *, secret: bool) -> ApiError:
        text = server_errors.shown(answer, self.scrubber.clean, secret=secret)
        hint = None
        conflicts = server_errors.field_conflicts(answer, self.scrubber.clean)
        if conflicts:
            text = f"another manager holds {', '.join(map(str, conflicts[:5]))}"
            hint = "leave the field to it, or take it: --force-conflicts"
        elif fault is Fault.UNAUTHORIZED:
            text = f"{self.server} does not know you (401)"
            hint = f"renew the credentials of context {self.context}; kubectl auth whoami"
        elif fault is Fault.NO_NAMESPACE:
            hint = "add the Namespace to the public half, or create it: kubectl create namespace NAME"
        elif server_errors.immutable(answer):
            hint = "what cannot change must go first: kubectl delete it, then deploy again"
        return ApiError(text, fault, answer=answer, hint=hint, conflicts=conflicts)


def connect(context: str | None, kubeconfig: str | None = None, *, timeout: float = 60) -> Client:
    """A client for a context of the kubeconfig (default: the current one), after one request each for the version and the
    kinds it serves.

    Raises ClusterError (exit 4): no kubeconfig, no such context, no credentials, the server is not there, its certificate
    does not hold, it does not know us, it is no Kubernetes.
    """
    found = access(context, kubeconfig)
    client = Client(found.context, found.server, found.wire, timeout=timeout, insecure=found.insecure)
    try:
        version = client.request("GET", "/version", limit=min(timeout, _ARRIVING)).tree()
    except ApiError as error:
        if error.answer is None or error.fault not in {Fault.FORBIDDEN, Fault.NO_KIND, Fault.PERMANENT}:
            raise
        version = {}  # a server that tells nobody its version, or no Kubernetes
    client.version = as_text(version.get("gitVersion"))
    client.discover()
    if not client.discovery.served:
        raise ClusterError(
            f"{client.server} serves no Kubernetes API", hint=f"is context {client.context} the right one?"
        )
    return client


def _unreachable(server: str, error: DroppedError) -> ApiError:
    if error.tls:
        return ApiError(
            f"{server}: {error.text}",
            Fault.PERMANENT,
            hint="check server and certificate-authority-data in the kubeconfig",
        )
    return ApiError(
        f"{server} is not there: {error.text}", Fault.TRANSIENT, hint="is the cluster running, and the context right?"
    )


def _service(answer: Answer) -> str:
    """`namespace/name` of the Service behind a webhook that could not be called, or empty."""
    found = _SERVICE.search(answer.text)
    return f"{found[2]}/{found[1]}" if found else ""
