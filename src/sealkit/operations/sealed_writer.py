"""Writes sealed files: first the file, then its line in the ledger, under the write lock of the repository.

Killed between the two, the file is whole and is not approved; nothing is signed that is not on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.ledger import approved_copies, observe, pins, signing, write_lock
from sealkit.ledger.entries import FileEntry, LedgerEntry
from sealkit.ledger.text import Ledger
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.sealed.file import SealedFile, file_digest
from sealkit.source import filenames, files


def write_sealed(
    repository: Repository,
    events: Events,
    sealed: Sequence[SealedFile],
    *,
    before: Mapping[str, bytes | None] | None = None,
    remove: Sequence[str] = (),
    vouched: Sequence[str] = (),
) -> None:
    """Write sealed files, remove others (paths from the root), and sign the lines of all of them.

    `before` holds the bytes that a file was made from (None: no file): if the file on disk is another by now, nothing is
    written. Raises RefusedError for a recipient that the ledger does not hold. A file that is not approved is written but not
    signed, because an edit must not approve what somebody else put in; except those in `vouched`, which the caller compared
    with the ledger itself (a merge: each of its versions was approved). Killed at any instant, each file is the old or the
    new one, and at worst not approved.
    """
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        _require_unchanged(repository, before or {})
        data = {file.path: file.data for file in sealed}
        ledger = repository.ledger
        if ledger is None:
            put_files(repository, data, remove)
            repository.refresh()
            return
        for file in sealed:
            require_approved_recipients(ledger, file)
        trusted = {path for path in (*data, *remove) if path in vouched or _is_trusted(repository, ledger, path)}
        key = _signing_key(repository)
        put_files(repository, data, remove)
        if key is None:
            repository.refresh()
            events.warning(
                f"{', '.join(sorted(data))}: written but not signed: no identity here opens the signing key",
                "someone who may approve runs: sealkit approve",
            )
            return
        entries: list[LedgerEntry] = [
            file_entry(ledger, file, repository.pin) for file in sealed if file.path in trusted
        ]
        dropped = [("file", path) for path in remove if path in trusted]
        write_ledger(repository, signing.sign(ledger, entries, key, dropped))
    for path in sorted(set(data) - trusted):
        events.warning(f"{path}: written; it was not approved before and still is not", f"sealkit approve {path}")


def file_entry(ledger: Ledger, file: SealedFile, pin: pins.Pin) -> FileEntry:
    """The next line of a file: its version is above every one that the ledger or this machine has seen."""
    observed = observe.observe_file(file)
    version = max(ledger.version(file.path), pin.versions.get(file.path, 0)) + 1
    return FileEntry(file.path, version, observed.sha256, observed.to)


def require_approved_recipients(ledger: Ledger, file: SealedFile) -> None:
    """Raises RefusedError for a recipient that the ledger holds neither for the rule of the path nor for the file."""
    entry = ledger.files().get(file.path)
    allowed = observe.approved_recipients(ledger, file.path) | set(entry.to if entry is not None else ())
    if extra := sorted(set(observe.recipient_names(file.recipients)) - allowed):
        raise RefusedError(
            f"{file.path}: would be sealed to {', '.join(extra)}, which is not approved for it",
            hint=f"look at the recipients and sign them: sealkit approve {filenames.POLICY}",
        )


def put_files(repository: Repository, data: Mapping[str, bytes], remove: Sequence[str] = ()) -> None:
    """Replace these files and remove others, by path from the root. All are staged before the first is renamed."""
    files.replace_all({repository.root / path: content for path, content in data.items()})
    for path in remove:
        files.drop(repository.root / path)


def write_ledger(repository: Repository, ledger: Ledger, *, reset: bool = False) -> None:
    """Write the ledger, move the pin, and keep copies of the files that it approves."""
    text = ledger.text()
    files.write(repository.root / filenames.LEDGER, text.encode("ascii"))
    pins.remember(repository.pin, ledger, text, repository.environ, reset=reset)
    approved = {entry.sha256: path for path, entry in ledger.files().items() if entry is not None}
    for sha256, path in approved.items():
        full = repository.root / path
        if not approved_copies.has(repository.common_dir, sha256) and full.is_file():
            data = full.read_bytes()
            if file_digest(data) == sha256:
                approved_copies.keep(repository.common_dir, data)
    approved_copies.forget(repository.common_dir, {*approved, *repository.pin.digests.values()})
    repository.refresh()


def _require_unchanged(repository: Repository, before: Mapping[str, bytes | None]) -> None:
    for path, data in before.items():
        full = repository.root / path
        if (full.read_bytes() if full.exists() else None) != data:
            raise SealkitError(f"{path}: was changed meanwhile; nothing was written", hint="run it again")


def _is_trusted(repository: Repository, ledger: Ledger, path: str) -> bool:
    """Whether a write may build on what is on disk: no file, a file that is not sealed yet, or the approved version."""
    full = repository.root / path
    if not full.exists():
        return True
    file = SealedFile(path, full.read_bytes())
    entry = ledger.files().get(path)
    if entry is not None:
        return entry.sha256 == file.digest and entry.version >= repository.pin.versions.get(path, 0)
    return path not in ledger.files() and file.metadata is None


def _signing_key(repository: Repository) -> signing.SigningKey | None:
    """The signing key, or None for someone who can open files but may not approve."""
    try:
        return repository.signing_key()
    except NoIdentityError:
        return None
