"""The exceptions of sealkit and the exit codes of its commands.

Every error that a user can cause has a message of one line, usually a hint with the command to type next, and an exit code.
Message and hint never contain a secret: they name the file, the route and the rule.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """The exit codes of every command."""

    OK = 0
    NO = 1
    """The answer is no: findings, differences, unapproved changes, a bad MAC or signature, or the user declined."""
    FAILED = 2
    """The command could not run: usage, configuration, a missing program, an unreadable file."""
    NO_IDENTITY = 3
    """No available identity opens the file."""
    CLUSTER = 4
    """The cluster refused, timed out or was only partly changed."""
    INTERRUPTED = 130


class SealkitError(Exception):
    """The base of all errors. `message` and `hint` are single lines, lower case, without a full stop."""

    exit_code: Exit = Exit.FAILED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def reworded(self, message: str) -> Self:
        """The same error with another message."""
        self.args, self.message = (message,), message
        return self


class UsageError(SealkitError):
    """The command line or the configuration is invalid."""


class RefusedError(SealkitError):
    """The answer is no: something is not clean, not approved or not authentic, or the user declined."""

    exit_code = Exit.NO


class NoIdentityError(SealkitError):
    """None of the available identities opens the file."""

    exit_code = Exit.NO_IDENTITY


class ClusterError(SealkitError):
    """The cluster is unreachable, refused, timed out or was only partly changed."""

    exit_code = Exit.CLUSTER
