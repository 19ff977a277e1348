"""`rotate`: new data keys."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations import rotate as operation
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rotate")(rotate)


def rotate(
    paths: list[Path] = typer.Argument(None, metavar="[FILE]...", help="Sealed files; default: all.", show_default=False),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say which files, and write nothing."),
) -> None:  # fmt: skip
    """Give every sealed file a new data key, for the recipients it has, as `sops rotate` does.

    Values stay what they are: to change a value at its source as well, see `renew` and `set`.
    """
    rotated = operation.rotate(Repository.open(), ui.TerminalEvents(), paths or [], dry_run=dry_run)
    for path in rotated:
        ui.info(f"{'would get' if dry_run else 'has'} a new data key: {path}")
    if not rotated:
        ui.info("there is no sealed file")
