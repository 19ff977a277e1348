"""`scan`: find secrets in files, in the index or in a range of commits."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import scan_report
from sealkit.cli.options import ReportFormat
from sealkit.errors import UsageError
from sealkit.operations.scan import scan_files, scan_range, scan_staged


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("scan")(run)


def run(
    files: list[Path] = typer.Argument(
        None, metavar="[FILES]", help="Files or folders in the work tree. Default: all.", show_default=False
    ),
    staged: bool = typer.Option(False, "--staged", help="Scan the index: what a commit would publish."),
    diff: str = typer.Option(
        "", "--diff", metavar="A..B", show_default=False,
        help="Scan what the commits of A..B add, even if a later commit removes it.",
    ),
    form: ReportFormat = "text",
    detect: bool = typer.Option(
        False, "--detect-secrets", help="Also run the plugins of detect-secrets on suspicious lines."
    ),
) -> None:  # fmt: skip
    """Find secrets in files, in the index or in commits. Needs no key, and never prints a value.

    Exit code 1 if a finding is an error, 0 if there are none or only warnings and notes.
    """
    if sum((staged, bool(diff), detect)) > 1 or (diff and files):
        raise UsageError("several things to scan at once", hint="one of: FILES, --staged, --diff A..B")
    folder = Path.cwd()
    if staged:
        result = scan_staged(folder, files or [])
    elif diff:
        result = scan_range(folder, diff)
    else:
        result = scan_files(folder, files or [], detect_secrets=detect)
    raise typer.Exit(scan_report.write(result, form))
