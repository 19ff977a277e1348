"""`allow`: accept a finding."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations.allow import allow
from sealkit.source.config import load_config


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("allow")(run)


def run(
    fingerprint: str = typer.Argument(
        ..., metavar="FINGERPRINT", help="The fingerprint that the report shows.", show_default=False
    ),
    reason: str = typer.Option(
        ..., "--reason", metavar="TEXT", help="Why the finding is accepted.", show_default=False
    ),
) -> None:
    """Accept a finding: add it to the allow list, with a reason. The list is a file in the repository, so reviewers see it.

    sealkit looks for the finding in the index, then in the work tree, then in the history.
    """
    config = load_config()
    finding = allow(config, fingerprint, reason)
    ui.info(f"{finding.rule} at {finding.place} is allowed; commit {config.allow}")
