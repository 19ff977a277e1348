"""`merge` finishes a conflict in a sealed file."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations.merge import merge_conflict
from sealkit.operations.repository import Repository
from sealkit.sops.merge import Side
from sealkit.yamlspan.route import Route


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("merge")(run)


def run(
    file: Path = typer.Argument(..., metavar="FILE", help="A sealed file in conflict."),
    ours: list[str] = typer.Option([], "--ours", metavar="ROUTE", help="Keep our value here; . is all of them."),
    theirs: list[str] = typer.Option([], "--theirs", metavar="ROUTE", help="Take their value here; . is all of them."),
) -> None:
    """Finish a conflict in a sealed file from the three versions in the index, by value.

    What only one side changed is taken; each value that both changed is decided by --ours or --theirs. Recipients are ours.
    """
    repository = Repository.open()
    chosen = {Route.parse(text): Side.OURS for text in ours} | {Route.parse(text): Side.THEIRS for text in theirs}
    merge_conflict(repository, ui.TerminalEvents(), repository.config.relative(file), chosen)
