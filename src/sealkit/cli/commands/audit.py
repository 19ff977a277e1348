"""`audit`: find secrets in the whole history."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import scan_report, ui
from sealkit.cli.options import ReportFormat
from sealkit.operations.audit import audit
from sealkit.operations.clone import repository_at


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("audit")(run)


def run(
    where: str = typer.Argument("", metavar="[PATH|URL]", help="The repository. Default: this one.", show_default=False),
    revisions: str = typer.Argument("", metavar="[REV..REV]", help="Only what these commits add.", show_default=False),
    form: ReportFormat = "text",
) -> None:  # fmt: skip
    """Find secrets in the whole history: every blob, reachable or not, commit messages, and names of branches and files.

    A URL is cloned into a temporary folder first. Needs no key.
    """
    if ".." in where and not revisions and "://" not in where and where[0] != "." and not Path(where).exists():
        where, revisions = "", where
    with repository_at(where, ui.TerminalEvents()) as root:
        raise typer.Exit(scan_report.write(audit(root, revisions), form))
