"""Whose house it is: the recipients that the identities at hand are, or a new age key where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError

if TYPE_CHECKING:
    from sealkit.cli.session import Session
    from sealkit.keys.keyring import Own
    from sealkit.sealed.metadata import Recipient

_ORDER = ("age", "pgp", "ssh")


@dataclass(frozen=True, slots=True)
class Owners:
    """To whom a house is sealed. `made` is the file of a key that was made for it; `unused` are identities of other kinds."""

    recipients: tuple[Recipient, ...]
    made: Path | None = None
    unused: tuple[Own, ...] = ()


def known(session: Session, named: Sequence[str] = ()) -> Owners | None:
    """The named recipients, else those of the identities at hand (age keys before PGP keys before ssh keys); None where there
    is no identity at all.

    Raises UsageError for what is no recipient, SealkitError where there are identities whose recipients cannot be told.
    """
    from sealkit.keys import recipients

    if named:
        given = tuple(dict.fromkeys(recipients.parse(text) for text in named))
        for who in given:
            recipients.wrap(
                who, bytes(32), session.environ
            )  # a key that is unknown or expired is told before anything is made
        return Owners(given)
    ring = session.keyring
    own = tuple(ring.own())
    if own:
        best = min((_kind(one.recipient) for one in own), key=_ORDER.index)
        chosen = tuple(one.recipient for one in own if _kind(one.recipient) == best)
        return Owners(chosen, unused=tuple(one for one in own if one.recipient not in chosen))
    if ring.problems:
        raise ring.problems[0]
    silent = [source.label for source in ring.sources if source.command] + [key.source for key in ring.identities]
    if silent:
        raise SealkitError(
            f"{silent[0]}: an identity whose recipient cannot be told without opening it", hint="name it: -r RECIPIENT"
        )
    return None


def made(session: Session) -> Owners:
    """A new age key, where sops looks for it. Raises SealkitError where it cannot be written."""
    from sealkit.keys import identities
    from sealkit.sealed.metadata import Recipient

    path, recipient = identities.generate(session.environ)
    session.__dict__.pop("keyring", None)
    return Owners((Recipient("age", recipient),), path)


def _kind(recipient: Recipient) -> str:
    return "ssh" if recipient.id.startswith("ssh-") else recipient.kind
