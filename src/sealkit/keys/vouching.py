"""Vouches made and checked with the identities at hand.

A native age identity proves by an HMAC under a key that HKDF derives from its secret, under a label of its own: only that identity
makes it, and only that identity checks it. An ssh-ed25519 key and a PGP key sign. Other identities cannot vouch: a plugin never
gives out its secret, and a cloud key or an ssh-rsa key has no such proof.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sealkit.keys import bech32
from sealkit.keys.identities import Identity, IdentityKind
from sealkit.ledger import vouches
from sealkit.ledger.entries import VouchEntry
from sealkit.ledger.text import Ledger
from sealkit.ledger.vouches import Statement

if TYPE_CHECKING:
    from sealkit.keys import pgp  # imports subprocess and tempfile, which age does not need
    from sealkit.keys.keyring import Keyring

_INFO = b"sealkit vouch v1"
_NATIVE = (IdentityKind.X25519, IdentityKind.HYBRID)
_VOUCHING = (*_NATIVE, IdentityKind.SSH)


def can_vouch(recipient: str) -> bool:
    """Whether the owner of a recipient (`kind:id`) can vouch at all, as far as the recipient tells."""
    kind, _, name = recipient.partition(":")
    native = name.startswith(("age1pq1", f"{vouches.SSH} ")) or ("1" not in name[4:] and name.startswith("age1"))
    return kind == "pgp" or (kind == "age" and native)


# --- making


def make(ledger: Ledger, recipients: Iterable[str], keyring: Keyring, *, with_gpg: bool = False) -> list[VouchEntry]:
    """The vouches for the ledger's signing key of those recipients whose identity is open already. Asks for nothing, unless
    `with_gpg`: then gpg signs for PGP keys, and may ask for a passphrase."""
    wanted = vouches.without_vouch(ledger, recipients)
    made = []
    for identity in keyring.unlocked if wanted else ():
        name = f"age:{identity.recipient}"
        if name in wanted and (proof := _prove(identity, Statement.of(ledger, name).text())):
            made.append(Statement.of(ledger, name).entry(proof))
            wanted.remove(name)
    pgp_names = [name for name in wanted if name.startswith("pgp:")] if with_gpg else []
    signed = (_sign_with_gpg(Statement.of(ledger, name), keyring) for name in pgp_names)
    return made + [entry for entry in signed if entry is not None]


def _prove(identity: Identity, text: bytes) -> bytes:
    """The proof of one identity; empty if it cannot vouch."""
    if identity.kind in _NATIVE:
        return hmac.digest(_mac_key(identity), text, "sha256")
    if identity.kind is IdentityKind.SSH and identity.recipient.startswith(vouches.SSH):
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = serialization.load_ssh_private_key(identity.private, None)
        return key.sign(text) if isinstance(key, Ed25519PrivateKey) else b""
    return b""


def _mac_key(identity: Identity) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    secret = bech32.decode(str(identity.secret))[1] if identity.kind is IdentityKind.X25519 else identity.secret.seed
    return HKDF(SHA256(), 32, salt=None, info=_INFO).derive(bytes(secret))


def _sign_with_gpg(said: Statement, keyring: Keyring) -> VouchEntry | None:
    from sealkit.keys import pgp_signatures

    key = _own_pgp_key(said.recipient, keyring)
    proof = pgp_signatures.sign(key.fingerprint, said.text(), keyring.environ) if key is not None else b""
    return said.entry(proof) if proof else None


# --- checking


def vouched_for(ledger: Ledger, keyring: Keyring) -> VouchEntry | None:
    """The vouch of an own identity for the signing key of a verified ledger, None without one.

    Identities that are open are tried first; then PGP keys, then key commands; then a passphrase is asked for, where there is a
    terminal and an identity file may hold an identity that a vouch is of. What cannot be read vouches for nothing.
    """
    said = vouches.about(ledger)
    if not said:
        return None
    for check in (_by_open_identity, _by_locked_ssh, _by_pgp, _by_opening):
        if (entry := check(said.values(), keyring)) is not None:
            return entry
    return None


def _by_open_identity(said: Iterable[VouchEntry], keyring: Keyring) -> VouchEntry | None:
    return _first(said, [identity for identity in keyring.unlocked if identity.kind in _VOUCHING])


def _first(said: Iterable[VouchEntry], identities: Sequence[Identity]) -> VouchEntry | None:
    own = {f"age:{identity.recipient}": identity for identity in identities}
    return next((entry for entry in said if entry.recipient in own and _holds(entry, own[entry.recipient])), None)


def _holds(entry: VouchEntry, identity: Identity) -> bool:
    if identity.kind in _NATIVE:
        expected = hmac.digest(_mac_key(identity), vouches.statement(entry).text(), "sha256")
        return hmac.compare_digest(expected, vouches.proof_bytes(entry))
    return vouches.ssh_proof_holds(entry)


def _by_locked_ssh(said: Iterable[VouchEntry], keyring: Keyring) -> VouchEntry | None:
    """A signature is checked with the public part, which a key with a passphrase shows, too."""
    return _first(said, [one for one in keyring.identities if one.kind is IdentityKind.LOCKED_SSH and one.recipient])


def _by_pgp(said: Iterable[VouchEntry], keyring: Keyring) -> VouchEntry | None:
    from sealkit.keys import pgp_signatures

    for entry in said:
        key = _own_pgp_key(entry.recipient, keyring) if entry.recipient.startswith("pgp:") else None
        if key is not None and pgp_signatures.holds(
            key.fingerprint, vouches.statement(entry).text(), vouches.proof_bytes(entry), keyring.environ
        ):
            return entry
    return None


def _by_opening(said: Iterable[VouchEntry], keyring: Keyring) -> VouchEntry | None:
    entries = [entry for entry in said if entry.recipient.startswith("age:")]
    for opened in keyring.open_more([entry.recipient.removeprefix("age:") for entry in entries]):
        if (entry := _first(entries, opened)) is not None:
            return entry
    return None


def _own_pgp_key(recipient: str, keyring: Keyring) -> pgp.Key | None:
    name = recipient.removeprefix("pgp:")
    return next((key for key in keyring.pgp_keys if key.matches(name)), None)
