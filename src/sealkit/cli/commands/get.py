"""`get`: print a decrypted file or value to a pipe."""

from __future__ import annotations

import sys

import typer

from sealkit.cli import ui
from sealkit.operations.get_value import get_text
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("get")(run)


def run(
    name: str = typer.Argument(metavar="FILE|NAME", help="A sealed file, or a named value (database.password)."),
    route: str = typer.Argument(
        None, metavar="[ROUTE]", help="One value of the file, such as .stringData.KEY.", show_default=False
    ),
    reveal_terminal: bool = typer.Option(False, "--reveal-terminal", hidden=True),
) -> None:
    """Print a decrypted file or a single value to a pipe, exactly as it is.

    Refuses to print to a terminal, unless with --reveal=terminal. Refuses always if SEALKIT_NO_REVEAL is set.
    """
    ui.require_may_reveal(terminal=reveal_terminal)
    text = get_text(Repository.open(), ui.TerminalEvents(), name, route)
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()
