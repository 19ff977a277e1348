"""`get`: print a decrypted file or value to a pipe."""

from __future__ import annotations

import typer

from sealkit.cli.get_output import write_value


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
    write_value(name, route, terminal=reveal_terminal)
