"""Post-quantum age keys, `age1pq1…` and `AGE-SECRET-KEY-PQ-1…`, which pyrage does not support: ML-KEM-768 with X25519.

HPKE (RFC 9180, base mode) wraps the file key, with the KEM MLKEM768-X25519, HKDF-SHA256 and ChaCha20-Poly1305. Source: C2SP age
specification, the `mlkem768x25519` recipient; tested against sops 3.13 in both directions.
"""

from __future__ import annotations

import base64
import hashlib
import os
from types import ModuleType
from typing import Any

from sealkit.errors import SealkitError
from sealkit.keys import age_format, bech32

PREFIX, SECRET_PREFIX = "age1pq", "age-secret-key-pq-"
STANZA = "mlkem768x25519"
PUBLIC_BYTES = 1216
"""1184 bytes of ML-KEM-768 and 32 of X25519."""

_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM, _SEED, _FILE_KEY = 1184, 32, 16
_ENCAPSULATED, _SEALED = 1120, 32


class HybridIdentity:
    """A post-quantum identity, made from its seed of 32 bytes. Raises ValueError for a seed of another size."""

    __slots__ = ("_key", "recipient", "seed")

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

        if len(seed) != _SEED:
            raise ValueError("the seed has the wrong size")
        self.seed = seed
        """The secret itself."""
        expanded = hashlib.shake_256(seed).digest(96)
        lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
        self._key = _hpke().MLKEM768X25519PrivateKey(lattice, curve)
        public = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        self.recipient = bech32.encode(PREFIX, public)
        """The recipient of this identity."""

    def unwrap(self, file: age_format.AgeFile) -> bytes | None:
        """The plaintext of an age file, or None if no stanza is for this identity or the file was changed."""
        from cryptography.exceptions import InvalidTag

        for stanza in file.stanzas:
            try:
                encapsulated = (
                    age_format.decode_base64(stanza.args[0]) if stanza.type == STANZA and len(stanza.args) == 1 else b""
                )
                if len(encapsulated) == _ENCAPSULATED and len(stanza.body) == _SEALED:
                    file_key = _suite().decrypt(encapsulated + stanza.body, self._key, info=_INFO)
                    return age_format.decrypt(file, file_key)
            except (InvalidTag, ValueError):
                continue
        return None


def wrap(recipient: str, secret: bytes) -> str:
    """An armored age file with the secret, for an `age1pq1…` recipient. Raises ValueError for another recipient."""
    from cryptography.hazmat.primitives.asymmetric import mlkem, x25519

    prefix, public = bech32.decode(recipient)
    if prefix != PREFIX or len(public) != PUBLIC_BYTES:
        raise ValueError("not a post-quantum recipient")
    key = _hpke().MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(public[:_MLKEM]),
        x25519.X25519PublicKey.from_public_bytes(public[_MLKEM:]),
    )
    file_key = os.urandom(_FILE_KEY)
    sealed = _suite().encrypt(file_key, key, info=_INFO)
    encapsulated = base64.b64encode(sealed[:_ENCAPSULATED]).rstrip(b"=").decode()
    return age_format.encrypt([age_format.Stanza(STANZA, (encapsulated,), sealed[_ENCAPSULATED:])], file_key, secret)


def _hpke() -> ModuleType:
    """The HPKE module of cryptography. Raises SealkitError for a version without this KEM (48 lacks it, 50 has it)."""
    from cryptography.hazmat.primitives import hpke

    if not hasattr(hpke, "MLKEM768X25519PrivateKey"):
        raise SealkitError(
            "post-quantum age keys need a newer cryptography", hint="upgrade it: pip install 'cryptography>=50'"
        )
    return hpke


def _suite() -> Any:
    hpke = _hpke()
    return hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
