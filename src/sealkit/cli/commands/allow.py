"""`allow` puts a finding on the allow list."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.allow import allow
from sealkit.source.config import load_config


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("allow")(run)


def run(
    fingerprint: str = typer.Argument(..., metavar="FINGERPRINT", help="As the report shows it.", show_default=False),
    reason: str = typer.Option(..., "--reason", metavar="TEXT", help="Why it may stay.", show_default=False),
) -> None:
    """Put one finding on the allow list, with the reason. The list is part of the repository: reviewers see it.

    Looked for in the index, then in the work tree, then in the history.
    """
    config = load_config()
    finding = allow(config, fingerprint, reason)
    ui.info(f"{finding.rule} at {finding.place} is allowed; commit {config.allow}")
