"""Checks of the identities at hand: which there are, what they open, when they expire."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import pgp
from sealkit.keys.keyring import OwnRecipient
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.sealed.metadata import Metadata
from sealkit.source.filenames import SIGNING_KEY

EXPIRY_NOTICE = timedelta(days=60)
"""How long before a PGP key expires its owner is told."""


def identities(context: CheckContext) -> Iterator[Check]:
    """The identities, and of how many files each is a recipient."""
    keyring = context.repository.keyring
    own = keyring.own()
    for identity in own:
        count = sum(_is_recipient(identity, block, context) for block in context.metadata.values())
        total = len(context.metadata)
        files = f"a recipient of {count} of {total} sealed files" if total else "nothing is sealed yet"
        yield Check(Level.OK, "keys", f"{identity.recipient} ({identity.source}): {files}")
    for problem in keyring.problems:
        yield Check(Level.WRONG, "keys", problem.message, problem.hint or "")
    for message, hint in keyring.warnings:
        yield Check(Level.WRONG, "keys", message, hint)
    unknown = [source.label for source in keyring.sources if source.command]
    unknown += [key.source for key in keyring.identities if not key.recipient]
    for label in dict.fromkeys(unknown):
        yield Check(Level.NOTE, "keys", f"{label}: its recipient is known once it is used")
    if not own and not unknown:
        yield Check(Level.WRONG, "keys", "no identity found", "put your key where sops looks for it, or: sealkit init")


def _is_recipient(identity: OwnRecipient, block: Metadata, context: CheckContext) -> bool:
    """Whether a file names this identity. gpg knows a key by its subkeys, too."""
    recipient = identity.recipient
    keys = [key for key in context.repository.keyring.pgp_keys if key.fingerprint == recipient.id]
    return any(
        other == recipient or (other.kind == "pgp" and any(key.matches(other.id) for key in keys))
        for other in block.recipients
    )


def openable(context: CheckContext) -> Iterator[Check]:
    """Which files an identity opens, with a MAC that holds."""
    errors = {path: error for path, error in context.opened.items() if isinstance(error, SealkitError)}
    for path, error in errors.items():
        no_identity = isinstance(error, NoIdentityError)
        if no_identity and path == SIGNING_KEY:
            yield Check(Level.NOTE, "opens", "not the signing key: this machine may deploy, not approve")
        else:
            yield Check(Level.WRONG, "opens", error.message, _how_to_join(context) if no_identity else error.hint or "")
    count, total = len(context.opened) - len(errors), len(context.opened)
    yield Check(
        Level.OK if count or not total else Level.WRONG, "opens", f"{count} of {total} sealed files, their MACs hold"
    )


def _how_to_join(context: CheckContext) -> str:
    own = context.repository.keyring.own()
    recipient = shlex.quote(own[0].recipient.id) if own else "RECIPIENT"
    return f"who can open it adds you: sealkit recipients add {recipient}"


def expiry(context: CheckContext) -> Iterator[Check]:
    """When the PGP recipients expire, and whether gpg knows them."""
    wanted = sorted({r.id for block in context.metadata.values() for r in block.recipients if r.kind == "pgp"})
    if not wanted:
        return
    keys = pgp.public_keys(wanted, context.repository.environ)
    for key in keys:
        if key.expires is None:
            yield Check(Level.OK, "pgp", f"{key.fingerprint} never expires")
            continue
        remaining = key.expires - datetime.now(UTC)
        expired = remaining < timedelta()
        level = Level.WRONG if expired else Level.RISK if remaining < EXPIRY_NOTICE else Level.OK
        extend = f"its owner: gpg --quick-set-expire {key.fingerprint} 1y, and again with '*'"
        text = f"{key.fingerprint} {'expired' if expired else 'expires'} on {key.expires:%Y-%m-%d}"
        yield Check(level, "pgp", text, "" if level is Level.OK else extend)
    for fingerprint in wanted:
        if not any(key.matches(fingerprint) for key in keys):
            yield Check(Level.RISK, "pgp", f"{fingerprint}: gpg here does not know it, so nothing can be sealed to it",
                        f"gpg --receive-keys {fingerprint}")  # fmt: skip
