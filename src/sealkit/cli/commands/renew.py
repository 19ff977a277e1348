"""`renew`: a new value from its generator."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.renew_value import renew_value
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("renew")(renew)


def renew(
    name: str = typer.Argument(metavar="NAME", help="A named value, or with FILE a route in it."),
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file, where several have it.", show_default=False),
    generator: str = typer.Option(
        "", "--generator", metavar="KIND", help="password, hex:64, alnum:24, base64:32, uuid; default: as the example tree says.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Give a value a new one from its generator, and say what must be restarted to get it.

    The generator is what private.example/ says for it (`<generate:hex:64>`).
    """
    result = renew_value(Repository.open(), ui.TerminalEvents(), name, file, generator)
    ui.info(f"renewed {result.location} (<generate:{result.generator}>)")
    for workload in result.restart:
        ui.info(f"after sealkit deploy restart: {workload}")
