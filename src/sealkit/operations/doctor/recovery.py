"""The proof that one key, kept elsewhere, opens everything; and its vouch for the signing key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.ledger import vouches
from sealkit.ledger.recipient_names import recipient_name
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.own_vouches import approvers
from sealkit.operations.recovery_key import keyring_of
from sealkit.operations.repository import Repository
from sealkit.operations.trust import add_own_vouches
from sealkit.sealed.policy_signing_key import find_own_rule
from sealkit.sops.decrypt import open_files
from sealkit.source.filenames import LEDGER, SIGNING_KEY

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring
    from sealkit.sealed.metadata import Recipient


def prove_recovery(repository: Repository, key_file: Path) -> Iterator[Check]:
    """Whether the key in a file opens every sealed file, and is named by every creation rule for those to come. A key that may
    approve vouches for the signing key, if it has not yet: then a machine that has nothing but this key knows it."""
    sealed = CheckContext(repository).sealed
    with keyring_of(key_file, repository.environ) as keyring:
        own = {identity.recipient for identity in keyring.own()}
        opened = open_files(sealed, keyring)
        for problem in keyring.problems:
            yield Check(Level.WRONG, "recovery", problem.message, problem.hint or "")
        yield from _vouch(repository, key_file, own, keyring)
    closed = [path for path, result in opened.items() if isinstance(result, SealkitError) and path != SIGNING_KEY]
    for path in closed:
        yield Check(
            Level.WRONG, "recovery", f"{key_file} does not open {path}", "sealkit recipients add, with its recipient"
        )
    add = f"sealkit recipients add {next(iter(own)).id}" if own else "sealkit recipients add, with its recipient"
    if isinstance(opened.get(SIGNING_KEY), SealkitError):
        text = f"{key_file} may not approve: if all other keys are lost, nothing can be signed any more"
        yield Check(Level.RISK, "recovery", text, f"{add} --may-approve")
    number = sum(not isinstance(result, SealkitError) for result in opened.values())
    if not sealed:
        yield Check(Level.NOTE, "recovery", "nothing is sealed yet")
    elif not closed:
        yield Check(Level.OK, "recovery", f"{key_file} opens all {number} sealed files")
    policy = repository.policy
    signing_key_rule = find_own_rule(policy) if policy is not None else None
    for number, rule in enumerate(policy.rules if policy is not None else (), 1):
        if own and not own & set(rule.recipients) and number != signing_key_rule:
            yield Check(
                Level.WRONG,
                "recovery",
                f"rule {number} of .sops.yaml does not name it, so new files will not open",
                add,
            )


def _vouch(repository: Repository, key_file: Path, own: set[Recipient], keyring: Keyring) -> Iterator[Check]:
    ledger = repository.ledger
    if ledger is None:
        return
    mine = {recipient_name(recipient) for recipient in own} & set(approvers(ledger))
    if mine & vouches.about(ledger).keys():
        yield Check(Level.OK, "recovery", f"{key_file} vouches for the signing key")
    elif mine and add_own_vouches(repository, with_gpg=True, keyring=keyring):
        yield Check(Level.OK, "recovery", f"{key_file} vouches for the signing key from now on: commit {LEDGER}")
    elif mine:
        yield Check(
            Level.NOTE,
            "recovery",
            f"{key_file} cannot vouch for the signing key: keep it with that key: {ledger.signer}",
        )
