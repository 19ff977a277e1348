"""The proof that one key, kept elsewhere, opens everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.recovery_key import keyring_of
from sealkit.operations.repository import Repository
from sealkit.sops.decrypt import open_files


def prove_recovery(repository: Repository, key_file: Path) -> Iterator[Check]:
    """Whether the key in a file opens every sealed file, and is named by every creation rule for those to come."""
    sealed = CheckContext(repository).sealed
    with keyring_of(key_file, repository.environ) as keyring:
        own = {identity.recipient for identity in keyring.own()}
        opened = open_files(sealed, keyring)
        for problem in keyring.problems:
            yield Check(Level.WRONG, "recovery", problem.message, problem.hint or "")
    closed = [path for path, result in opened.items() if isinstance(result, SealkitError)]
    for path in closed:
        yield Check(
            Level.WRONG, "recovery", f"{key_file} does not open {path}", "sealkit recipients add, with its recipient"
        )
    if not sealed:
        yield Check(Level.NOTE, "recovery", "nothing is sealed yet")
    elif not closed:
        yield Check(Level.OK, "recovery", f"{key_file} opens all {len(sealed)} sealed files")
    for number, rule in enumerate(repository.policy.rules if repository.policy else (), 1):
        if own and not own & set(rule.recipients):
            yield Check(Level.WRONG, "recovery", f"rule {number} of .sops.yaml does not name it, so new files will not open",
                        f"sealkit recipients add {next(iter(own))}")  # fmt: skip
