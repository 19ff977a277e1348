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
    """Add the command."""
    app.command("edit")(edit)


def edit(
    file: Path = typer.Argument(metavar="FILE", help="A sealed file; one that does not exist yet is created."),
) -> None:
    """Open a sealed file in your editor (SOPS_EDITOR, VISUAL, EDITOR), and seal and sign what you leave there.

    The decrypted text is in memory only, and vim, nano and emacs are told to keep no swap file or backup. Values that did not
    change keep their ciphertext; without any change nothing is written.
    """
    events = ui.TerminalEvents()

    def editor() -> EditFile:
        command = find_editor(os.environ, events)
        return lambda path: run_editor(command, path, os.environ)

    written = edit_file(Repository.open(), events, file, editor)
    ui.info(f"sealed {written}" if written else "nothing changed, nothing written")
