r"""Escapes within a word: `\u0067` and `\/` of JSON, `\x67` and `\147` of shells, `%67` of URLs, `&#103;` of HTML.

A letter or digit never has to be escaped, so whoever does so hides it, or a program writes every character that way.
"""

from __future__ import annotations

import re
from functools import cache

_LETTER = "(?:2[dD]|3[0-9]|[46][1-9a-fA-F]|5[0-9aAfF]|7[0-9aA])"
"""A letter, a digit, `-` or `_` as two hex digits."""
PATTERNS = (
    (rf"\\u00{_LETTER}", rb"\u00"),
    (rf"\\x{_LETTER}", rb"\x"),
    (r"%(?:2D|3[0-9]|[46][1-9A-F]|5[0-9AF]|7[0-9A])", b"%"),
    (r"\\1[0-7]{2}", rb"\1"),
    (rf"&#(?:x{_LETTER}|4[589]|5[0-7]|6[5-9]|[78][0-9]|9[0578-9]|1[01][0-9]|12[0-2]);", b"&#"),
)
"""What the prefilter looks for, and a literal of each. Lower-case `%4d` is a format of printf."""
_REACH = 4096
"""How far a word is followed to both sides."""
_BREAKS = {b"n": b"\n", b"r": b"", b"t": b"\t"}


@cache
def _at() -> re.Pattern[bytes]:
    return re.compile("|".join(f"(?:{regex})" for regex, _ in PATTERNS).encode() + rb"\Z")


@cache
def _any() -> re.Pattern[bytes]:
    return re.compile(
        rb"\\{1,4}u00([0-9A-Fa-f]{2})|\\{1,2}x([0-9A-Fa-f]{2})|%([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{2});"
        rb"|\\([01][0-7]{2})|&#([0-9]{2,3});|\\([\"'\\/nrt])"
    )


@cache
def _word() -> re.Pattern[bytes]:
    return re.compile(rb"[^\s\"'`<>,{}()\[\]]*")


def run_at(data: bytes, at: int) -> tuple[int, int] | None:
    """The span of the word around an escape of a letter that ends at `at`; None where no such escape ends there."""
    low = max(0, at - 12)
    if not _at().search(data[low:at]):
        return None
    before = _word().match(data[max(0, at - _REACH) : at][::-1])
    after = _word().match(data, at, at + _REACH)
    return at - (before.end() if before else 0), after.end() if after else at


def plain(text: bytes) -> bytes:
    """The text without its escapes."""
    return _any().sub(_one, text)


def _one(found: re.Match[bytes]) -> bytes:
    digits = found[1] or found[2] or found[3] or found[4]
    if digits:
        return bytes([int(digits, 16)])
    if found[5] or found[6]:
        return bytes([int(found[5], 8) if found[5] else min(int(found[6]), 255)])
    return _BREAKS.get(found[7], found[7])
