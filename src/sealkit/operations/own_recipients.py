"""The recipients of the identities on this machine, or a new age key where there is no identity; and who may approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError, UsageError
from sealkit.keys import identities, recipients
from sealkit.keys.keyring import OwnRecipient
from sealkit.operations.repository import Repository
from sealkit.sealed.metadata import Recipient

_PREFERENCE = ("age", "pgp", "ssh")


@dataclass(frozen=True, slots=True)
class OwnRecipients:
    """To whom a repository is sealed, and who of them may approve. `key_file` is the file of a key that was made for it; `unused`
    are identities of other kinds."""

    recipients: tuple[Recipient, ...]
    approvers: tuple[Recipient, ...]
    key_file: Path | None = None
    unused: tuple[OwnRecipient, ...] = ()


def find(repository: Repository, named: Sequence[str] = (), may_approve: Sequence[str] = ()) -> OwnRecipients | None:
    """The named recipients, else those of the identities at hand (age keys before PGP keys before ssh keys); None where there
    is no identity at all. Those at hand may approve, and those in `may_approve`, which are added.

    Raises UsageError for what is not a recipient, and where nobody could approve; SealkitError where there are identities whose
    recipients cannot be told.
    """
    others = _parse_all(repository, may_approve)
    if named:
        parsed = _parse_all(repository, named)
        approvers = (*at_hand(repository, parsed), *others) or parsed
        if len(approvers) > 1 and not (others or at_hand(repository, parsed)):
            raise UsageError(
                "none of these recipients is an identity at hand, so it is open who may approve",
                hint=f"name who may: --may-approve '{named[0]}'",
            )
        return OwnRecipients(_joined(parsed, others), _joined(approvers))
    keyring = repository.keyring
    own = tuple(keyring.own())
    if own:
        preferred = min((_kind(identity.recipient) for identity in own), key=_PREFERENCE.index)
        chosen = tuple(identity.recipient for identity in own if _kind(identity.recipient) == preferred)
        unused = tuple(identity for identity in own if identity.recipient not in {*chosen, *others})
        return OwnRecipients(_joined(chosen, others), _joined(chosen, others), unused=unused)
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


def make(repository: Repository, may_approve: Sequence[str] = ()) -> OwnRecipients:
    """A new age key, where sops looks for it. Raises SealkitError where it cannot be written."""
    others = _parse_all(repository, may_approve)
    path, recipient = identities.generate(repository.environ)
    repository.reload_keyring()
    every = _joined((Recipient("age", recipient),), others)
    return OwnRecipients(every, every, path)


def at_hand(repository: Repository, among: Sequence[Recipient]) -> tuple[Recipient, ...]:
    """Those of these recipients whose identity is on this machine."""
    keyring = repository.keyring
    own = {identity.recipient for identity in keyring.own()}
    return tuple(
        recipient
        for recipient in among
        if recipient in own or (recipient.kind == "pgp" and any(key.matches(recipient.id) for key in keyring.pgp_keys))
    )


def _parse_all(repository: Repository, texts: Sequence[str]) -> tuple[Recipient, ...]:
    parsed = tuple(dict.fromkeys(recipients.parse(text) for text in texts))
    for recipient in parsed:
        # an unknown or expired key is an error before anything is made
        recipients.wrap(recipient, bytes(32), repository.environ)
    return parsed


def _joined(*parts: Sequence[Recipient]) -> tuple[Recipient, ...]:
    return tuple(dict.fromkeys(recipient for part in parts for recipient in part))


def _kind(recipient: Recipient) -> str:
    return "ssh" if recipient.id.startswith("ssh-") else recipient.kind
