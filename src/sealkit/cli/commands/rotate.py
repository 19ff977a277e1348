"""`rotate`: new data keys."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations import rotate as operation
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("rotate")(run)


def run(
    paths: list[Path] = typer.Argument(None, metavar="[FILE]...", help="Sealed files. Default: all.", show_default=False),
    dry_run: bool = typer.Option(False, "--dry-run", help="List the files, and write nothing."),
) -> None:  # fmt: skip
    """Give sealed files a new data key, like `sops rotate`. Recipients stay.

    Values stay too. To change a value, use `renew` or `set`.
    """
    rotated = operation.rotate(Repository.open(), ui.TerminalEvents(), paths or [], dry_run=dry_run)
    for path in rotated:
        ui.info(f"{'would get' if dry_run else 'has'} a new data key: {path}")
    if not rotated:
        ui.info("there is no sealed file")
