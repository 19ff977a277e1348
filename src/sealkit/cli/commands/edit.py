"""`edit`: a sealed file in an editor, opened in memory alone, sealed and signed when the editor is done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations import tmpfs

if TYPE_CHECKING:
    from sealkit.operations.sealed_edit import SealedEdit


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("edit")(edit)


def edit(
    file: Path = typer.Argument(metavar="FILE", help="A sealed file; one that does not exist yet is made."),
) -> None:
    """Open a sealed file in your editor (SOPS_EDITOR, VISUAL, EDITOR), and seal and sign what you leave there.

    The opened text lies in memory only, and vim, nano and emacs are told to keep no swap file or backup. Values that did not
    change keep their ciphertext; without any change nothing is written.
    """
    from sealkit.operations.repository import Repository
    from sealkit.operations.sealed_edit import SealedEdit, regular
    from sealkit.sealed.detect import is_sealed

    repository = Repository.open()
    path = repository.config.relative(file)
    full = repository.root / path
    if full.is_dir():
        raise UsageError(f"{path}: is a folder", hint="name a sealed file in it")
    regular(repository, path)
    if full.exists() and not is_sealed(full.read_bytes()):
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    repository.warn_waiting([path])
    if not full.exists():
        repository.rule_for(path)  # nobody writes a text that could not be sealed
    rewrite = SealedEdit(repository, path)
    command = tmpfs.editor(os.environ)
    with tmpfs.folder(os.environ) as folder:
        place = folder / Path(path).name
        place.touch(mode=0o600)
        place.write_bytes(rewrite.text.encode("utf-8", "surrogateescape"))
        text = _sealed(rewrite, command, place)
    if text is None:
        ui.info("nothing changed, nothing written")
        return
    repository.write_sealed({path: text}, before={path: rewrite.before})
    ui.info(f"sealed {path}")


def _sealed(rewrite: SealedEdit, command: list[str], place: Path) -> str | None:
    """The sealed text, None where nothing changed. What cannot be sealed is given back to be mended, as long as a person is
    there who wants to; without one the error ends it."""
    from sealkit.operations.sealed_edit import text_of

    before = rewrite.text
    while True:
        try:
            rewrite.text = text_of(rewrite.path, tmpfs.edited(command, place, os.environ))
            if rewrite.text == before:
                return None
            return rewrite.sealed()
        except SealkitError as error:
            told = f"{error.message.removesuffix('; nothing was written')}; {rewrite.path} is not sealed, nothing was written"
            if not ui.at_terminal():
                raise type(error)(told, hint=error.hint) from None
            ui.error(error.message, error.hint)
            if not tmpfs.again("edit again? without it what you wrote is lost"):
                raise RefusedError("declined; nothing was written") from None
