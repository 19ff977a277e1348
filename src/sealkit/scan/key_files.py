"""Files of private keys, by their content: key stores, DER, OpenSSH, GnuPG, PuTTY, WireGuard, the key database of Firefox.

A key store with a password counts: whoever has the file can guess the password offline. Stores of certificates alone, public keys
and stubs of smart cards do not. Formats: RFC 5208, 5915, 7292 and 8017 (DER, PKCS#12); the documentation of Java's KeyStore (JKS,
JCEKS); PROTOCOL.key of OpenSSH; RFC 9580 (OpenPGP); keyformat.txt of GnuPG; appendix C of the PuTTY manual; wg(8);
openvpn(8), "--secret"; the Nix manual, "nix-store --generate-binary-cache-key".
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sealkit.scan.raw_finding import Raw

_SSH = b"openssh-key-v1\0"
_JKS, _JCEKS = b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce"
_SQLITE = b"SQLite format 3\0"
_PBES = (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01")
"""The beginning of the object ids of PKCS#5 and PKCS#12 password-based encryption, as DER."""
_KEY_BAGS = (b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01", b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02")
"""The object ids of a key bag and an encrypted key bag of PKCS#12."""
_OPENPGP_ALGORITHMS = frozenset([1, 2, 3, 16, 17, 18, 19, 22, 25, 26, 27, 28])
_FIRST = frozenset(b"\x30\xfe\xce\x94\x95\x96\x97\x9c\x9d\x9e\x9f\xc5\xc7oS")
"""What a file of keys begins with, in its first byte: a quick test that spares nearly every other file."""
_INTEGER, _OCTETS, _OBJECT_ID, _SEQUENCE = 2, 4, 6, 0x30


def key_file(data: bytes) -> str:
    """What file of private keys these bytes are (`Java key store`), or nothing."""
    if not data or data[0] not in _FIRST:
        return ""
    if data.startswith(_SSH):
        return "OpenSSH private key" if len(data) > 100 else ""
    if data[:4] in {_JKS, _JCEKS}:
        return "Java key store" if _java(data) else ""
    if data.startswith(_SQLITE):
        return "Firefox key database" if b"nssPrivate" in data[: 1 << 20] else ""
    if data[0] == _SEQUENCE:
        return der(data)
    return "GnuPG secret keyring" if _secret_packet(data) else ""


def look(data: bytes) -> Raw | None:
    """The finding of a file that is one of private keys, or None."""
    what = key_file(data)
    if not what:
        return None
    import hashlib

    from sealkit.scan.raw_finding import Raw

    return Raw("SK304", 0, 0, hashlib.sha256(data).hexdigest(), message=f"a file of private keys: {what}")


def _element(data: bytes, at: int) -> tuple[int, int, int] | None:
    """One element of DER: its tag, where its content begins and where it ends. None where there is none."""
    if at + 2 > len(data):
        return None
    size, start = data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4 or start + count > len(data):
            return None
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    return data[at], start, start + size


def _elements(data: bytes, at: int, end: int, most: int = 4) -> list[tuple[int, int, int]]:
    """The first elements of a sequence, as many as are whole."""
    found: list[tuple[int, int, int]] = []
    while at < end and len(found) < most and (element := _element(data, at)) is not None and element[2] <= end:
        found.append(element)
        at = element[2]
    return found


def der(data: bytes) -> str:
    """What key in DER these bytes begin with, or nothing. What follows a key, such as a line end, does not matter."""
    outer = _element(data, 0)
    if data[1:2] == b"\x80":  # BER without a length, as some programs write PKCS#12
        return "PKCS#12 key store" if data[2:5] == b"\x02\x01\x03" and any(bag in data for bag in _KEY_BAGS) else ""
    if outer is None or outer[0] != _SEQUENCE or outer[2] > len(data):
        return ""
    inner = _elements(data, outer[1], outer[2])
    tags = [tag for tag, _, _ in inner]
    first = data[inner[0][1] : inner[0][2]] if inner else b""
    if tags[:1] == [_INTEGER] and len(first) == 1:
        if first == b"\3" and tags[1:2] == [_SEQUENCE] and any(bag in data for bag in _KEY_BAGS):
            return "PKCS#12 key store"
        if first in {b"\0", b"\1"} and tags[1:3] == [_SEQUENCE, _OCTETS] and data[inner[1][1]] == _OBJECT_ID:
            return "private key"  # PKCS#8
        if first in {b"\0", b"\1"} and tags == [_INTEGER] * 4 and inner[1][2] - inner[1][1] >= 64:
            return "private key"  # PKCS#1, and DSA in the form of OpenSSL
        if first == b"\1" and tags[1:2] == [_OCTETS] and 20 <= inner[1][2] - inner[1][1] <= 72:
            return "private key" if all(tag in {0xA0, 0xA1} for tag in tags[2:]) else ""  # SEC1
    if tags[:2] == [_SEQUENCE, _OCTETS] and data.startswith(_PBES, inner[0][1]):
        return "encrypted private key"
    return ""


