"""`set`: set one value of a sealed file, from standard input or a prompt, never from argv."""

from __future__ import annotations

import sys

import typer

from sealkit.cli import ui
from sealkit.operations.repository import Repository
from sealkit.operations.set_value import SetOutcome, set_value, value_from_pipe


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("set")(run)


def run(
    name: str = typer.Argument(metavar="NAME", help="A value (database.password), or with FILE a route such as .stringData.KEY."),
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file; required for a new value.", show_default=False),
) -> None:  # fmt: skip
    """Set a value from standard input, or from a prompt without echo.

    The line break at the end of a one-line value is removed. A number or boolean that replaces one keeps its type.
    """
    events = ui.TerminalEvents()

    def read_value() -> str:
        if events.interactive:
            return events.ask_secret(f"new value of {name}")
        return value_from_pipe(sys.stdin.buffer.read(), name)

    result = set_value(Repository.open(), events, name, file, read_value)
    if result.outcome is SetOutcome.UNCHANGED:
        ui.info(f"{result.location}: already has that value")
    else:
        ui.info(f"{result.outcome} {result.location}")
