"""The type and value of an unquoted YAML scalar, in two dialects.

sops types values as go-yaml v3 does, and its MAC depends on the type. kubectl reads YAML through a fork of go-yaml v2 and JSON,
where `yes` is a boolean and a date stays a string. PyYAML's own YAML 1.1 resolver agrees with neither (`1:30` is 90 there).
Source: go-yaml v3.0.4 resolve.go; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum

Scalar = str | int | float | bool | None
Value = Scalar | Mapping[str, "Value"] | list["Value"]
"""Anything that a YAML document can hold, as plain Python values."""

_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_TRUE = frozenset(["true", "True", "TRUE"])
_FALSE = frozenset(["false", "False", "FALSE"])
_TRUE_IN_V2 = _TRUE | {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_FALSE_IN_V2 = _FALSE | {"n", "N", "no", "No", "NO", "off", "Off", "OFF"}
_SPECIAL = {".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan} | {
    sign + word: -math.inf if sign == "-" else math.inf for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_LOOSE_UNDERSCORE = re.compile(r"(?<![0-9])_|_(?![0-9])")
_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?P<separator>[Tt]| +)(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:[.,](?P<fraction>\d+))?"
    r"(?P<zone>Z|[-+](?:[01]\d|2[0-3]):[0-5]\d)?)?\Z",
    re.ASCII,
)
_MAX_UINT64 = 2**64 - 1
_MIN_INT64 = -(2**63)


class Dialect(Enum):
    """Whose rules apply."""

    SOPS = "go-yaml v3, as sops reads a file"
    KUBERNETES = "go-yaml v2 through JSON, as kubectl reads a manifest"


class Timestamp(str):
    """A scalar that go-yaml v3 reads as a time, as text in RFC 3339, which is the form that sops hashes."""

    __slots__ = ()


def resolve(text: str, dialect: Dialect) -> Scalar:
    """The value of a plain scalar (one without quotes and tag)."""
    first = text[:1]
    if text in _NULL:
        return None
    if first.isalpha() or first not in "+-.0123456789~":
        true, false = (_TRUE, _FALSE) if dialect is Dialect.SOPS else (_TRUE_IN_V2, _FALSE_IN_V2)
        return True if text in true else False if text in false else text
    if text in _SPECIAL:
        return _SPECIAL[text]
    if dialect is Dialect.SOPS and (moment := _timestamp(text)) is not None:
        return moment
    # after a leading dot, go-yaml allows an underscore only between digits
    number = text if first == "." and _LOOSE_UNDERSCORE.search(text) else text.replace("_", "")
    if (integer := _integer(number)) is not None:
        return integer
    if _FLOAT.match(number):
        parsed = float(number)
        return text if math.isinf(parsed) else parsed
    return text


def _integer(text: str) -> int | None:
    """As Go's strconv.ParseInt with base 0; None for text that is not an integer of 64 bits."""
    sign, digits = (text[0], text[1:]) if text[:1] in {"+", "-"} else ("", text)
    if not digits or not digits[0].isdigit() or not digits.isascii():
        return None
    try:
        if digits[:2] in {"0x", "0X", "0b", "0B", "0o", "0O"}:
            value = int(digits, 0)
        elif digits[0] == "0" and len(digits) > 1:
            value = int(digits, 8)
        else:
            value = int(digits)
    except ValueError:
        return None
    value = -value if sign == "-" else value
    return value if _MIN_INT64 <= value <= _MAX_UINT64 else None


def _timestamp(text: str) -> Timestamp | None:
    """A time in one of the layouts of go-yaml v3: a date; date and time with `T` and a zone, or with a space and no zone."""
    match = _DATE.match(text)
    if match is None or (
        match["separator"] is not None and match["separator"].isspace() is not (match["zone"] is None)
    ):
        return None
    year, month, day, hour, minute, second = (
        int(match[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    try:
        date(year or 2000, month, day)  # year 0 does not exist in Python; in Go it is a leap year
    except ValueError:
        return None
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    zone = "Z" if match["zone"] in {None, "+00:00", "-00:00"} else match["zone"]
    stamp = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return Timestamp(stamp + (f".{fraction}" if fraction else "") + zone)
