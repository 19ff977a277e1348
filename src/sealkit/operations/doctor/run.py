"""Runs the checks of `doctor` in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sealkit.errors import SealkitError
from sealkit.operations.doctor import (
    clone_checks,
    file_checks,
    key_checks,
    machine_checks,
    patch_checks,
    policy_checks,
    trust_checks,
)
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.repository import Repository

_CHECKS: tuple[tuple[str, Callable[[CheckContext], Iterator[Check]]], ...] = (
    ("keys", key_checks.identities),
    ("opens", key_checks.openable),
    ("policy", policy_checks.policy),
    ("recipients", policy_checks.single_recipient),
    ("pgp", key_checks.expiry),
    ("signer", trust_checks.signer),
    ("vouch", trust_checks.vouched),
    ("ledger", policy_checks.ledger),
    ("example", policy_checks.example),
    ("data keys", file_checks.shared_data_keys),
    ("mac", file_checks.mac_only_encrypted),
    ("readers", file_checks.readable_without_key),
    ("git", clone_checks.git_setup),
    ("ignored", clone_checks.ignored_files),
    ("patches", patch_checks.kept_patches),
    ("swap", machine_checks.swap),
    ("context", machine_checks.contexts),
)


def diagnose(repository: Repository) -> Iterator[Check]:
    """The result of every check, in order. A check that cannot be made is wrong, and the others are made all the same. What
    stopped an earlier check is told once."""
    context = CheckContext(repository)
    reported: set[str] = set()
    for topic, check in _CHECKS:
        try:
            yield from check(context)
        except SealkitError as error:
            if error.message not in reported:
                reported.add(error.message)
                yield Check(Level.WRONG, topic, error.message, error.hint or "")
