"""Approve: choose what is not approved by name, describe it without any sealed value, and sign it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.approved_versions import WHOLE_FILE
from sealkit.ledger.compare import What
from sealkit.ledger.entries import AccessEntry, FileEntry, PlaceEntry, ReachEntry
from sealkit.ledger.unapproved import Reason, Unapproved
from sealkit.operations.approvals import unapproved
from sealkit.operations.repository import Repository
from sealkit.operations.value_destinations import destinations
from sealkit.printable import MASK
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_files
from sealkit.source import files


def find(repository: Repository, names: Sequence[str] = ()) -> list[Unapproved]:
    """What is not approved: all of it, or the items of these paths, values or objects.

    Raises SealkitError without a ledger or for a target that does not render, UsageError for a name that nothing has.
    """
    repository.require_ledger()
    items = unapproved(repository, destinations(repository.config, repository.tree))
    if not names:
        return items
    chosen: dict[int, Unapproved] = {}
    for name in names:
        spellings = {name}
        if (Path.cwd() / name).exists():
            spellings.add(repository.config.relative(Path(name)))
        matches = [index for index, item in enumerate(items) if spellings & _names_of(item)]
        if not matches and not spellings & _approved_paths(repository):
            hint = f"not approved: sealkit approve {shell_names(items)}" if items else "everything is approved"
            raise UsageError(f"{name}: nothing of that name is unapproved", hint=hint)
        chosen.update((index, items[index]) for index in matches)
    return [chosen[index] for index in sorted(chosen)]


def describe(repository: Repository, items: Sequence[Unapproved]) -> list[str]:
    """What would be signed, one line for each route, without any sealed value.

    Every file is decrypted first: raises SealkitError for one that no identity opens, or whose MAC does not hold.
    """
    sealed = {
        item.path: SealedFile(item.path, files.read(repository.root / item.path, item.path))
        for item in items
        if item.why in WHOLE_FILE and item.sign is not None
    }
    _require_openable(repository, sealed)
    versions = repository.approved_versions()
    lines = []
    for item in items:
        if item.path not in sealed:
            lines.append(str(item))
            continue
        lines.append(f"{item.path}: {item.message}")
        for change in versions.changes(item, sealed[item.path]):
            value = f" {MASK}" if change.sealed and change.what is not What.REMOVED else ""
            lines.append(f"    {change.route}{value} ({change.what})")
        if isinstance(item.sign, FileEntry) and item.why is Reason.NEW:
            lines.append(f"    sealed to {', '.join(item.sign.to)}")
    return lines


def shell_names(items: Sequence[Unapproved]) -> str:
    """The names of these items as arguments in a shell."""
    return shlex.join(dict.fromkeys(item.path for item in items))


def _require_openable(repository: Repository, sealed: dict[str, SealedFile]) -> None:
    for path, file in sealed.items():
        if file.metadata is None:
            raise RefusedError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message = f"{path}: not signed: {opened.message.removeprefix(path + ': ')}"
            raise opened


def _approved_paths(repository: Repository) -> set[str]:
    return {entry.path for entry in repository.require_ledger().files().values() if entry is not None}


def _names_of(item: Unapproved) -> set[str]:
    """What a person may call an item: its path, the value, the origin of a reach, or the role."""
    names = {item.path}
    if isinstance(item.sign, PlaceEntry):
        names.add(item.sign.name)
    elif isinstance(item.sign, ReachEntry):
        names.add(item.sign.origin)
    elif isinstance(item.sign, AccessEntry):
        names.add(item.sign.role)
    return names
