"""The recipients that the identities on this machine stand for, or a new age key where there is no identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.keys import identities, recipients
from sealkit.keys.keyring import OwnRecipient
from sealkit.operations.repository import Repository
from sealkit.sealed.metadata import Recipient

_PREFERENCE = ("age", "pgp", "ssh")


@dataclass(frozen=True, slots=True)
class OwnRecipients:
    """To whom a repository is sealed. `key_file` is the file of a key that was made for it; `unused` are identities of other
    kinds."""

    recipients: tuple[Recipient, ...]
    key_file: Path | None = None
    unused: tuple[OwnRecipient, ...] = ()


def find(repository: Repository, named: Sequence[str] = ()) -> OwnRecipients | None:
    """The named recipients, else those of the identities at hand (age keys before PGP keys before ssh keys); None where there
    is no identity at all.

    Raises UsageError for what is not a recipient, SealkitError where there are identities whose recipients cannot be told.
    """
    if named:
        parsed = tuple(dict.fromkeys(recipients.parse(text) for text in named))
        for recipient in parsed:
            # an unknown or expired key is an error before anything is made
            recipients.wrap(recipient, bytes(32), repository.environ)
        return OwnRecipients(parsed)
    keyring = repository.keyring
    own = tuple(keyring.own())
    if own:
        preferred = min((_kind(identity.recipient) for identity in own), key=_PREFERENCE.index)
        chosen = tuple(identity.recipient for identity in own if _kind(identity.recipient) == preferred)
        return OwnRecipients(chosen, unused=tuple(identity for identity in own if identity.recipient not in chosen))
    if keyring.problems:
        raise keyring.problems[0]
    labels = [source.label for source in keyring.sources if source.command]
    labels += [key.source for key in keyring.identities]
    if labels:
        raise SealkitError(
            f"{labels[0]}: the recipient of this identity cannot be told without opening it",
            hint="name it: -r RECIPIENT",
        )
    return None


def make(repository: Repository) -> OwnRecipients:
    """A new age key, where sops looks for it. Raises SealkitError where it cannot be written."""
    path, recipient = identities.generate(repository.environ)
    repository.reload_keyring()
    return OwnRecipients((Recipient("age", recipient),), path)


def _kind(recipient: Recipient) -> str:
    return "ssh" if recipient.id.startswith("ssh-") else recipient.kind
