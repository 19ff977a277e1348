"""Deploy: a rendered target meets its cluster. Plan first, then apply, record, wait."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from sealkit.cluster import inventory, kubeconfig, preflight
from sealkit.cluster.apply import Result, apply
from sealkit.cluster.client import ApiError, Client, connect
from sealkit.cluster.desired import Desired, desired_objects
from sealkit.cluster.inventory import Inventory, Signed
from sealkit.cluster.plan import PlanError, plan
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.status import State, Status
from sealkit.cluster.wait import wait
from sealkit.errors import ClusterError, RefusedError
from sealkit.ledger.folders import CONFIGURATION
from sealkit.ledger.unapproved import Unapproved
from sealkit.model.objects import ObjectRef
from sealkit.model.plan import ObjectChange, Plan
from sealkit.operations.approvals import (
    approved_tree,
    refusal,
    refusal_of,
    unapproved,
    waiting_for,
    warn_without_ledger,
)
from sealkit.operations.deployed import known_from, require_new_target, signed_state, without_sealed
from sealkit.operations.events import Events
from sealkit.operations.render import render_tree
from sealkit.operations.render_stand_ins import render_stand_ins
from sealkit.operations.repository import Repository
from sealkit.source.config import Target


class Deployment:
    """One target and one cluster, made by `open_deployment`. `plan` changes nothing; `apply` does."""

    def __init__(
        self,
        events: Events,
        target: Target,
        client: Client,
        objects: Sequence[Desired],
        *,
        before: Inventory | None,
        signed: Signed,
        waiting: Sequence[Unapproved] = (),
    ) -> None:
        self.events = events
        self.target = target
        self.client = client
        self.objects = objects
        self.waiting = tuple(waiting)
        """What is not approved. Then the objects have stand-ins, and nothing is applied."""
        self._before = before
        self._signed = signed

    def plan(self) -> Plan:
        """What `apply` would do to each object, masked. Raises ClusterError where the server would refuse objects, and warns of
        each but the first."""
        try:
            server_side = self._before is not None and not self.waiting
            result = plan(self.client, self.target, self.objects, self._before, server_side=server_side)
        except PlanError as error:
            for refusal in error.refusals[1:]:
                self.events.warning(f"{refusal.ref}: {refusal.message}", refusal.hint)
            raise
        for warning in result.warnings:
            self.events.warning(warning)
        return without_sealed(result) if self.waiting else result

    def apply(self, plan: Plan, *, force_conflicts: bool = False) -> None:
        """Apply a plan and record it in the inventory; with nothing to do, bring the inventory up to date.

        Raises ClusterError unless every object was applied, and KeyboardInterrupt after a Ctrl-C.
        """
        if self.waiting:
            raise refusal(self.waiting)
        if plan.empty:
            self._record(None)
            return
        self._begin()
        result = apply(self.client, plan, self.objects, on_change=self._report_change, force_conflicts=force_conflicts)
        try:
            if result.applied:
                self._record(result)
        finally:
            self._report(result)

    def wait(self, timeout: float) -> None:
        """Wait until every object is ready, for `timeout` seconds at most. Raises ClusterError where one is not."""
        statuses = wait(self.client, self.objects, timeout=timeout, progress=_WaitReport(self.events))
        unready = [status for status in statuses if status.state is not State.READY]
        for status in unready:
            state = "failed" if status.state is State.FAILED else "is not ready"
            self.events.warning(f"{status.ref} {state}: {status.message}")
        if unready:
            first = unready[0].ref
            namespace = f" -n {first.namespace}" if first.namespace else ""
            raise ClusterError(
                f"{len(unready)} of {len(statuses)} objects are not ready",
                hint=f"kubectl describe {first.kind.lower()} {first.name}{namespace}",
            )

    def _begin(self) -> None:
        """Write the inventory of a target that has none before its first object: a run that is killed leaves objects, and the next
        one must find that they are this target's. Where the namespace comes with this deploy, as soon as it is there."""
        if self._before is None or self._before.present:
            return
        begun = self._signed.inventory({})
        try:
            inventory.write(self.client, self.target, begun, self._before)
        except ApiError as error:
            if error.fault is not Fault.NO_NAMESPACE:
                raise
        else:
            self._before = replace(begun, present=True)

    def _record(self, result: Result | None) -> None:
        before = self._before or Inventory()
        unapplied = {*result.left, *(failure.ref for failure in result.failed)} if result else set()
        items = [item for item in self.objects if item.ref not in unapplied or item.ref in before.objects]
        uids = result.uids if result else {}
        inventory.record(self.client, self.target, items, before=before, uids=uids, signed=self._signed)

    def _report_change(self, change: ObjectChange, failure: str | None) -> None:
        if failure is None:
            self.events.progress(f"{'created' if change.verb == 'create' else 'changed'} {change.ref}")
            if (change.ref.kind, change.ref.name) == ("Namespace", self.target.namespace):
                self._begin()

    def _report(self, result: Result) -> None:
        for failure in result.failed:
            self.events.warning(f"{failure.ref}: {failure.message}", failure.hint)
        total = len(result.applied) + len(result.failed) + len(result.left)
        if result.interrupted:
            self.events.warning(
                f"{len(result.applied)} of {total} objects were applied before the interruption",
                "sealkit deploy continues from there",
            )
            raise KeyboardInterrupt
        if not result.ok:
            untried = f", {len(result.left)} not tried" if result.left else ""
            raise ClusterError(
                f"{len(result.failed)} of {total} objects failed{untried}",
                hint="fix it and deploy again; applied objects are kept",
            )


