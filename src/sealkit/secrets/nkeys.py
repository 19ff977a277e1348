"""NKeys, the Ed25519 and X25519 keys of NATS: base32 of a prefix, 32 bytes and a checksum; a public key begins with its role.

The form is that of https://github.com/nats-io/nkeys (CRC-16/XMODEM over prefix and key, low byte first).
"""

from __future__ import annotations

import base64
import binascii

_ROLES = frozenset("ACNOUX")
"""Account, cluster, server (node), operator, user, and the key of a curve. `S` begins a seed, `P` a private key."""
_CHARACTERS = 56


def is_public_nkey(text: str) -> bool:
    """Whether a text is a public key, checksum included."""
    if len(text) != _CHARACTERS or text[0] not in _ROLES:
        return False
    try:
        raw = base64.b32decode(text)
    except ValueError:  # not base32, or not even ASCII
        return False
    return binascii.crc_hqx(raw[:-2], 0) == int.from_bytes(raw[-2:], "little")
