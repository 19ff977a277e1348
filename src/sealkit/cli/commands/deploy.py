"""`deploy` and `diff`: the one place where rendered values meet a cluster."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from sealkit.cli import duration, ui
from sealkit.cli.commands import render
from sealkit.errors import ClusterError, Exit, RefusedError
from sealkit.printable import printable

if TYPE_CHECKING:
    from sealkit.cluster.apply import Result
    from sealkit.cluster.client import Client
    from sealkit.cluster.inventory import Inventory
    from sealkit.cluster.plan import PlanError
    from sealkit.cluster.status import Status
    from sealkit.model.objects import Manifest, ObjectRef
    from sealkit.model.plan import ObjectChange, Plan
    from sealkit.source.config import Target


class DryRun(StrEnum):
    """How far a dry run goes."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"


class Output(StrEnum):
    """How the plan is printed."""

    TEXT = "text"
    JSON = "json"


_TARGET = typer.Argument(
    None, metavar="[TARGET]", help="A target of sealkit.yaml; not needed where there is one.", show_default=False
)
_CONTEXT = typer.Option("", "--context", help="The kube context, in place of the target's.", show_default=False)
_KUBECONFIG = typer.Option("", "--kubeconfig", help="The kubeconfig file.", show_default=False)
_OUTPUT = typer.Option(Output.TEXT, "-o", "--output", help="How the plan is printed.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("deploy")(deploy)
    app.command("diff")(diff)


def deploy(
    target: str = _TARGET,
    dry_run: DryRun = typer.Option(
        DryRun.NONE, "--dry-run", help="Only the plan. client: nothing is sent to the cluster; server: tried, not kept."
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask. Never approves what waits for approval."),
    context: str = _CONTEXT,
    kubeconfig: str = _KUBECONFIG,
    timeout: str = typer.Option("5m", "--timeout", help="How long to wait for readiness: 90s, 5m, 1h30m."),
    wait: bool = typer.Option(True, "--wait/--no-wait", help="Wait until what was applied is ready."),
    force_conflicts: bool = typer.Option(False, "--force-conflicts", help="Take fields from other managers."),
    output: Output = _OUTPUT,
) -> None:
    """Show what would change, masked; ask; apply it and wait until it is ready."""
    from sealkit.cluster.apply import refuse_conflicts

    limit = duration.seconds(timeout)
    run = _open(target, context, kubeconfig, client_side=dry_run is DryRun.CLIENT)
    plan = run.plan(client_side=dry_run is DryRun.CLIENT)
    _show(plan, output, full=dry_run is not DryRun.NONE)
    if not force_conflicts:
        refuse_conflicts(plan)
    if dry_run is not DryRun.NONE:
        return
    if not plan.empty:
        _ask(plan, yes=yes)
        run.apply(plan, force_conflicts=force_conflicts)
    else:
        run.record(None)
    waited = run.wait(limit) if wait else ""
    done = "nothing to do" if plan.empty else f"deployed {plan.target} to {plan.context}"
    ui.info(f"{done}: {len(plan.changes)} objects{waited}")


def diff(
    target: str = _TARGET, context: str = _CONTEXT, kubeconfig: str = _KUBECONFIG, output: Output = _OUTPUT
) -> int:
    """Show how the cluster differs from a target, masked. Exit code 1 if it does."""
    plan = _open(target, context, kubeconfig).plan()
    _show(plan, output, full=True)
    return Exit.OK if plan.empty else Exit.NO


@dataclass(slots=True)
class _Run:
    """One target and one cluster."""

    target: Target
    manifests: Sequence[Manifest]
    client: Client
    before: Inventory
    signer: str

    def plan(self, *, client_side: bool = False) -> Plan:
        from sealkit.cluster import plan

        try:
            return plan.plan(self.client, self.target, self.manifests, server_side=not client_side)
        except plan.PlanError as error:
            _explain(error)
            raise

    def apply(self, plan: Plan, *, force_conflicts: bool) -> None:
        """Apply and record it. Raises ClusterError unless everything arrived, KeyboardInterrupt after a Ctrl-C."""
        from sealkit.cluster.apply import apply

        result = apply(self.client, plan, self.manifests, on_change=_progress, force_conflicts=force_conflicts)
        try:
            if result.applied:
                self.record(result)
        finally:
            _outcome(result)

    def record(self, result: Result | None) -> None:
        """Bring the inventory up to date; `result` None where nothing was to do."""
        from sealkit.cluster import inventory
        from sealkit.cluster.desired import desired

        open_: set[ObjectRef] = {*result.left, *(failure.ref for failure in result.failed)} if result else set()
        items = [
            item
            for item in desired(self.client, self.manifests)
            if item.ref not in open_ or item.ref in self.before.objects
        ]
        uids = result.uids if result else {}
        inventory.record(self.client, self.target, items, before=self.before, uids=uids, signer=self.signer)

    def wait(self, limit: float) -> str:
        """Wait until everything is ready; what to add to the summary. Raises ClusterError."""
        from sealkit.cluster.status import State
        from sealkit.cluster.wait import wait

        statuses = wait(self.client, self.manifests, timeout=limit, progress=_Waiting())
        open_ = [status for status in statuses if status.state is not State.READY]
        for status in open_:
            ui.warning(f"{status.ref} {'failed' if status.state is State.FAILED else 'is not ready'}: {status.message}")
        if open_:
            first = open_[0].ref
            raise ClusterError(
                f"{len(open_)} of {len(statuses)} objects are not ready",
                hint=f"kubectl describe {first.kind.lower()} {first.name}"
                + (f" -n {first.namespace}" if first.namespace else ""),
            )
        return ", all ready"


def _open(name: str | None, context: str, kubeconfig: str, *, client_side: bool = False) -> _Run:
    """Render, check, connect, and hold the house against the one that the cluster knows."""
    from sealkit.cluster import inventory, preflight
    from sealkit.cluster import kubeconfig as config
    from sealkit.cluster.client import connect
    from sealkit.operations.repository import Repository

    # the official client takes a second to import; the files are opened meanwhile
    threading.Thread(target=config.warm, daemon=True).start()
    repository = Repository.open()
    rendered, target = render.prepare(repository, name, keyless=False)
    if not rendered.manifests:
        raise RefusedError(f"target {target.name} has no objects", hint="sealkit render shows what is in it")
    preflight.check(rendered.manifests)
    if context and target.context and context != target.context:
        ui.warning(f"target {target.name} names context {target.context}, --context says {context}")
    client = connect(context or target.context, kubeconfig or None)
    if client.insecure:
        ui.warning(f"{client.server}: {client.insecure}")
    client.know(rendered.manifests)
    client.namespace = target.namespace
    ledger = repository.ledger
    before = inventory.Inventory()
    if not client_side:
        before = inventory.read(client, target)
        inventory.admit(before, ledger, target)
    return _Run(target, rendered.manifests, client, before, ledger.signer if ledger else "")


def _show(plan: Plan, output: Output, *, full: bool) -> None:
    from sealkit.report import plan as report

    for warning in plan.warnings:
        ui.warning(warning)
    # values of the cluster are foreign text: they must not draw on the terminal
    sys.stdout.write(report.as_json(plan) if output is Output.JSON else printable(report.text(plan, full=full)))
    sys.stdout.flush()


def _ask(plan: Plan, *, yes: bool) -> None:
    if yes:
        return
    if not ui.at_terminal():
        raise RefusedError(
            "not applied: there is no terminal to ask on", hint="look at the plan, then: sealkit deploy --yes"
        )
    if not ui.confirm(f"apply this to {plan.context} ({plan.server})?"):
        raise RefusedError("not applied: declined")


def _explain(error: PlanError) -> None:
    for refusal in error.refusals[1:]:
        ui.warning(f"{refusal.ref}: {refusal.message}", refusal.hint)


def _progress(change: ObjectChange, failure: str | None) -> None:
    if failure is None:
        ui.info(f"{'created' if change.verb == 'create' else 'changed'} {change.ref}")


def _outcome(result: Result) -> None:
    for failure in result.failed:
        ui.warning(f"{failure.ref}: {failure.message}", failure.hint)
    total = len(result.applied) + len(result.failed) + len(result.left)
    if result.interrupted:
        ui.warning(
            f"{len(result.applied)} of {total} objects were applied before the interruption",
            "sealkit deploy goes on from there",
        )
        raise KeyboardInterrupt
    if not result.ok:
        left = f", {len(result.left)} not tried" if result.left else ""
        raise ClusterError(
            f"{len(result.failed)} of {total} objects failed{left}",
            hint="mend it and deploy again: what is in place stays",
        )


class _Waiting:
    """Says what is waited for, each time it changes."""

    def __init__(self) -> None:
        self._said: dict[ObjectRef, str] = {}

    def __call__(self, statuses: Sequence[Status]) -> None:
        for status in statuses:
            if status.state == "progressing" and self._said.get(status.ref) != status.message:
                self._said[status.ref] = status.message
                ui.info(f"waiting for {status.ref}: {status.message}")
