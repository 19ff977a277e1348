"""The MAC of a SOPS file: SHA-512 over the text forms of its values, in document order and without separators.

It does not cover keys, comments, nulls, empty mappings and lists, nor the boundaries between values; the ledger does.
Source: sops 3.11 to 3.13 `Tree.Encrypt`, `ToBytes`; tested against the real program.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from sealkit.errors import SealkitError
from sealkit.yamlspan.scalars import Scalar

_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()
"""The first input of the hash under `mac_only_encrypted`, so that the MACs of the two modes differ."""


def text_form(value: Scalar) -> str:
    """A value as sops encrypts and hashes it: `True`, `1` for 1.0, no exponents, RFC 3339 times, text unchanged."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return _float(value)
    return "" if value is None else str(value)


def to_bytes(value: Scalar) -> bytes:
    """`text_form` as bytes. Bytes of a binary file that are not UTF-8 are preserved.

    Raises SealkitError for an unpaired surrogate, which UTF-8 cannot encode.
    """
    try:
        return text_form(value).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise SealkitError(
            "an unpaired surrogate, which UTF-8 cannot encode", hint="write the complete character"
        ) from None


def compute(leaves: Iterable[Scalar], *, only_encrypted: bool = False) -> str:
    """The MAC of these values: 128 upper-case hex digits.

    The caller leaves out what is not hashed: comments, and with `only_encrypted` the values in plain text.
    """
    hashed = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")
    hashed.update(b"".join(map(to_bytes, leaves)))
    return hashed.hexdigest().upper()


def _float(value: float) -> str:
    """Go's `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits that parse to the same number, without exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text.removesuffix(".0")
