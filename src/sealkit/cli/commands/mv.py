"""`mv`: rename a value."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.rename import rename
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("mv")(run)


def run(
    old: str = typer.Argument(metavar="OLD", help="A named value."),
    new: str = typer.Argument(metavar="NEW", help="Its new name, in the same file."),
) -> None:
    """Rename a value. The placeholders in the public tree and the example follow.

    What was approved stays approved. A file that was not approved before is written, and still is not.
    """
    result = rename(Repository.open(), ui.TerminalEvents(), old, new)
    file_count = f"{result.files} file{'s' * (result.files != 1)}"
    ui.info(f"{result.old} is now {result.new.route}; changed {file_count} to follow")
