"""`seal`: plain files sealed in place, and the check that every file is sealed as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_edit import plain_text, require_regular_file
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.census import survey
from sealkit.sealed.detect import is_sealed
from sealkit.sealed.file import SealedFile
from sealkit.sops.encrypt import seal
from sealkit.source import filenames, files, git
from sealkit.source.file_tree import inside
from sealkit.wording import count


def seal_files(repository: Repository, events: Events, paths: Sequence[Path]) -> list[str]:
    """Seal plain files as `.sops.yaml` says, in place, and sign them; the paths that were sealed. Files that are sealed
    already stay as they are. Warns of plain text that git has stored.

    All files are sealed before the first is written. Raises UsageError without a path, and SealkitError.
    """
    if not paths:
        raise UsageError("nothing to seal", hint="sealkit seal FILE...")
    before: dict[str, bytes | None] = {}
    sealed: list[SealedFile] = []
    for path in dict.fromkeys(repository.config.relative(given) for given in paths):
        require_regular_file(repository, path)
        data = files.read(repository.root / path, path)
        if is_sealed(data):
            events.progress(f"{path}: is sealed already")
            continue
        before[path] = data
        sealed.append(_seal_file(repository, path, data))
    if not sealed:
        events.progress("nothing to seal")
        return []
    write_sealed(repository, events, sealed, before=before)
    for file in sealed:
        events.progress(f"sealed {file.path}")
        if storage := _git_storage(repository, file.path):
            events.warning(
                f"{file.path}: its plain text is in the {storage} of git",
                "whoever has this repository may have its values: renew them at their source",
            )
    return [file.path for file in sealed]


def check_sealed(repository: Repository, paths: Sequence[Path] = ()) -> list[Finding]:
    """What is not sealed as it should be in these files or folders (default: everywhere). No key is needed. Raises SealkitError
    for a path that does not exist."""
    if not paths:
        return survey(repository.tree, repository.policy)
    folders = [repository.config.relative(path) for path in paths]
    for folder, given in zip(folders, paths, strict=True):
        if not (repository.root / folder).exists():
            raise SealkitError(f"{given}: no such file or folder", hint="check the path")
    selected = [path for path in repository.tree.paths() if any(inside(path, folder) for folder in folders)]
    return survey(repository.tree, repository.policy, selected)


def require_no_errors(findings: Sequence[Finding]) -> None:
    """Raises RefusedError where a finding of `check_sealed` is an error."""
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise RefusedError(
            f"{count(len(errors), 'finding')}: not everything is sealed as it should be", hint=errors[0].hint
        )


def _seal_file(repository: Repository, path: str, data: bytes) -> SealedFile:
    if not data.strip():
        raise SealkitError(f"{path}: is empty", hint=f"write it sealed from the start: sealkit edit {path}")
    if path in {filenames.POLICY, filenames.LEDGER, filenames.CONFIG}:
        raise UsageError(f"{path}: is a file of sealkit or sops and must stay in plain text")
    return seal(path, plain_text(path, data), repository.rule_for(path), repository.keyring)


def _git_storage(repository: Repository, path: str) -> str:
    """Where git has a version of this file: `index` or `history`; empty where it has none."""
    pathspec = f":(top,literal){path}"
    if git.run(["ls-files", "-z", "--", pathspec], repository.root):
        return "index"
    commits = git.run(["log", "--all", "-n1", "--format=%h", "--", pathspec], repository.root, check=False)
    return "history" if commits else ""
