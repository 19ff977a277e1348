"""The age v1 file format: armor, header and payload of one wrapped data key.

pyrage opens most age files. This module serves what pyrage cannot do: choose identities by stanza before it asks for a
passphrase, use one plugin session for many files, and support post-quantum recipients.
Source: C2SP age specification (age-encryption.org/v1).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

LIMIT = 8 << 10
"""Bytes of an armored data key. A recipient needs at most 2.5 KiB; pyrage parses a header in quadratic time (157 KB: 30 s)."""

_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_VERSION = b"age-encryption.org/v1"
_COLUMNS = 64
_CHUNK = 64 << 10


class Stanza(NamedTuple):
    """One recipient stanza of a header: its type, its arguments, and the wrapped file key."""

    type: str
    args: tuple[str, ...] = ()
    body: bytes = b""

    def encode(self) -> bytes:
        """The stanza in the form of a header and of the plugin protocol. The last line of the body is shorter than 64 columns."""
        text = base64.b64encode(self.body).rstrip(b"=").decode()
        lines = [text[start : start + _COLUMNS] for start in range(0, len(text) + 1, _COLUMNS)]
        return "\n".join([" ".join(["->", self.type, *self.args]), *lines, ""]).encode()


@dataclass(frozen=True, slots=True)
class AgeFile:
    """A parsed file. `authenticated` is the part of the header that its MAC covers, `payload` the nonce and the ciphertext."""

    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    mac: bytes
    payload: bytes = field(repr=False)


def parse(text: str) -> AgeFile:
    """The parts of an armored age file. Raises ValueError, without quoting the text, for anything else or above `LIMIT`."""
    if len(text) > LIMIT:
        raise ValueError("larger than a wrapped data key can be")
    data = unarmor(text)
    if not data.startswith(_VERSION + b"\n"):
        raise ValueError("not an age file of version 1")
    position = len(_VERSION) + 1
    stanzas = []
    while data[position : position + 3] == b"-> ":
        stanza, position = _stanza(data, position)
        stanzas.append(stanza)
    end = data.find(b"\n", position)
    if data[position : position + 4] != b"--- " or end < 0:
        raise ValueError("the header is incomplete")
    return AgeFile(
        tuple(stanzas), data[: position + 3], decode_base64(data[position + 4 : end].decode("ascii")), data[end + 1 :]
    )


def unarmor(text: str) -> bytes:
    """The bytes of an armored text. Raises ValueError if it is not armored."""
    lines = text.strip().splitlines()
    if len(lines) < 2 or lines[0] != _BEGIN or lines[-1] != _END:
        raise ValueError("not an armored age file")
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def _stanza(data: bytes, position: int) -> tuple[Stanza, int]:
    end = data.find(b"\n", position)
    words = data[position + 3 : end].decode("ascii").split(" ")
    body = []
    while end >= 0:
        position, end = end + 1, data.find(b"\n", end + 1)
        body.append(data[position:end].decode("ascii"))
        if len(body[-1]) < _COLUMNS:
            return Stanza(words[0], tuple(words[1:]), decode_base64("".join(body))), end + 1
    raise ValueError("a stanza is incomplete")


def decode_base64(text: str) -> bytes:
    """Decode base64 without padding, the form of a header. Raises ValueError."""
    if "=" in text:
        raise ValueError("padded base64")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def decrypt(file: AgeFile, file_key: bytes) -> bytes:
    """The plaintext of a file under its file key. Raises ValueError if the header's MAC or the payload's tag is wrong."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if not hmac.compare_digest(_mac(file_key, file.authenticated), file.mac):
        raise ValueError("the MAC of the header is wrong")
    nonce, sealed = file.payload[:16], file.payload[16:]
    if len(sealed) > _CHUNK:
        raise ValueError("larger than a wrapped data key can be")
    try:
        # a data key is one chunk, the first and last one: counter 0, final flag 1
        return ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).decrypt(b"\0" * 11 + b"\1", sealed, None)
    except InvalidTag:
        raise ValueError("the tag of the payload is wrong") from None


def encrypt(stanzas: Sequence[Stanza], file_key: bytes, plaintext: bytes) -> str:
    """An armored file with these stanzas, which wrap the file key. The plaintext is at most 64 KiB."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    authenticated = _VERSION + b"\n" + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    nonce = os.urandom(16)
    body = ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).encrypt(b"\0" * 11 + b"\1", plaintext, None)
    mac = base64.b64encode(_mac(file_key, authenticated)).rstrip(b"=")
    text = base64.b64encode(authenticated + b" " + mac + b"\n" + nonce + body).decode()
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    return hmac.digest(_derive(file_key, b"", b"header"), authenticated, "sha256")


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869), 32 bytes: one block of output."""
    extracted = hmac.digest(salt or bytes(sha256().digest_size), secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")
