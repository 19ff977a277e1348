"""`edit`: a sealed file in an editor. The plain text is in memory only; what the editor leaves is sealed and signed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations import tmpfs
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import SealedEdit, plain_text, require_regular_file
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.file import SealedFile
from sealkit.source import files

EditFile = Callable[[Path], bytes]
"""Lets somebody edit a file that is in memory; its bytes afterwards."""


def edit_file(repository: Repository, events: Events, file: Path, find_editor: Callable[[], EditFile]) -> str | None:
    """Decrypt a file into memory, have it edited, seal, write and sign it. The path that was written; None where nothing
    changed. A file that does not exist yet is created.

    `find_editor` is called once the file is decrypted. Where the result cannot be sealed, the editor can be opened again,
    as long as a person is there to say so; else the error is raised and nothing is written.
    """
    path = repository.config.relative(file)
    _require_editable(repository, path)
    warn_unapproved(repository, events, [path])
    if not (repository.root / path).exists():
        repository.rule_for(path)  # before anybody writes a text that cannot be sealed
    edit = SealedEdit(repository, path)
    run_editor = find_editor()
    with tmpfs.folder(repository.environ) as folder:
        in_memory = folder / PurePosixPath(path).name
        in_memory.touch(mode=0o600)
        in_memory.write_bytes(edit.text.encode("utf-8", "surrogateescape"))
        sealed = _edit_until_sealed(edit, events, run_editor, in_memory)
    if sealed is None:
        return None
    write_sealed(repository, events, [sealed], before={path: edit.before})
    return path


def _require_editable(repository: Repository, path: str) -> None:
    full = repository.root / path
    if full.is_dir():
        raise UsageError(f"{path}: is a folder", hint="name a sealed file in it")
    require_regular_file(repository, path)
    if full.exists() and not is_sealed(files.read(full, path)):
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")


def _edit_until_sealed(edit: SealedEdit, events: Events, run_editor: EditFile, in_memory: Path) -> SealedFile | None:
    """The sealed file; None where nothing changed."""
    original = edit.text
    while True:
        try:
            edit.text = plain_text(edit.path, run_editor(in_memory))
            return None if edit.text == original else edit.seal()
        except SealkitError as error:
            if not events.interactive:
                reason = error.message.removesuffix("; nothing was written")
                message = f"{reason}; {edit.path} is not sealed, nothing was written"
                raise error.reworded(message) from None
            events.warning(error.message, error.hint)
            if not events.confirm("edit again? otherwise your changes are lost", default=True):
                raise RefusedError("declined; nothing was written") from None