class _WaitReport:
    """Tells what is waited for, each time it changes."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._reported: dict[ObjectRef, str] = {}

    def __call__(self, statuses: Sequence[Status]) -> None:
        for status in statuses:
            if status.state is State.PROGRESSING and self._reported.get(status.ref) != status.message:
                self._reported[status.ref] = status.message
                self._events.progress(f"waiting for {status.ref}: {status.message}")


def open_deployment(
    repository: Repository,
    events: Events,
    target: str | None = None,
    *,
    context: str = "",
    kubeconfig_file: str = "",
    client_side: bool = False,
    unsigned: bool = False,
) -> Deployment:
    """Connect to the cluster of a target, judge its files by the ledger and by what was deployed, and render it.

    `context` and `kubeconfig_file` take the place of what target and environment name. `client_side`: only compare, without
    sending objects to the server. `unsigned`: where something is not approved, `Deployment.waiting` has it, the target is rendered
    with stand-ins, and its plan is client-side; otherwise that is refused. Raises SealkitError.
    """
    # the official client takes a second to import; the files are judged meanwhile
    threading.Thread(target=kubeconfig.warm, daemon=True).start()
    chosen = repository.config.target(target)
    repository.deploys()
    warn_without_ledger(repository, events)
    configuration = [item for item in unapproved(repository) if item.path in CONFIGURATION]
    if configuration and not unsigned:
        raise refusal_of(configuration, events)  # before anything is asked of a cluster that an unsigned file may name
    if context and chosen.context and context != chosen.context:
        events.warning(f"target {chosen.name} names context {chosen.context}, --context says {context}")
    client = connect(context or chosen.context, kubeconfig_file or None)
    if client.insecure:
        events.warning(f"{client.server}: {client.insecure}")
    client.namespace = chosen.namespace
    before, known = None, None
    if not client_side:
        before = inventory.read(client, chosen)
        inventory.admit(before, repository.ledger, chosen)
        known = known_from(repository, before) if repository.ledger is not None else None
    everything = unapproved(repository, known)
    waiting = waiting_for(chosen, everything)
    if waiting and not unsigned:
        raise refusal_of(waiting, events)
    if waiting:
        rendered = render_stand_ins(repository.config, repository.tree, events, target)
    else:
        rendered = render_tree(repository, events, approved_tree(repository, everything), target)
    if not rendered.manifests:
        raise RefusedError(f"target {chosen.name} has no objects", hint="sealkit render shows what is in it")
    preflight.check(rendered.manifests)
    client.know(rendered.manifests)
    objects = desired_objects(client, rendered.manifests)
    signed = signed_state(repository.ledger, repository.inputs, chosen)
    if before is not None and not before.present and not waiting and repository.ledger is not None:
        require_new_target(repository, events, client, chosen, objects)
    return Deployment(events, chosen, client, objects, before=before, signed=signed, waiting=waiting)
