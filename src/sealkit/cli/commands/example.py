"""`example`: the example tree in the shape of the private tree."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.example import require_example, update_example
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("example")(example)


def example(
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if the example lacks or has left over a value."),
) -> None:  # fmt: skip
    """Bring the example tree to the shape of the private tree. Needs no key, and no sealed value gets into it.

    What the example says for a value stays; a new value is asked for (`<ask:NAME>`) until you write a generator there.
    """
    repository, events = Repository.open(), ui.TerminalEvents()
    if check:
        require_example(repository, events)
    if check or not update_example(repository, events):
        ui.info("the example has the shape of the private tree")
