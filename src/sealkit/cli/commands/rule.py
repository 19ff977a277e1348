"""`rule`: explain a rule of `scan`."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.report import rule_pages


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("rule")(run)


def run(
    name: str = typer.Argument(
        "", metavar="[RULE]", help="A rule such as SK201. Default: list all rules.", show_default=False
    ),
) -> None:
    """Explain a rule: what it finds, why that matters, and what to do."""
    ui.write(rule_pages.page(name) if name else rule_pages.listed())
