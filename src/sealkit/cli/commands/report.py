"""`report`: combine JSON reports of `scan` and `audit`."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.cli.options import ReportFormat
from sealkit.errors import Exit
from sealkit.model.severity import Severity
from sealkit.report import formats, json
from sealkit.source import files


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("report")(run)


def run(
    reports: list[Path] = typer.Argument(..., metavar="REPORT...", help="JSON reports of scan or audit.", show_default=False),
    form: ReportFormat = "html",
) -> None:  # fmt: skip
    """Combine reports. A finding that is in several reports is shown once."""
    findings = json.combine({str(path): files.decode(files.read_named(path), str(path)) for path in reports})
    ui.write(formats.render(findings, form))
    raise typer.Exit(Exit.NO if any(item.severity is Severity.ERROR for item in findings) else Exit.OK)
