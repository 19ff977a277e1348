"""Writing sealed files: first the file, then its line in the ledger, under the one lock of the repository.

Killed between the two, the file is whole and waits for approval; nothing is signed that is not on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.ledger import approved_copies, observe, pins, signing
from sealkit.ledger.entries import FileEntry, LedgerEntry, file_digest
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import ObservedFile, Unapproved
from sealkit.source import filenames, files

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule


def approve(repository: Repository, found: Sequence[Unapproved]) -> None:
    """Sign what waits (`Session.approve`)."""
    with approved_copies.locked(repository.common_dir):
        repository.refresh()
        entries = [item.sign for item in found if item.sign is not None]
        drop = [key for item in found for key in item.drop]
        _store(repository, signing.sign(repository.signed(), entries, repository.signing_key(), drop))


def write_sealed(
    repository: Repository,
    texts: Mapping[str, str],
    before: Mapping[str, bytes | None],
    remove: Sequence[str],
    vouched: Sequence[str] = (),
) -> None:
    """Write, remove, sign (`Session.write_sealed`)."""
    sealed = {path: text.encode("utf-8", "surrogateescape") for path, text in texts.items()}
    with approved_copies.locked(repository.common_dir):
        repository.refresh()
        _unchanged(repository, before)
        ledger = repository.ledger
        if ledger is None:
            _put(repository, sealed, remove)
            return
        fact_of = {path: observe.observe_file(path, data) for path, data in sealed.items()}
        for path, fact in fact_of.items():
            _only_approved(ledger, path, fact)
        trusted = {path for path in (*sealed, *remove) if path in vouched or _trusted(repository, ledger, path)}
        key = _signer(repository)
        _put(repository, sealed, remove)
        if key is None:
            ui.warning(f"{', '.join(sorted(sealed))}: written, but not signed: no key here opens the signing key",
                        "someone who may approve runs: sealkit approve")  # fmt: skip
            return
        entries: list[LedgerEntry] = [
            _entry(repository, ledger, path, fact_of[path]) for path in sealed if path in trusted
        ]
        _store(repository, signing.sign(ledger, entries, key, [("file", path) for path in remove if path in trusted]))
    for path in sorted(set(sealed) - trusted):
        ui.warning(f"{path}: written, and still waits for approval as before", f"sealkit approve {path}")


def create_signer(repository: Repository, recipients: Sequence[Recipient], *, replace: bool) -> None:
    """The signing key and the first ledger (`Session.new_house`)."""
    with approved_copies.locked(repository.common_dir):
        # before the ledger is asked for: a house that is taken over has one that this machine need not trust
        ledger = repository.root / filenames.LEDGER
        if not replace and (ledger.exists() or repository.pin.signer):
            raise RefusedError("this house has a ledger already", hint="look at it: sealkit review")
        key = signing.new_key()
        _put(repository, {filenames.SIGNING_KEY: _seal_keys(repository, [key], recipients)}, ())
        repository.__dict__.pop("tree", None)
        there = observe.observe_files(observe.sealed_files(repository.tree, None), None)
        entries: list[LedgerEntry] = [FileEntry(path, 1, fact.sha256, fact.to) for path, fact in there.items()]
        entries += observe.policy_entries(repository.policy)
        entries += observe.target_entries(repository.config)
        _store(repository, signing.sign(Ledger(key.public), entries, key), reset=True)


def replace_signing_key(repository: Repository) -> None:
    """Hand the house over to a new key (`Session.new_house_key`)."""
    with approved_copies.locked(repository.common_dir):
        repository.refresh()
        ledger, old, new = repository.signed(), repository.signing_key(), signing.new_key()
        # the file holds both until the ledger names the new one: killed in between, one of the two still signs
        both = _seal_keys(repository, [new, old], ())
        _only_approved(ledger, filenames.SIGNING_KEY, observe.observe_file(filenames.SIGNING_KEY, both))
        _put(repository, {filenames.SIGNING_KEY: both}, ())
        moved = signing.succeed(ledger, old, new)
        for data in (both, _seal_keys(repository, [new], ())):
            _put(repository, {filenames.SIGNING_KEY: data}, ())
            entry = _entry(repository, moved, filenames.SIGNING_KEY, observe.observe_file(filenames.SIGNING_KEY, data))
            moved = signing.sign(moved, [entry], new)
            _store(repository, moved)


def _entry(repository: Repository, ledger: Ledger, path: str, fact: ObservedFile) -> FileEntry:
    version = max(ledger.version(path), repository.pin.versions.get(path, 0)) + 1
    return FileEntry(path, version, fact.sha256, fact.to)


def _unchanged(repository: Repository, before: Mapping[str, bytes | None]) -> None:
    """Nobody else wrote the files since they were read."""
    for path, data in before.items():
        full = repository.root / path
        if (full.read_bytes() if full.exists() else None) != data:
            raise SealkitError(f"{path}: changed meanwhile; nothing was written", hint="run it again")


def _only_approved(ledger: Ledger, path: str, fact: ObservedFile) -> None:
    """Nothing is sealed to a recipient that the ledger does not hold, be it for the rule of the path or for the file."""
    entry = ledger.files().get(path)
    allowed = observe.approved_recipients(ledger, path) | set(entry.to if entry is not None else ())
    if extra := sorted(set(fact.to) - allowed):
        raise RefusedError(
            f"{path}: would be sealed to {', '.join(extra)}, whom nobody of this house approved for it",
            hint=f"look at the recipients and sign them: sealkit approve {filenames.POLICY}",
        )


def _trusted(repository: Repository, ledger: Ledger, path: str) -> bool:
    """Whether what stands there now may be built upon: nothing, a file that is not sealed yet, or the approved one."""
    full = repository.root / path
    if not full.exists():
        return True
    data = full.read_bytes()
    entry = ledger.files().get(path)
    if entry is not None:
        return entry.sha256 == file_digest(data) and entry.version >= repository.pin.versions.get(path, 0)
    return path not in ledger.files() and observe.metadata_of(path, data) is None


def _signer(repository: Repository) -> signing.SigningKey | None:
    """The signing key, or None for someone who can open files but may not approve."""
    try:
        return repository.signing_key()
    except NoIdentityError:
        return None


def _seal_keys(repository: Repository, keys: Sequence[signing.SigningKey], recipients: Sequence[Recipient]) -> bytes:
    """The file of the signing key with these keys. All of it is sealed, whatever the policy's selector leaves open."""
    from sealkit.sealed.metadata import Selector
    from sealkit.sops.encrypt import seal

    rule = replace(_signing_key_rule(repository, recipients), selector=Selector(), mac_only_encrypted=False)
    names = ("key", "previous")
    text = "".join(f"{name}: {key.secret_text()}\n" for name, key in zip(names, keys, strict=False))
    sealed = seal(filenames.SIGNING_KEY, text, rule)
    if any(key.secret_text() in sealed for key in keys):
        raise SealkitError(
            f"{filenames.SIGNING_KEY}: would not be sealed", hint=f"look at its rule in {filenames.POLICY}"
        )
    return sealed.encode()


