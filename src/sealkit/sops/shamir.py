"""Shamir's secret sharing over GF(2^8), as sops uses it for key groups: any `threshold` shares give the data key.

The field is that of AES (polynomial 0x11b). A share has one byte per byte of the secret, the value of a polynomial at x, and x
as its last byte. Source: sops `shamir/shamir.go`; tested in both directions against the real program.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from sealkit.errors import RefusedError, SealkitError

MAX_SHARES = 255
"""The number of values of x other than 0 in the field."""


def _tables() -> tuple[list[int], list[int]]:
    exp, log, value = [0] * 510, [0] * 256, 1
    for power in range(255):
        exp[power] = exp[power + 255] = value
        log[value] = power
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)  # times the generator 3
    return exp, log


_EXP, _LOG = _tables()


def _multiply(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _divide(a: int, b: int) -> int:
    return _EXP[_LOG[a] - _LOG[b] + 255] if a else 0


def split(secret: bytes, shares: int, threshold: int) -> list[bytes]:
    """Split a secret into shares, of which any `threshold` give it back.

    Raises SealkitError unless 2 <= threshold <= shares <= 255.
    """
    if not 2 <= threshold <= shares <= MAX_SHARES:
        raise SealkitError(
            f"{shares} key groups with a threshold of {threshold}",
            hint=f"set shamir_threshold to 2 or more, and at most {MAX_SHARES} or the number of groups",
        )
    xs = secrets.SystemRandom().sample(range(1, MAX_SHARES + 1), shares)
    polynomials = [[byte, *secrets.token_bytes(threshold - 1)] for byte in secret]
    return [bytes(_evaluate(polynomial, x) for polynomial in polynomials) + bytes([x]) for x in xs]


def combine(shares: Sequence[bytes]) -> bytes:
    """The secret from its shares. Too few or wrong shares give a wrong secret, which the MAC of the file reveals.

    Raises RefusedError for shares that cannot belong together.
    """
    sizes = {len(share) for share in shares}
    xs = [share[-1] for share in shares if share]
    if len(shares) < 2 or len(sizes) != 1 or min(sizes) < 2 or len(set(xs)) != len(shares) or 0 in xs:
        raise RefusedError("the shares of its key groups do not belong together")
    coefficients = [_coefficient(x, xs) for x in xs]
    secret = bytearray(min(sizes) - 1)
    for share, factor in zip(shares, coefficients, strict=True):
        for index in range(len(secret)):
            secret[index] ^= _multiply(factor, share[index])
    return bytes(secret)


def _evaluate(polynomial: Sequence[int], x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = _multiply(value, x) ^ coefficient
    return value


def _coefficient(x: int, xs: Sequence[int]) -> int:
    """The Lagrange coefficient of the share at `x`, for interpolation at 0."""
    factor = 1
    for other in xs:
        if other != x:
            factor = _multiply(factor, _divide(other, x ^ other))
    return factor
