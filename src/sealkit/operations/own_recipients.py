"""Whose house it is: the recipients that the identities at hand are, or a new age key where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError

if TYPE_CHECKING:
    from sealkit.keys.keyring import OwnRecipient
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Recipient

_ORDER = ("age", "pgp", "ssh")


@dataclass(frozen=True, slots=True)
class OwnRecipients:
    """To whom a house is sealed. `made` is the file of a key that was made for it; `unused` are identities of other kinds."""

    recipients: tuple[Recipient, ...]
    made: Path | None = None
    unused: tuple[OwnRecipient, ...] = ()


def known(repository: Repository, named: Sequence[str] = ()) -> OwnRecipients | None:
    """The named recipients, else those of the identities at hand (age keys before PGP keys before ssh keys); None where there
    is no identity at all.

    Raises UsageError for what is no recipient, SealkitError where there are identities whose recipients cannot be told.
    """
    from sealkit.keys import recipients

    if named:
        given = tuple(dict.fromkeys(recipients.parse(text) for text in named))
        for who in given:
            recipients.wrap(
                who, bytes(32), repository.environ
            )  # a key that is unknown or expired is told before anything is made
        return OwnRecipients(given)
    ring = repository.keyring
    own = tuple(ring.own())
    if own:
        best = min((_kind(one.recipient) for one in own), key=_ORDER.index)
        chosen = tuple(one.recipient for one in own if _kind(one.recipient) == best)
        return OwnRecipients(chosen, unused=tuple(one for one in own if one.recipient not in chosen))
    if ring.problems:
        raise ring.problems[0]
    silent = [source.label for source in ring.sources if source.command] + [key.source for key in ring.identities]
    if silent:
        raise SealkitError(
            f"{silent[0]}: an identity whose recipient cannot be told without opening it", hint="name it: -r RECIPIENT"
        )
    return None


def made(repository: Repository) -> OwnRecipients:
    """A new age key, where sops looks for it. Raises SealkitError where it cannot be written."""
    from sealkit.keys import identities
    from sealkit.sealed.metadata import Recipient

    path, recipient = identities.generate(repository.environ)
    repository.__dict__.pop("keyring", None)
    return OwnRecipients((Recipient("age", recipient),), path)


def _kind(recipient: Recipient) -> str:
    return "ssh" if recipient.id.startswith("ssh-") else recipient.kind
