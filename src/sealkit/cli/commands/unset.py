"""`unset`: remove a value from its sealed file."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.repository import Repository
from sealkit.operations.unset_value import unset_value


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("unset")(run)


def run(
    name: str = typer.Argument(metavar="NAME", help="A value (database.password), or with FILE a route such as .stringData.KEY."),
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file, if several have this name.", show_default=False),
) -> None:  # fmt: skip
    """Remove a value from its sealed file."""
    unset_value(Repository.open(), ui.TerminalEvents(), name, file)
