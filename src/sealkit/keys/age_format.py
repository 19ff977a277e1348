"""The age v1 container: armor, header and payload of one wrapped data key.

pyrage opens most of them. What it does not do needs the parts: choosing identities by stanza before anyone is asked for a
passphrase, one session of a plugin for many files, and the post-quantum recipients.
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

LIMIT = 8 << 10
"""Bytes of an armored data key. One recipient needs 2.5 KiB at most; pyrage parses a header in quadratic time (157 KB: 30 s)."""

_BEGIN, _END = "-----BEGIN AGE ENCRYPTED FILE-----", "-----END AGE ENCRYPTED FILE-----"
_VERSION = b"age-encryption.org/v1"
_COLUMNS = 64
_CHUNK = 64 << 10


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient's part of a header: its type, its arguments, and the file key as that recipient wraps it."""

    type: str
    args: tuple[str, ...] = ()
    body: bytes = b""

    def encode(self) -> bytes:
        """The stanza as a header and the plugin protocol write it: the last line of a body is shorter than 64 columns."""
        text = base64.b64encode(self.body).rstrip(b"=").decode()
        lines = [text[at : at + _COLUMNS] for at in range(0, len(text) + 1, _COLUMNS)]
        return "\n".join([" ".join(["->", self.type, *self.args]), *lines, ""]).encode()


@dataclass(frozen=True, slots=True)
class AgeFile:
    """A parsed file: `signed` is what the header's MAC covers, `payload` the nonce and the sealed bytes."""

    stanzas: tuple[Stanza, ...]
    signed: bytes
    mac: bytes
    payload: bytes = field(repr=False)


def parse(text: str) -> AgeFile:
    """The parts of an armored file. Raises ValueError (without a piece of the text) for anything else or beyond `LIMIT`."""
    if len(text) > LIMIT:
        raise ValueError("larger than a wrapped data key can be")
    data = unarmor(text)
    if not data.startswith(_VERSION + b"\n"):
        raise ValueError("not an age file of version 1")
    at = len(_VERSION) + 1
    stanzas = []
    while data[at : at + 3] == b"-> ":
        stanza, at = _stanza(data, at)
        stanzas.append(stanza)
    end = data.find(b"\n", at)
    if data[at : at + 4] != b"--- " or end < 0:
        raise ValueError("the header does not end")
    return AgeFile(tuple(stanzas), data[: at + 3], unpadded(data[at + 4 : end].decode("ascii")), data[end + 1 :])


def unarmor(text: str) -> bytes:
    """The bytes between the two marks. Raises ValueError."""
    lines = text.strip().splitlines()
    if len(lines) < 2 or lines[0] != _BEGIN or lines[-1] != _END:
        raise ValueError("not armored as an age file")
    return base64.b64decode("".join(lines[1:-1]), validate=True)


def _stanza(data: bytes, at: int) -> tuple[Stanza, int]:
    end = data.find(b"\n", at)
    words = data[at + 3 : end].decode("ascii").split(" ")
    body = []
    while end >= 0:
        at, end = end + 1, data.find(b"\n", end + 1)
        body.append(data[at:end].decode("ascii"))
        if len(body[-1]) < _COLUMNS:
            return Stanza(words[0], tuple(words[1:]), unpadded("".join(body))), end + 1
    raise ValueError("a stanza does not end")


def unpadded(text: str) -> bytes:
    """Base64 without padding, as a header writes it. Raises ValueError."""
    if "=" in text:
        raise ValueError("padded base64")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise ValueError("not base64") from None


def opened(file: AgeFile, file_key: bytes) -> bytes:
    """The payload, once the MAC of the header holds for this file key. Raises ValueError if it does not."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    if not hmac.compare_digest(_mac(file_key, file.signed), file.mac):
        raise ValueError("the header was changed")
    nonce, sealed = file.payload[:16], file.payload[16:]
    if len(sealed) > _CHUNK:
        raise ValueError("larger than a wrapped data key can be")
    try:
        # a data key is one chunk, the first and the last: counter 0, final
        return ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).decrypt(b"\0" * 11 + b"\1", sealed, None)
    except InvalidTag:
        raise ValueError("the payload was changed") from None


def sealed_to(stanzas: Sequence[Stanza], file_key: bytes, plaintext: bytes) -> str:
    """An armored file of at most 64 KiB whose file key these stanzas hold."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    signed = _VERSION + b"\n" + b"".join(stanza.encode() for stanza in stanzas) + b"---"
    nonce = os.urandom(16)
    body = ChaCha20Poly1305(_derive(file_key, nonce, b"payload")).encrypt(b"\0" * 11 + b"\1", plaintext, None)
    mac = base64.b64encode(_mac(file_key, signed)).rstrip(b"=")
    text = base64.b64encode(signed + b" " + mac + b"\n" + nonce + body).decode()
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return "\n".join([_BEGIN, *lines, _END, ""])


def _mac(file_key: bytes, signed: bytes) -> bytes:
    return hmac.digest(_derive(file_key, b"", b"header"), signed, "sha256")


def _derive(secret: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869), 32 bytes: one block of output."""
    extracted = hmac.digest(salt or bytes(sha256().digest_size), secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")
