"""`diff`: how the cluster differs from a target, masked."""

from __future__ import annotations

import typer

from sealkit.cli.options import CONTEXT, KUBECONFIG, PLAN_OUTPUT, TARGET, PlanOutput
from sealkit.cli.plan_output import show_plan
from sealkit.cli.ui import TerminalEvents
from sealkit.errors import Exit
from sealkit.operations.deploy import open_deployment
from sealkit.operations.render import warn_waiting
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("diff")(run)


def run(
    target: str = TARGET, context: str = CONTEXT, kubeconfig: str = KUBECONFIG, output: PlanOutput = PLAN_OUTPUT
) -> int:
    """Show how the cluster differs from a target, with values masked. Exit code 1 if it differs."""
    events = TerminalEvents()
    deployment = open_deployment(
        Repository.open(), events, target, context=context, kubeconfig_file=kubeconfig, unsigned=True
    )
    if deployment.waiting:
        warn_waiting(deployment.waiting, events)
    plan = deployment.plan()
    show_plan(plan, output, full=True)
    return Exit.OK if plan.empty else Exit.NO
