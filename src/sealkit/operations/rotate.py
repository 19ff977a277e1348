"""`rotate`: new data keys for sealed files, for the recipients they have, as `sops rotate` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import UsageError
from sealkit.operations.approvals import warn_unapproved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.reseal import rewrap_files, sealed_files
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile


def rotate(repository: Repository, events: Events, paths: Sequence[Path] = (), *, dry_run: bool = False) -> list[str]:
    """Give sealed files (default: all) a new data key; their paths. All are decrypted before the first is written, also with
    `dry_run`, which writes nothing. Raises UsageError for a file that is not sealed, and SealkitError."""
    sealed = sealed_files(repository)
    if paths:
        sealed = {path: _require_sealed(repository, sealed, path) for path in map(repository.config.relative, paths)}
    if not sealed:
        return []
    warn_unapproved(repository, events, list(sealed))
    rotated = rewrap_files(repository, sealed, {}, rotate=sealed)
    if not dry_run:
        write_sealed(repository, events, rotated, before={path: file.data for path, file in sealed.items()})
    return [file.path for file in rotated]


def _require_sealed(repository: Repository, sealed: dict[str, SealedFile], path: str) -> SealedFile:
    if path in sealed:
        return sealed[path]
    if not (repository.root / path).exists():
        raise UsageError(f"{path}: no such file", hint="check the path")
    raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
