"""The signing key of a repository: made with the first ledger, replaced by a new one that the old one signs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import replace

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import signing, write_lock
from sealkit.ledger.entries import FileEntry, FolderEntry, LedgerEntry
from sealkit.ledger.inputs import InputFile, read_inputs
from sealkit.ledger.text import Ledger
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import next_entry, put_files, require_approved_recipients, write_ledger
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient, Selector
from sealkit.sealed.policy import CreationRule
from sealkit.sops.encrypt import seal
from sealkit.source import filenames


def create_signer(
    repository: Repository, recipients: Sequence[Recipient] = (), *, replace_existing: bool = False
) -> None:
    """Make the signing key and the first ledger, which approves what deploys read, and every sealed file, as it is.

    The signing key is sealed to whom the policy names for its path, or to `recipients`. Raises RefusedError where there is a
    ledger, unless `replace_existing` (somebody moves into a cloned repository with a key and a ledger of their own).
    """
    with write_lock.hold(repository.common_dir):
        # the ledger is not read here: one that is replaced need not be trusted by this machine
        if not replace_existing and ((repository.root / filenames.LEDGER).exists() or repository.admission.is_known):
            raise RefusedError("this repository has a ledger already", hint="look at it: sealkit review")
        key = signing.new_key()
        put_files(repository, {filenames.SIGNING_KEY: _sealed_keys(repository, [key], recipients).data})
        repository.refresh()
        inputs = read_inputs(repository.config, repository.tree, None)
        entries: list[LedgerEntry] = [file.entry(1) for file in inputs.files.values()]
        entries += [FolderEntry(path, 1, names) for path, names in inputs.folders.items()]
        ledger = Ledger(key.public, id=secrets.token_hex(16), name=_name(repository))
        write_ledger(repository, signing.sign(ledger, entries, key), key, reset=True)


def replace_signing_key(repository: Repository) -> None:
    """Replace the signing key by a new one, sealed to whom the policy names now. The old key signs the new one, and the own
    identities vouch for it: a machine that has one of them follows by itself."""
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        ledger, old, new = repository.require_ledger(), repository.signing_key(), signing.new_key()
        # the file holds both keys until the ledger names the new one: killed in between, one of the two still signs
        both = _sealed_keys(repository, [new, old])
        require_approved_recipients(repository, both)
        put_files(repository, {filenames.SIGNING_KEY: both.data})
        ledger = signing.succeed(ledger, old, new)
        for file in (both, _sealed_keys(repository, [new])):
            put_files(repository, {filenames.SIGNING_KEY: file.data})
            entry = next_entry(ledger, InputFile(file.path, FileEntry.kind, file.data, file))
            ledger = signing.sign(ledger, [entry], new)
            write_ledger(repository, ledger, new)


def _sealed_keys(
    repository: Repository, keys: Sequence[signing.SigningKey], recipients: Sequence[Recipient] = ()
) -> SealedFile:
    """The file of the signing key with these keys. All of it is sealed, whatever the selector of its rule leaves open."""
    rule = replace(_rule(repository, recipients), selector=Selector(), mac_only_encrypted=False)
    names = ("key", "previous")
    text = "".join(f"{name}: {key.secret_text()}\n" for name, key in zip(names, keys, strict=False))
    file = seal(filenames.SIGNING_KEY, text, rule)
    if any(key.secret_text() in file.text for key in keys):
        raise SealkitError(
            f"{filenames.SIGNING_KEY}: would not be sealed", hint=f"look at its rule in {filenames.POLICY}"
        )
    return file


def _rule(repository: Repository, recipients: Sequence[Recipient]) -> CreationRule:
    if recipients:
        return CreationRule(groups=[list(recipients)])
    if repository.policy is None:
        raise SealkitError(
            f"there is no {filenames.POLICY}, so the signing key has no recipient", hint="sealkit init -r RECIPIENT"
        )
    return repository.policy.rule_for(filenames.SIGNING_KEY)


def _name(repository: Repository) -> str:
    """The name of a repository in its ledger: that of its folder."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", repository.root.name)[:100] or "repository"
