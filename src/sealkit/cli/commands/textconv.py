"""`textconv`: git calls it for masked diffs."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli.quick_path import show_masked


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("textconv", hidden=True)(run)


def run(file: Path = typer.Argument(..., metavar="FILE", show_default=False)) -> None:
    """Print a sealed file for a git diff, with a digest of each ciphertext in place of the value. Needs no key."""
    show_masked(file)
