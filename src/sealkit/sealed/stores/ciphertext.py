"""The one grammar of a sealed value, and which types may stand where. What is not in it is refused, whatever it is.

`sops` writes `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]` with whole base64, a tag of 16 bytes and one of six types. It reads
more: its pattern has no end, a part of the data may stand in the tag, and a type that does not fit the place changes the MAC,
the value or the kind of the value from one version to the next (3.11 crashes on `bytes`). Source: sops `aes/cipher.go`.
"""

from __future__ import annotations

import re

from sealkit.yamlspan.scalars import Scalar

START = "ENC[AES256_GCM,"
VALUE_TYPES = frozenset(["str", "int", "float", "bool", "time"])
"""The types of a leaf."""
COMMENT_TYPES = frozenset(["comment"])
"""The type of a comment, also of one that sops wrote as an item of a list."""
TEXT_TYPES = frozenset(["str"])
"""The type of a MAC, and of the value of a binary file."""

_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_WHOLE = (
    rf"ENC\[AES256_GCM,data:(?P<data>(?!,){_BASE64}),iv:(?P<iv>(?!,){_BASE64}),tag:(?P<tag>[A-Za-z0-9+/]{{22}}==),"
    rf"type:(?P<type>{'|'.join(sorted(VALUE_TYPES | COMMENT_TYPES))})\]\Z"
)


def whole(value: Scalar) -> re.Match[str] | None:
    """The parts `data`, `iv`, `tag` (base64) and `type` of a sealed value; None for anything else."""
    return re.match(_WHOLE, value) if isinstance(value, str) and value.startswith(START) else None


def starts_sealed(value: Scalar) -> bool:
    """Whether a value starts as a sealed one."""
    return isinstance(value, str) and value.startswith(START)


def allowed(file_format: str, *, comment: bool) -> frozenset[str]:
    """The types that an item of a file of this format may have."""
    if comment:
        return COMMENT_TYPES
    return TEXT_TYPES if file_format == "binary" else VALUE_TYPES
