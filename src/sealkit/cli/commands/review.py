"""`review`: report what a change does to sealed files, without a key."""

from __future__ import annotations

import os

import typer

from sealkit.cli import ui
from sealkit.errors import Exit
from sealkit.operations.review import review
from sealkit.source.config import load_config


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("review")(run)


def run(
    revisions: str = typer.Argument(
        "", metavar="[A..B]", help="Two revisions (A...B: since their merge base). Default: HEAD and the work tree.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Print what changed in sealed files, ledger, .sops.yaml and allow list, as Markdown. Needs no key.

    Exit code 1 if anything is not approved after the change.
    """
    report = review(load_config(), revisions, os.environ)
    ui.write(report.markdown)
    if report.needs_approval:
        raise typer.Exit(Exit.NO)