def _java(data: bytes) -> bool:
    """Whether a JKS or JCEKS has an entry that is a key: of its entries the certificates are stepped over."""
    version, entries = int.from_bytes(data[4:8], "big"), int.from_bytes(data[8:12], "big")
    at = 12
    if version not in {1, 2}:
        return False
    for _ in range(min(entries, 4096)):
        tag, alias = int.from_bytes(data[at : at + 4], "big"), int.from_bytes(data[at + 4 : at + 6], "big")
        if tag != 2:
            return tag in {1, 3}
        at += 6 + alias + 8  # the date
        if version == 2:
            at += 2 + int.from_bytes(data[at : at + 2], "big")  # the type of the certificate
        at += 4 + int.from_bytes(data[at : at + 4], "big")
    return False


def _secret_packet(data: bytes) -> bool:
    """Whether bytes begin with a secret key packet of OpenPGP: tag 5 or 7, a known version, a known algorithm."""
    head = data[0]
    if head & 0x40:
        size = data[1] if len(data) > 1 else 0
        at = 2 if size < 192 else 3 if size < 224 else 6 if size == 255 else 2
        tag = head & 0x3F
    else:
        at = 1 + (1, 2, 4, 0)[head & 3]
        tag = (head >> 2) & 15
    body = data[at : at + 8]
    if tag not in {5, 7} or len(body) < 8 or body[0] not in {3, 4, 5, 6}:
        return False
    created = int.from_bytes(body[1:5], "big")
    return body[7 if body[0] == 3 else 5] in _OPENPGP_ALGORITHMS and created > 600_000_000


class TextKey(NamedTuple):
    """A private key in text that is no PEM: the rule, what it is, and its span."""

    rule: str
    what: str
    start: int
    end: int


@cache
def _signs() -> tuple[tuple[str, str, re.Pattern[bytes]], ...]:
    """What shows a key in text within 400 bytes: the rule, what it is, and a pattern whose `found` is the span of the finding."""
    return (
        ("SK304", "a PuTTY private key", re.compile(
            rb"(?P<found>PuTTY-User-Key-File-[123]: [\w-]{4,60}(?:\r?\n|\\r?\\?n)Encryption: )"
        )),
        ("SK304", "a private key of GnuPG", re.compile(
            rb"(?P<found>\((?:21:|11:)?(?:protected-)?private-key\s{0,4}\((?:[0-9]:)?(?:rsa|dsa|elg|ecc|ecdsa|ecdh|eddsa)[\s(])"
        )),
        ("SK301", "a private key of WireGuard", re.compile(
            rb"(?<![A-Za-z])(?:PrivateKey|PresharedKey)[ \t]{0,8}=[ \t]{0,8}(?P<found>[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)"
        )),
        ("SK301", "a static key of OpenVPN", re.compile(
            rb"(?P<found>-----BEGIN OpenVPN Static key V1-----(?:\s|\\+[nr]){1,8}[0-9a-f]{32}"
            rb"(?:(?:\s|\\+[nr]){1,8}[0-9a-f]{16,32}){0,15})"
        )),
        ("SK301", "a signing key of a Nix cache", re.compile(
            rb"(?<=[\w.-])-[0-9]{1,4}:(?P<found>[A-Za-z0-9+/]{86}==)(?![A-Za-z0-9+/=])"
        )),
        ("SK206", "a login that Firefox keeps, readable with the key database beside it", re.compile(
            rb"\"encryptedPassword\"\s{0,8}:\s{0,8}\"(?P<found>M[A-Za-z0-9+/]{2}EEPgAAAAAAAAAAAAAAAAAAAE[A-Za-z0-9+/=]{20,200})"
        )),
    )  # fmt: skip


_PUTTY_END = rb"Private-Lines: [0-9]{1,4}(?:\r?\n|\\r?\\?n)(?:[A-Za-z0-9+/=]{4,80}(?:\r?\n|\\r?\\?n)?){1,400}"


def text_key(data: bytes, at: int) -> TextKey | None:
    """The key in text that begins near `at`, the end of what the prefilter found of it; None for a PEM and for none."""
    for rule, what, pattern in _signs():
        for found in pattern.finditer(data, max(0, at - 120), at + 400):
            start, end = found.span("found")
            if not found.start() < at or len(set(found["found"])) < 8:
                continue
            if what.startswith("a PuTTY"):  # the header alone is no key
                if (rest := re.compile(_PUTTY_END).search(data, end, end + 65536)) is None:
                    continue
                start, end = rest.span()  # the public lines before it are no finding
            return TextKey(rule, what, start, end)
    return None


def has_text_key(data: bytes) -> bool:
    """Whether a private key in text that is no PEM stands anywhere in these bytes."""
    return any(pattern.search(data) for _, _, pattern in _signs())