def _signing_key_rule(repository: Repository, recipients: Sequence[Recipient]) -> CreationRule:
    from sealkit.sealed.policy import CreationRule

    if recipients:
        return CreationRule(groups=[list(recipients)])
    if repository.policy is None:
        raise SealkitError(
            f"no {filenames.POLICY}, so nobody to seal the signing key to", hint="sealkit init -r RECIPIENT"
        )
    return repository.policy.rule_for(filenames.SIGNING_KEY)


def _put(repository: Repository, sealed: Mapping[str, bytes], remove: Sequence[str]) -> None:
    """Stage everything, then rename: a full disk leaves all files as they were."""
    staged = []
    try:
        for path, data in sealed.items():
            staged.append((files.stage(repository.root / path, data), repository.root / path))
    except SealkitError:
        for temporary, _ in staged:
            files.drop(temporary)
        raise
    for temporary, full in staged:
        files.commit(temporary, full)
    for path in remove:
        files.drop(repository.root / path)


def _store(repository: Repository, ledger: Ledger, *, reset: bool = False) -> None:
    """Write the ledger, move the pin, and keep copies of what it approves now."""
    text = ledger.text()
    files.write(repository.root / filenames.LEDGER, text.encode("ascii"))
    pins.remember(repository.pin, ledger, text, repository.environ, reset=reset)
    known = {entry.sha256: path for path, entry in ledger.files().items() if entry is not None}
    for sha256, path in known.items():
        full = repository.root / path
        if not approved_copies.has(repository.common_dir, sha256) and full.is_file():
            data = full.read_bytes()
            if file_digest(data) == sha256:
                approved_copies.keep(repository.common_dir, data)
    approved_copies.forget(repository.common_dir, {*known, *repository.pin.digests.values()})
    repository.refresh()
