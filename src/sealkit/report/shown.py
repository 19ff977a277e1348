"""What every report shares: counts, order, and text from outside that cannot draw on a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealkit.model.finding import Finding, Severity
from sealkit.model.rules import RULES

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def plain(text: str) -> str:
    """One line without control and direction characters, and without bytes that are no UTF-8."""
    return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return (
        f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
    )


def counts(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    numbers = [(level, sum(item.severity is level for item in findings)) for level in LEVELS]
    shown = [f"{number} {level}{'s' if number > 1 else ''}" for level, number in numbers if number]
    return ", ".join(shown) or "no findings"


def slug(rule: str) -> str:
    """The name of a rule; its number where it has none."""
    return RULES[rule].slug if rule in RULES else rule
