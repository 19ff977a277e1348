"""What an unquoted YAML scalar means.

Two readings, both needed: SOPS types leaves as go-yaml v3 does (its MAC depends on it), and kubectl reads manifests through
a go-yaml v2 fork and JSON, where `yes` is a boolean and a date stays a string. PyYAML's own YAML 1.1 resolver agrees with
neither (`1:30` is 90 there).
Source: go-yaml v3.0.4 resolve.go; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

Scalar = str | int | float | bool | None

_NULL = frozenset(["", "~", "null", "Null", "NULL"])
_TRUE = frozenset(["true", "True", "TRUE"])
_FALSE = frozenset(["false", "False", "FALSE"])
_V2_TRUE = _TRUE | {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}
_V2_FALSE = _FALSE | {"n", "N", "no", "No", "NO", "off", "Off", "OFF"}
_SPECIAL = {".nan": math.nan, ".NaN": math.nan, ".NAN": math.nan} | {
    sign + word: -math.inf if sign == "-" else math.inf for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_DATE = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:(?:[Tt]|[ \t]+)(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?"
    r"[ \t]*(?P<zone>Z|[-+]\d{1,2}(?::?\d{2})?)?)?\Z"
)
_MAX_UINT64 = 2**64 - 1
_MIN_INT64 = -(2**63)


class Dialect(Enum):
    """Which reader's rules apply."""

    SOPS = "go-yaml v3, as sops reads a file"
    KUBERNETES = "go-yaml v2 through JSON, as kubectl reads a manifest"


class Timestamp(str):
    """A leaf that go-yaml v3 reads as a time: its text in RFC 3339, which is what SOPS hashes."""

    __slots__ = ()


def resolve(text: str, dialect: Dialect) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar."""
    first = text[:1]
    if text in _NULL:
        return None
    if first.isalpha() or first not in "+-.0123456789~":
        true, false = (_TRUE, _FALSE) if dialect is Dialect.SOPS else (_V2_TRUE, _V2_FALSE)
        return True if text in true else False if text in false else text
    if text in _SPECIAL:
        return _SPECIAL[text]
    if dialect is Dialect.SOPS and (moment := _timestamp(text)) is not None:
        return moment
    number = text.replace("_", "")
    if (integer := _integer(number)) is not None:
        return integer
    if _FLOAT.match(number):
        parsed = float(number)
        return text if math.isinf(parsed) else parsed
    return text


def _integer(text: str) -> int | None:
    """Go's strconv.ParseInt(base 0), within what 64 bits hold; else None."""
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
    found = _DATE.match(text)
    if found is None:
        return None
    if found["hour"] is None and len(text) > 10:  # go's date-only layout is 2006-1-2
        return None
    zone = found["zone"]
    if zone in {None, "Z"}:
        offset = UTC
    else:
        hours, minutes = int(zone[1:3].rstrip(":")), int(zone[-2:]) if len(zone) > 3 else 0
        offset = timezone((-1 if zone[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    try:
        moment = datetime(
            int(found["year"]), int(found["month"]), int(found["day"]),
            int(found["hour"] or 0), int(found["minute"] or 0), int(found["second"] or 0), tzinfo=offset,
        )  # fmt: skip
    except ValueError:
        return None
    fraction = (found["fraction"] or "").rstrip("0")
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "")
    shift = moment.strftime("%z")
    return Timestamp(stamp + ("Z" if shift == "+0000" else f"{shift[:3]}:{shift[3:]}"))
