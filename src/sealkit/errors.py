"""One error base for the whole house.

Every error that a person can cause carries one line of message, a hint that says what to type next, and an exit code.
Neither message nor hint ever holds a value of a secret: name the file, the route and the rule instead.
"""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command (design, section 6)."""

    OK = 0
    NO = 1
    """The answer is no: findings, differences, drift, waits for approval, bad MAC or signature, declined."""
    FAILED = 2
    """Could not do it: usage, configuration, a missing tool, something unreadable."""
    NO_IDENTITY = 3
    """No identity at hand opens the file."""
    CLUSTER = 4
    """The cluster refused, timed out or was partly changed."""
    INTERRUPTED = 130


class SealkitError(Exception):
    """Could not do it. `message` and `hint` are single lines, lower case, without a full stop."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SealkitError):
    """The command line or the configuration cannot mean anything."""


class RefusedError(SealkitError):
    """The answer is no: something is not clean, not approved, not authentic, or was declined."""

    exit_code = Exit.NO


class NoIdentityError(SealkitError):
    """None of the identities at hand opens the file."""

    exit_code = Exit.NO_IDENTITY


class ClusterError(SealkitError):
    """The cluster is not there, refused, timed out or was partly changed."""

    exit_code = Exit.CLUSTER
