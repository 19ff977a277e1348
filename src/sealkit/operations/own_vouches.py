"""The vouches of the own identities: which approvers are at hand, and the vouches that their next signature brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealkit.ledger import signing, vouches
from sealkit.ledger.entries import FileEntry
from sealkit.ledger.text import Ledger
from sealkit.source.filenames import SIGNING_KEY

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring


def approvers(ledger: Ledger) -> tuple[str, ...]:
    """Who may approve (`kind:id`), as the ledger approved it."""
    entry = ledger.paths().get(SIGNING_KEY)
    return entry.to if isinstance(entry, FileEntry) else ()


def with_own_vouches(
    ledger: Ledger, key: signing.SigningKey, keyring: Keyring, *, with_gpg: bool = False
) -> tuple[Ledger, list[str]]:
    """The ledger with the vouches that are missing of approvers whose identity is open, and the recipients of those.

    Only for a ledger that was let in under a signing key that this machine knows, or that was made here. Asks for nothing; with
    `with_gpg`, gpg signs for PGP keys and may ask for a passphrase.
    """
    missing = vouches.without_vouch(ledger, approvers(ledger))
    if not missing:
        return ledger, []
    from sealkit.keys import vouching  # only where one is missing

    made = vouching.make(ledger, missing, keyring, with_gpg=with_gpg)
    return signing.sign(ledger, made, key), [entry.recipient for entry in made]
