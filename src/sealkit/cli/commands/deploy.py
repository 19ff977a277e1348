"""`deploy`: show the masked plan, ask, apply it, wait until everything is ready."""

from __future__ import annotations

from enum import StrEnum

import typer

from sealkit.cli.options import CONTEXT, KUBECONFIG, PLAN_OUTPUT, TARGET, PlanOutput, seconds
from sealkit.cli.plan_output import show_plan
from sealkit.cli.ui import TerminalEvents
from sealkit.cluster.apply import refuse_conflicts
from sealkit.operations.deploy import open_deployment
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
    limit, events = seconds(timeout), TerminalEvents()
    deployment = open_deployment(
        Repository.open(), events, target,
        context=context, kubeconfig_file=kubeconfig, client_side=dry_run is DryRun.CLIENT,
    )  # fmt: skip
    plan = deployment.plan()
    show_plan(plan, output, full=dry_run is not DryRun.NONE)
    if not force_conflicts:
        refuse_conflicts(plan)
    if dry_run is not DryRun.NONE:
        return
    if not plan.empty and not yes:
        events.require_yes(
            f"apply this to {plan.context} ({plan.server})?",
            hint="look at the plan, then: sealkit deploy --yes",
            outcome="nothing was applied",
        )
    deployment.apply(plan, force_conflicts=force_conflicts)
    if wait:
        deployment.wait(limit)
    done = "nothing to do" if plan.empty else f"deployed {plan.target} to {plan.context}"
    events.progress(f"{done}: {count(len(plan.changes), 'object')}{', all ready' if wait else ''}")
