"""`seal`: encrypt plain-text files in place."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.operations.repository import Repository
from sealkit.operations.seal import check_sealed, require_no_errors, seal_files


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("seal")(run)


def run(
    paths: list[Path] = typer.Argument(
        None,
        metavar="FILE...",
        help="Plain-text files; with --check, files or folders (default: all).",
        show_default=False,
    ),
    check: bool = typer.Option(
        False, "--check", help="Write nothing; exit 1 if a file is not sealed as .sops.yaml requires. Needs no key."
    ),
) -> None:
    """Encrypt files in place, as .sops.yaml requires, and sign them."""
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
