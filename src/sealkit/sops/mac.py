"""The MAC of a SOPS file: SHA-512 over the text forms of its leaves, in document order, with nothing between them.

Keys, comments, nulls and empty containers are not in it, nor where one leaf ends and the next begins: that is what the
ledger is for. Source: sops 3.11 to 3.13 `Tree.Encrypt`, `ToBytes`; checked against the real program.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from sealkit.errors import SealkitError
from sealkit.yamlspan.scalars import Scalar

_ONLY_ENCRYPTED = hashlib.sha256(b"sops").digest()
"""What the hash starts with under `mac_only_encrypted`, so that the two modes never agree."""


def text_form(value: Scalar) -> str:
    """A leaf as sops encrypts and hashes it: `True`, `1` for 1.0, no exponents, RFC 3339 times, text as it is."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        return _float(value)
    return "" if value is None else str(value)


def to_bytes(value: Scalar) -> bytes:
    """`text_form` as bytes; what was not UTF-8 in a binary file comes back as it was.

    Raises SealkitError for half of a surrogate pair, which no UTF-8 text can hold.
    """
    try:
        return text_form(value).encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise SealkitError("half of a surrogate pair, which is no text", hint="write the whole character") from None


def compute(leaves: Iterable[Scalar], *, only_encrypted: bool = False) -> str:
    """The MAC of these leaves: 128 upper-case hex digits. The caller leaves out what is not hashed (comments; open leaves
    where `only_encrypted`)."""
    hashed = hashlib.sha512(_ONLY_ENCRYPTED if only_encrypted else b"")
    hashed.update(b"".join(map(to_bytes, leaves)))
    return hashed.hexdigest().upper()


def _float(value: float) -> str:
    """Go's `strconv.FormatFloat(value, 'f', -1, 64)`: the shortest digits that read back, without an exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text.removesuffix(".0")
