"""`textconv` is what git calls for masked diffs."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli.hook_quick_path import show_masked


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("textconv", hidden=True)(run)


def run(file: Path = typer.Argument(..., metavar="FILE", show_default=False)) -> None:
    """Print a file as git shall show it in a diff: sealed values by a digest of their ciphertext. Needs no key."""
    show_masked(file)
