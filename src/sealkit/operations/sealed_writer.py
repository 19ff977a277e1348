"""The one way to write files that the ledger approves: files and ledger under one lock, recipients approved, lines signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.ledger import approved_copies, signing, write_lock
from sealkit.ledger.entries import FileEntry, LedgerEntry
from sealkit.ledger.folders import following_entries, stale_keys
from sealkit.ledger.inputs import InputFile
from sealkit.ledger.recipient_names import recipient_names
from sealkit.ledger.text import Ledger
from sealkit.operations.events import Events
from sealkit.operations.own_vouches import with_own_vouches
from sealkit.operations.repository import Repository
from sealkit.sealed import policy as policies
from sealkit.sealed.file import SealedFile, file_digest
from sealkit.sealed.policy import Policy
from sealkit.source import filenames, files


def write_sealed(
    repository: Repository,
    events: Events,
    sealed: Sequence[SealedFile],
    *,
    before: Mapping[str, bytes | None] | None = None,
    remove: Sequence[str] = (),
    vouched: Sequence[str] = (),
    public: Mapping[str, bytes] | None = None,
) -> None:
    """Write sealed files and `public` ones, remove others (paths from the root), and sign the lines of all of them.

    `before` holds the bytes that a file was made from (None: no file): if the file on disk is another by now, nothing is
    written. Raises RefusedError for a recipient that is not approved. A file that is not approved is written but not
    signed, because an edit must not approve what somebody else put in; except those in `vouched`, which the caller compared
    with the ledger itself (a merge: each of its versions was approved). Killed at any instant, each file is the old or the
    new one, and at worst not approved.
    """
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        _require_unchanged(repository, before or {})
        data = {**{file.path: file.data for file in sealed}, **(public or {})}
        ledger = repository.ledger
        if ledger is None:
            put_files(repository, data, remove)
            repository.refresh()
            return
        for file in sealed:
            require_approved_recipients(repository, file)
        trusted = {
            path for path in (*data, *remove) if path in vouched or _is_trusted(repository, ledger, path, sealed)
        }
        key = _signing_key(repository)
        put_files(repository, data, remove)
        repository.refresh()
        if key is None:
            events.warning(
                f"{', '.join(sorted(data))}: written but not signed: no identity here opens the signing key",
                "someone who may approve runs: sealkit approve",
            )
            return
        written = [InputFile(file.path, FileEntry.kind, file.data, file) for file in sealed]
        written += _public_inputs(repository, public or {})
        entries: list[LedgerEntry] = [next_entry(ledger, file) for file in written if file.path in trusted]
        after = signing.sign(ledger, entries, key, [("path", path) for path in remove if path in trusted])
        if remove or not data.keys() <= ledger.paths().keys():  # a name came or went
            folders = repository.inputs.folders
            after = signing.sign(after, following_entries(ledger, after, folders), key, stale_keys(after, folders))
        write_ledger(repository, after, key)
    for path in sorted({file.path for file in written} - trusted):
        events.warning(f"{path}: written; it was not approved before and still is not", f"sealkit approve {path}")


def _public_inputs(repository: Repository, public: Mapping[str, bytes]) -> list[InputFile]:
    """Of the public files that were written, those that a deploy reads."""
    known = repository.inputs.files if public else {}
    return [InputFile(path, known[path].kind, content) for path, content in public.items() if path in known]


def next_entry(ledger: Ledger, file: InputFile) -> LedgerEntry:
    """The next line of a file: its version is above every one that the ledger has."""
    return file.entry(ledger.version(("path", file.path)) + 1)


def approved_policy(repository: Repository) -> Policy | None:
    """The policy as it was approved: the present one, or, where that is not approved, the one before it if this clone has it."""
    known = repository.require_ledger().paths().get(filenames.POLICY)
    if known is None:
        return None
    current = repository.inputs.files.get(filenames.POLICY)
    if current is not None and current.sha256 == known.sha256:
        return repository.policy
    data = repository.approved_versions().find(filenames.POLICY, known.sha256)
    return policies.read(files.decode(data, filenames.POLICY)) if data is not None else None


def approved_recipients(repository: Repository, path: str) -> set[str]:
    """Who a path may be sealed to: whom the approved policy names for it, and whom its own line names."""
    entry = repository.require_ledger().paths().get(path)
    policy = approved_policy(repository)
    rule = policy.find(path) if policy is not None else None
    return {
        *(entry.to if isinstance(entry, FileEntry) else ()),
        *(recipient_names(rule.recipients) if rule is not None else ()),
    }


def require_approved_recipients(repository: Repository, file: SealedFile) -> None:
    """Raises RefusedError for a recipient that is approved neither for the rule of the path nor for the file."""
    if extra := sorted(set(recipient_names(file.recipients)) - approved_recipients(repository, file.path)):
        raise RefusedError(
            f"{file.path}: would be sealed to {', '.join(extra)}, which is not approved for it",
            hint=f"look at the recipients and sign them: sealkit approve {filenames.POLICY}",
        )


def put_files(repository: Repository, data: Mapping[str, bytes], remove: Sequence[str] = ()) -> None:
    """Replace these files and remove others, by path from the root. All are staged before the first is renamed."""
    files.replace_all({repository.root / path: content for path, content in data.items()})
    for path in remove:
        files.drop(repository.root / path)


def write_ledger(repository: Repository, ledger: Ledger, key: signing.SigningKey, *, reset: bool = False) -> None:
    """Write the ledger with the vouches of own identities, move the pin, and keep copies of the files that it approves. `reset`
    takes the signing key of a ledger that was made here."""
    ledger = replace(ledger, ignored=0)  # what signs nothing is not written again
    ledger, _ = with_own_vouches(ledger, key, repository.keyring)
    text = ledger.text()
    files.write(repository.root / filenames.LEDGER, text.encode("ascii"))
    (repository.admission.take if reset else repository.admission.remember)(ledger, text)
    approved = {entry.sha256: path for path, entry in ledger.paths().items() if entry is not None}
    for sha256, path in approved.items():
        full = repository.root / path
        if not approved_copies.has(repository.common_dir, sha256) and full.is_file():
            data = files.read(full, path)
            if file_digest(data) == sha256:
                approved_copies.keep(repository.common_dir, data)
    approved_copies.forget(repository.common_dir, set(approved))
    repository.refresh()


def _require_unchanged(repository: Repository, before: Mapping[str, bytes | None]) -> None:
    for path, data in before.items():
        full = repository.root / path
        if (files.read(full, path) if full.exists() else None) != data:
            raise SealkitError(f"{path}: was changed meanwhile; nothing was written", hint="run it again")


def _is_trusted(repository: Repository, ledger: Ledger, path: str, sealed: Sequence[SealedFile]) -> bool:
    """Whether a write may build on what is on disk: no file, a plain file that is being sealed, or the approved version."""
    full = repository.root / path
    if not full.exists():
        return True
    content = files.read(full, path)
    entry = ledger.paths().get(path)
    if entry is not None:
        return entry.sha256 == file_digest(content)
    is_plain = path not in ledger.paths() and not SealedFile(path, content).is_sealed
    return is_plain and any(file.path == path for file in sealed)


def _signing_key(repository: Repository) -> signing.SigningKey | None:
    """The signing key, or None for someone who can open files but may not approve."""
    try:
        return repository.signing_key()
    except NoIdentityError:
        return None
