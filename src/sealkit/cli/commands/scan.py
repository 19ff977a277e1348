"""`scan` looks for what must not be published."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import scan_report
from sealkit.cli.options import ReportFormat
from sealkit.errors import UsageError
from sealkit.operations.scan import scan_files, scan_range, scan_staged


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("scan")(run)


def run(
    files: list[Path] = typer.Argument(
        None, metavar="[FILES]", help="Files or folders of the work tree; default: all of it.", show_default=False
    ),
    staged: bool = typer.Option(False, "--staged", help="What a commit would publish: the index, not the work tree."),
    diff: str = typer.Option(
        "", "--diff", metavar="A..B", show_default=False,
        help="What the commits of A..B bring, also what a later one of them removes again.",
    ),
    form: ReportFormat = "text",
    detect: bool = typer.Option(
        False, "--detect-secrets", help="Ask the plugins of detect-secrets too, on the lines that look like something."
    ),
) -> None:  # fmt: skip
    """Look for what must not be published. Needs no key, and never prints a value.

    Exit code 1 with an error among the findings, 0 with none or only warnings.
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
