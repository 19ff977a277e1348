"""`renew`: generate a new value."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.renew_value import renew_value
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("renew")(run)


def run(
    name: str = typer.Argument(metavar="NAME", help="A named value, or with FILE a route in it."),
    file: str = typer.Argument(
        None, metavar="[FILE]", help="The sealed file, if several have this name.", show_default=False
    ),
    generator: str = typer.Option(
        "",
        "--generator",
        metavar="KIND",
        help="password, hex:64, alnum:24, base64:32 or uuid. Default: the generator in private.example/.",
        show_default=False,
    ),
) -> None:
    """Generate a new value, and list the workloads that must be restarted to get it.

    The generator comes from private.example/ (`<generate:hex:64>`) or from --generator.
    """
    result = renew_value(Repository.open(), ui.TerminalEvents(), name, file, generator)
    ui.info(f"renewed {result.location} (<generate:{result.generator}>)")
    for workload in result.restart:
        ui.info(f"after sealkit deploy restart: {workload}")
