"""A plan on standard output, as text or JSON: what `deploy` and `diff` print."""

from __future__ import annotations

from sealkit.cli import ui
from sealkit.cli.options import PlanOutput
from sealkit.model.plan import Plan
from sealkit.printable import printable
from sealkit.report import plan as report


def show_plan(plan: Plan, output: PlanOutput, *, full: bool) -> None:
    """Print a plan; with `full` also what stays. Values of the cluster are foreign text: they cannot draw on the terminal."""
    ui.write(report.as_json(plan) if output is PlanOutput.JSON else printable(report.text(plan, full=full)))
