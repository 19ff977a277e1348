"""Shamir's secret sharing over GF(2^8), in the form of key groups: any `threshold` shares give the data key back.

The field is that of AES (polynomial 0x11b). A share is one value of the polynomial per byte of the secret, and the place at
which it was evaluated as last byte. Source: sops `shamir/shamir.go`; checked both ways against the real program.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sealkit.errors import RefusedError, SealkitError

LARGEST = 255
"""More groups than this have no place of their own in the field."""


def _tables() -> tuple[list[int], list[int]]:
    exp, log, value = [0] * 510, [0] * 256, 1
    for power in range(255):
        exp[power] = exp[power + 255] = value
        log[value] = power
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)  # times the generator 3
    return exp, log


_EXP, _LOG = _tables()


def _times(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _over(a: int, b: int) -> int:
    return _EXP[_LOG[a] - _LOG[b] + 255] if a else 0


def split(secret: bytes, shares: int, threshold: int) -> list[bytes]:
    """`shares` shares of a secret, any `threshold` of which give it back.

    Raises SealkitError unless 2 <= threshold <= shares <= 255.
    """
    if not 2 <= threshold <= shares <= LARGEST:
        raise SealkitError(
            f"{shares} key groups with a threshold of {threshold}", hint="shamir_threshold is 2 or more, and at most their number"
        )  # fmt: skip
    places = secrets.SystemRandom().sample(range(1, LARGEST + 1), shares)
    polynomials = [[byte, *secrets.token_bytes(threshold - 1)] for byte in secret]
    return [bytes(_value(polynomial, x) for polynomial in polynomials) + bytes([x]) for x in places]


def combine(shares: Sequence[bytes]) -> bytes:
    """The secret from its shares. Raises RefusedError for shares that cannot belong together; too few or wrong shares give
    a wrong secret, which the MAC of the file tells."""
    sizes = {len(share) for share in shares}
    places = [share[-1] for share in shares if share]
    if len(shares) < 2 or len(sizes) != 1 or min(sizes) < 2 or len(set(places)) != len(shares) or 0 in places:
        raise RefusedError("the shares of its key groups do not belong together")
    weights = [_weight(x, places) for x in places]
    secret = bytearray(min(sizes) - 1)
    for share, weight in zip(shares, weights, strict=True):
        for at in range(len(secret)):
            secret[at] ^= _times(weight, share[at])
    return bytes(secret)


def _value(polynomial: Sequence[int], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = _times(value, x) ^ coefficient
    return value


def _weight(x: int, places: Sequence[int]) -> int:
    """What the share at `x` counts for at zero (Lagrange)."""
    weight = 1
    for other in places:
        if other != x:
            weight = _times(weight, _over(other, x ^ other))
    return weight
