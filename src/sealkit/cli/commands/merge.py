"""`merge`: resolve a conflict in a sealed file."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations.merge import merge_conflict
from sealkit.operations.repository import Repository
from sealkit.sops.three_way_merge import Side
from sealkit.yamlspan.route import Route


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("merge")(run)


def run(
    file: Path = typer.Argument(..., metavar="FILE", help="A sealed file in conflict."),
    ours: list[str] = typer.Option(
        [], "--ours", metavar="ROUTE", help='Keep our value at this route; "." means all values.'
    ),
    theirs: list[str] = typer.Option(
        [], "--theirs", metavar="ROUTE", help='Take their value at this route; "." means all values.'
    ),
) -> None:
    """Resolve a conflict in a sealed file by value, from the three versions in the index.

    A value that only one side changed is taken from that side. For a value that both sides changed, pass --ours or --theirs. The
    recipients are ours.
    """
    repository = Repository.open()
    chosen = {Route.parse(text): Side.OURS for text in ours} | {Route.parse(text): Side.THEIRS for text in theirs}
    merge_conflict(repository, ui.TerminalEvents(), repository.config.relative(file), chosen)
