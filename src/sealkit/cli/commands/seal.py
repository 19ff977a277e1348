"""`seal`: plain files sealed in place."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations.repository import Repository
from sealkit.operations.seal import check_sealed, require_no_errors, seal_files


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("seal")(seal)


def seal(
    paths: list[Path] = typer.Argument(
        None, metavar="FILE...", help="Files in plain text, sealed in place; with --check, files or folders (default: all).",
        show_default=False,
    ),
    check: bool = typer.Option(False, "--check", help="Write nothing, need no key; exit 1 for what is not sealed."),
) -> None:  # fmt: skip
    """Seal files as .sops.yaml says, in place, and sign them."""
    repository = Repository.open()
    if not check:
        seal_files(repository, ui.TerminalEvents(), paths or [])
        return
    findings = check_sealed(repository, paths or [])
    for finding in findings:
        location = f"{finding.place} {finding.route}".rstrip()
        ui.write_lines(f"{location}: {finding.rule} {finding.message}")
    require_no_errors(findings)
    if not findings:
        ui.info("every file is sealed as it should be")
