"""`merge-driver`: git calls it for a sealed file that two branches changed."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations.merge import merge_for_git
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("merge-driver", hidden=True)(run)


def run(
    base: Path = typer.Argument(..., metavar="%O"),
    ours: Path = typer.Argument(..., metavar="%A"),
    theirs: Path = typer.Argument(..., metavar="%B"),
    path: str = typer.Argument(..., metavar="%P"),
) -> None:
    """Merge a sealed file that two branches changed, for git. The result replaces %A.

    Exit code 1, with %A unchanged, if both sides changed the same value or one of the three versions was never approved.
    """
    merge_for_git(Repository.open(), ui.TerminalEvents(), path, base=base, ours=ours, theirs=theirs)
