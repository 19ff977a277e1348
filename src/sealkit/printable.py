"""Text from outside (files, git, servers) made safe to print: without control and direction characters."""

from __future__ import annotations

import re
from functools import cache

MASK = "***"
"""The text that is shown for a secret value."""
_UNSAFE = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"


def printable(text: str) -> str:
    """The text with control characters, direction characters and undecodable bytes as escapes (`\\x1b`, `\\u202e`). Line feeds
    and tabs stay."""
    return text if text.isprintable() else _pattern("").sub(_escaped, text)


def one_line(text: str) -> str:
    """`printable` text on one line: line feeds and tabs become escapes, too."""
    return text if text.isprintable() else _pattern("\t\n").sub(_escaped, text)


def sentence(text: str) -> str:
    """A message of another program in the form of ours: one line, a lower-case start, no full stop."""
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line


@cache
def _pattern(more: str) -> re.Pattern[str]:
    """Compiled when first needed: a set of characters beyond ASCII takes a millisecond (measured)."""
    return re.compile(f"[{_UNSAFE}{more}]")


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, decoded with surrogateescape
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
