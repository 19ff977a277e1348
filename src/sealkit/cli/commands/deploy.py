"""`deploy`: show the masked plan, ask, apply it, wait until everything is ready."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import typer

from sealkit.cli.options import CONTEXT, KUBECONFIG, PLAN_OUTPUT, TARGET, PlanOutput, seconds
from sealkit.cli.plan_output import show_plan
from sealkit.cli.ui import TerminalEvents
from sealkit.cluster.apply import refuse_conflicts
from sealkit.errors import RefusedError
from sealkit.ledger.unapproved import Unapproved
from sealkit.model.plan import Plan
from sealkit.operations.approvals import approve, confirm_all, is_configuration
from sealkit.operations.approve import describe
from sealkit.operations.deploy import Deployment, open_deployment
from sealkit.operations.repository import Repository
from sealkit.wording import count


class DryRun(StrEnum):
    """How far a dry run goes."""

    NONE = "none"
    CLIENT = "client"
    SERVER = "server"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("deploy")(run)


def run(
    target: str = TARGET,
    dry_run: DryRun = typer.Option(
        DryRun.NONE,
        "--dry-run",
        help="Only show the plan. client: send no object to the cluster; server: dry run on the API server.",
    ),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask before applying. Does not approve anything."),
    context: str = CONTEXT,
    kubeconfig: str = KUBECONFIG,
    timeout: str = typer.Option("5m", "--timeout", help="How long to wait until everything is ready: 90s, 5m, 1h30m."),
    wait: bool = typer.Option(True, "--wait/--no-wait", help="Wait until every object is ready."),
    force_conflicts: bool = typer.Option(
        False, "--force-conflicts", help="Take over fields that other field managers own."
    ),
    output: PlanOutput = PLAN_OUTPUT,
) -> None:
    """Deploy a target: show the plan with values masked, ask, apply it server-side, and wait until every object is ready."""
    limit, events, repository = seconds(timeout), TerminalEvents(), Repository.open()

    def opened(*, unsigned: bool) -> Deployment:
        return open_deployment(
            repository, events, target, context=context, kubeconfig_file=kubeconfig,
            client_side=dry_run is DryRun.CLIENT, unsigned=unsigned,
        )  # fmt: skip

    deployment = opened(unsigned=dry_run is DryRun.CLIENT or (events.interactive and dry_run is DryRun.NONE))
    if deployment.waiting:
        for line in describe(repository, deployment.waiting):
            events.progress(line)
    plan = deployment.plan()
    show_plan(plan, output, full=dry_run is not DryRun.NONE)
    if dry_run is not DryRun.NONE:
        return
    if deployment.waiting:
        _sign(repository, events, deployment.waiting, plan)
        deployment = opened(unsigned=False)
        plan = deployment.plan()
    elif not plan.empty and not yes:
        if not force_conflicts:
            refuse_conflicts(plan)
        events.require_yes(
            f"apply this to {plan.context} ({plan.server})?",
            hint="look at the plan, then: sealkit deploy --yes",
            outcome="nothing was applied",
        )
    if not force_conflicts:
        refuse_conflicts(plan)
    deployment.apply(plan, force_conflicts=force_conflicts)
    if wait:
        deployment.wait(limit)
    done = "nothing to do" if plan.empty else f"deployed {plan.target} to {plan.context}"
    events.progress(f"{done}: {count(len(plan.changes), 'object')}{', all ready' if wait else ''}")


def _sign(repository: Repository, events: TerminalEvents, waiting: Sequence[Unapproved], plan: Plan) -> None:
    """One question for the unsigned changes and the plan; yes signs. Raises RefusedError."""
    apply = f"apply this to {plan.context} ({plan.server})"
    yes = confirm_all(events, waiting, f" and {apply}")
    if yes and all(item.implied or is_configuration(item) for item in waiting):
        yes = events.confirm(f"{apply}?")  # who approved the configuration was not asked that yet
    if not yes:
        raise RefusedError("declined; nothing was signed or applied")
    approve(repository, waiting)
