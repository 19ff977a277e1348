"""Vouches: what the identity of an approver proves, and the proofs that need no identity to be checked.

The proof says that who holds this identity knew `signer` as the signing key of this repository. So a machine that knows nothing
but the identity (from a backup, from paper) knows the signing key, too. A vouch for somebody else's recipient proves nothing to
this machine: only those of its own identities count.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import NamedTuple

from sealkit.ledger.entries import VouchEntry
from sealkit.ledger.text import Ledger, quote

CONTEXT = b"sealkit vouch v1\n"
"""In front of the text, so that a signature made for something else (a login, a commit) never passes as a vouch."""
SSH = "ssh-ed25519"
"""The one kind of ssh key that vouches."""


class Statement(NamedTuple):
    """What is proven."""

    repository: str
    name: str
    recipient: str
    """`kind:id`, as the ledger writes recipients."""
    signer: str

    @classmethod
    def of(cls, ledger: Ledger, recipient: str) -> Statement:
        """That the signing key of this ledger is the one that this recipient's owner knew."""
        return cls(ledger.id, ledger.name, recipient, ledger.signer)

    def text(self) -> bytes:
        """The bytes that a proof is made over."""
        fields = " ".join(f"{name}={quote(value)}" for name, value in self._asdict().items())
        return CONTEXT + fields.encode("ascii")

    def entry(self, proof: bytes) -> VouchEntry:
        """The vouch with this proof."""
        return VouchEntry(*self, base64.urlsafe_b64encode(proof).decode().rstrip("="))


def statement(entry: VouchEntry) -> Statement:
    """What a vouch says."""
    return Statement(entry.repository, entry.name, entry.recipient, entry.signer)


def proof_bytes(entry: VouchEntry) -> bytes:
    """The proof of a vouch; empty where it is not in its one spelling."""
    try:
        raw = base64.b64decode(entry.proof + "=" * (-len(entry.proof) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.urlsafe_b64encode(raw).decode().rstrip("=") == entry.proof else b""


def about(ledger: Ledger) -> dict[str, VouchEntry]:
    """The vouches for this ledger's own signing key under its own id and name, by recipient. Those that were copied from another
    repository, or are of another signing key, are not among them. Whether a proof holds is not checked."""
    if not ledger.id:
        return {}
    entries = (entry for entry in ledger.entries if isinstance(entry, VouchEntry))
    return {entry.recipient: entry for entry in entries if statement(entry) == Statement.of(ledger, entry.recipient)}


def without_vouch(ledger: Ledger, recipients: Iterable[str]) -> list[str]:
    """The recipients (`kind:id`) that have no vouch for this ledger's signing key."""
    have = about(ledger)
    return [recipient for recipient in recipients if recipient not in have] if ledger.id else []


def ssh_key(recipient: str) -> str:
    """The public key of a recipient that is an ssh-ed25519 key, or the empty string."""
    kind, _, key = recipient.partition(":")
    return key if kind == "age" and key.startswith(f"{SSH} ") else ""


def ssh_proof_holds(entry: VouchEntry) -> bool:
    """Whether the signature of an ssh-ed25519 key over its vouch holds; False for other kinds of recipients."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        blob = base64.b64decode(ssh_key(entry.recipient).partition(" ")[2], validate=True)
        kind, raw = _strings(blob)
        if kind != SSH.encode():
            return False
        Ed25519PublicKey.from_public_bytes(raw).verify(proof_bytes(entry), statement(entry).text())
    except (InvalidSignature, ValueError):
        return False
    return True


def _strings(blob: bytes) -> list[bytes]:
    """The two strings of a public key in the ssh wire format. Raises ValueError."""
    found = []
    while blob:
        size = int.from_bytes(blob[:4])
        found.append(blob[4 : 4 + size])
        if len(found[-1]) != size:
            raise ValueError("cut short")
        blob = blob[4 + size :]
    if len(found) != 2:
        raise ValueError("not a key of one part")
    return found
