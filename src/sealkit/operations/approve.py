"""Approve: choose what is not approved by name, show it as a diff without any sealed value, and say what it means."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.approved_versions import WHOLE_FILE, ApprovedVersions
from sealkit.ledger.compare import What
from sealkit.ledger.entries import FileEntry, PublicEntry
from sealkit.ledger.inputs import InputFile, Inputs
from sealkit.ledger.unapproved import Reason, Unapproved
from sealkit.operations.approvals import unapproved
from sealkit.operations.change_meaning import explain
from sealkit.operations.repository import Repository
from sealkit.printable import MASK, printable
from sealkit.report.file_diff import file_diff
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_files
from sealkit.source import filenames


def find(repository: Repository, names: Sequence[str] = ()) -> list[Unapproved]:
    """What is not approved: all of it, or the items of these files and folders. Nothing is rendered for it.

    A public file that no deploy reads is an item where it, or its folder, is named: a program that `exec` starts may read it.
    Raises SealkitError without a ledger, UsageError for a name that nothing has.
    """
    repository.require_ledger()
    items = unapproved(repository)
    if not names:
        return items
    chosen: dict[str, Unapproved] = {}
    for name in names:
        path = repository.config.relative(Path(name)) if (Path.cwd() / name).exists() else name.rstrip("/")
        matches = [item for item in items if _is_at(item.path, path) or _is_at(item.path, name.rstrip("/"))]
        if path not in {"", "."}:
            matches += [_unread_by_deploys(repository, other) for other in _unread_paths(repository, path)]
        if not matches and path not in repository.require_ledger().paths():
            hint = f"not approved: sealkit approve {shell_names(items)}" if items else "everything is approved"
            raise UsageError(f"{name}: nothing of that name is unapproved", hint=hint)
        chosen.update((item.path, item) for item in matches)
    return [chosen[path] for path in sorted(chosen)]


def describe(repository: Repository, items: Sequence[Unapproved]) -> list[str]:
    """What would be signed: a unified diff of each file against its approved version, the leaves of a sealed file masked, and what
    the changes mean as far as it can be told.

    Every sealed file is decrypted first: raises SealkitError for one that no identity opens, or whose MAC does not hold.
    """
    sealed = {
        item.path: _sealed_file(repository, item.path)
        for item in items
        if item.why in WHOLE_FILE and isinstance(item.sign, FileEntry)
    }
    _require_openable(repository, sealed)
    lines = []
    for item in items:
        if not item.implied:
            lines += describe_item(item, repository.inputs, repository.approved_versions())
    return lines + _meaning(repository, items)


def describe_item(item: Unapproved, inputs: Inputs, versions: ApprovedVersions) -> list[str]:
    """One item: what it is, and the difference from the approved version."""
    lines = [f"{printable(item.path)}: {printable(item.message)}"]
    file = inputs.files.get(item.path)
    if file is not None and file.sealed is not None:
        for change in versions.changes(file.sealed) if item.why in WHOLE_FILE else ():
            value = f" {MASK}" if change.sealed and change.what is not What.REMOVED else ""
            lines.append(f"    {printable(str(change.route))}{value} ({change.what})")
        if isinstance(item.sign, FileEntry) and item.why is Reason.NEW:
            lines.append(f"    sealed to {', '.join(item.sign.to)}")
        return lines
    if item.path.endswith("/"):
        return lines
    before = versions.before(item.path)
    if before is None and item.why in {Reason.CHANGED, Reason.REMOVED}:
        lines.append("    the approved version is not in this clone; all of it is shown")
    if file is not None or before is not None:
        lines += file_diff(item.path, before, file.data if file is not None else None)
    return lines


def _meaning(repository: Repository, items: Sequence[Unapproved]) -> list[str]:
    """What these changes do to sealed values, compared with what is approved."""
    versions = repository.approved_versions()
    before = {path: file.data for path, file in repository.inputs.files.items()}
    after = dict(before)
    for item in items:
        if item.path.endswith("/"):
            continue
        approved = versions.before(item.path)
        before.pop(item.path, None)
        if approved is not None:
            before[item.path] = approved
    return explain(repository.config, before, after)


def shell_names(items: Sequence[Unapproved]) -> str:
    """The names of these items as arguments in a shell."""
    return shlex.join(dict.fromkeys(item.path for item in items if not item.implied))


def _is_at(path: str, name: str) -> bool:
    return path.rstrip("/") == name or path.startswith(f"{name}/") or name in {"", "."}


def _unread_paths(repository: Repository, path: str) -> list[str]:
    """The files at or below a path that no deploy reads and no line is about, less those of sealkit itself."""
    known = {*repository.inputs.files, *repository.inputs.links, filenames.LEDGER}
    return [other for other in repository.tree.paths(path) if other not in known and not repository.tree.is_link(other)]


def _unread_by_deploys(repository: Repository, path: str) -> Unapproved:
    data = repository.tree.read(path)
    entry = InputFile(path, PublicEntry.kind, data).entry(repository.require_ledger().version(("path", path)) + 1)
    return Unapproved(Reason.NEW, path, "a file that no deploy reads", sign=entry)


def _sealed_file(repository: Repository, path: str) -> SealedFile:
    file = repository.inputs.files[path].sealed
    if file is None:
        raise RefusedError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    return file


def _require_openable(repository: Repository, sealed: dict[str, SealedFile]) -> None:
    for path, file in sealed.items():
        if file.parsed.metadata is None:
            raise RefusedError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message = f"{path}: not signed: {opened.message.removeprefix(path + ': ')}"
            raise opened
