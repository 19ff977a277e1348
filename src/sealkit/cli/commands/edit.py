"""`edit`: a sealed file in an editor."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.cli.editor import find_editor, run_editor
from sealkit.operations.edit_file import EditFile, edit_file
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("edit")(run)


def run(
    file: Path = typer.Argument(metavar="FILE", help="A sealed file. It is created if it does not exist."),
) -> None:
    """Edit a sealed file in your editor (SOPS_EDITOR, VISUAL, EDITOR), then seal and sign it.

    The decrypted text is in memory only. vim, nano and emacs get options that turn off swap files and backups. Values that you do
    not change keep their ciphertext. Without a change, nothing is written.
    """
    events = ui.TerminalEvents()

    def editor() -> EditFile:
        command = find_editor(os.environ, events)
        return lambda path: run_editor(command, path, os.environ)

    written = edit_file(Repository.open(), events, file, editor)
    ui.info(f"sealed {written}" if written else "nothing changed, nothing written")
