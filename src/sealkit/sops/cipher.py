"""Encrypt and decrypt one value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`.

AES-256-GCM with a random nonce of 32 bytes. The additional data is the path of mapping keys to the value, each followed by a
colon, so a value that is moved to another path does not decrypt. List indexes are not part of it, and the type is not
authenticated. Source: sops `aes/cipher.go`.
"""

from __future__ import annotations

import base64
import binascii
import math
import os
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from sealkit.errors import RefusedError, SealkitError
from sealkit.sealed.stores import ciphertext
from sealkit.sealed.stores.sops_block import is_time
from sealkit.sops.mac import to_bytes
from sealkit.yamlspan.scalars import Dialect, Scalar, Timestamp, resolve

KEY_BYTES = 32
_NONCE_BYTES = 32
_TAG_BYTES = 16

_INT = re.compile(r"[-+]?[0-9]{1,20}\Z")
_FLOAT = re.compile(r"[-+]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?i:inf|infinity|nan))\Z")
_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])


def is_ciphertext(value: Scalar) -> bool:
    """Whether a value starts as one that sops encrypted: `ENC[AES256_GCM,…`, whole or not."""
    return ciphertext.starts_sealed(value)


def path_data(keys: Iterable[str]) -> str:
    """The additional data of a value: its mapping keys, each followed by a colon; a single colon at the top of a document."""
    return ":".join(keys) + ":"


class Cipher:
    """Decrypts and encrypts the values of one file. It does not expose its data key."""

    __slots__ = ("_aes",)

    def __init__(self, data_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(data_key) != KEY_BYTES:
            raise RefusedError(f"the data key has {len(data_key)} bytes, not {KEY_BYTES}")
        self._aes = AESGCM(data_key)

    def seal(self, value: Scalar, data: str, *, comment: bool = False) -> str:
        """The value encrypted under a fresh nonce, with additional data `data`. None and empty text give empty text.

        Raises SealkitError for a value that the format has no type for.
        """
        plain = to_bytes(value)
        if value is None or not plain:
            return ""
        nonce = os.urandom(_NONCE_BYTES)
        encrypted = self._aes.encrypt(nonce, plain, to_bytes(data))
        parts = (
            base64.b64encode(part).decode("ascii") for part in (encrypted[:-_TAG_BYTES], nonce, encrypted[-_TAG_BYTES:])
        )
        return "ENC[AES256_GCM,data:{},iv:{},tag:{},type:{}]".format(*parts, "comment" if comment else _kind(value))

    def open(self, sealed: str, data: str, types: AbstractSet[str] = ciphertext.VALUE_TYPES) -> Scalar:
        """The typed value of a sealed one. Raises RefusedError if it was not encrypted with this data key and additional data,
        or has a type that is not in `types`."""
        from cryptography.exceptions import InvalidTag

        if not sealed:
            return ""
        match = ciphertext.whole(sealed)
        if match is None:
            raise RefusedError("is in plain text, or no whole sealed value, where the file seals its values")
        if match["type"] not in types:
            raise RefusedError(f"is sealed with the type {match['type']}, which has no meaning there")
        try:
            body, nonce, tag = (binascii.a2b_base64(match[name], strict_mode=True) for name in ("data", "iv", "tag"))
            if len(tag) != _TAG_BYTES:
                raise InvalidTag
            plain = self._aes.decrypt(nonce, body + tag, to_bytes(data))
        except (binascii.Error, ValueError, InvalidTag):
            raise RefusedError("was changed or moved: its tag is wrong") from None
        return _typed(match["type"], plain)


def _kind(value: Scalar) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise SealkitError("a number of more than 64 bits, which sops rejects", hint="quote it, as text")
        return "int"
    if isinstance(value, float):
        return "float"
    return "time" if isinstance(value, Timestamp) else "str"


def _typed(kind: str, plain: bytes) -> Scalar:
    text = plain.decode("utf-8", "surrogateescape")
    if kind in {"str", "comment"}:
        return text
    value: Scalar = None
    if kind == "int" and _INT.match(text) and -(2**63) <= int(text) < 2**63:
        value = int(text)
    elif kind == "float" and _FLOAT.match(text):
        value = float(text)
        if math.isinf(value) and "n" not in text.lower():
            value = None  # 1e400: out of range, which Go refuses
    elif kind == "bool" and (text in _TRUE or text in _FALSE):
        value = text in _TRUE
    elif kind == "time" and is_time(text) and isinstance(moment := resolve(text, Dialect.SOPS), Timestamp):
        value = moment
    if value is None:
        raise RefusedError(f"does not match its type {kind}")
    return value
