"""`example`: update the example tree to the shape of the private tree."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.example import require_example, update_example
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("example")(run)


def run(
    check: bool = typer.Option(False, "--check", help="Write nothing; exit 1 if an example is missing, outdated or left over."),
) -> None:  # fmt: skip
    """Update the example tree to the shape of the private tree. Needs no key, and copies no sealed value.

    Existing entries stay. A new value becomes `<ask:NAME>`; replace it with a generator such as `<generate:hex:64>` if it can be
    random.
    """
    repository, events = Repository.open(), ui.TerminalEvents()
    if check:
        require_example(repository, events)
    if check or not update_example(repository, events):
        ui.info("the example has the shape of the private tree")
