"""What every report shares: counts, order and the names of rules."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding, Severity
from sealkit.model.rules import RULES

LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def counts(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    numbers = [(level, sum(item.severity is level for item in findings)) for level in LEVELS]
    shown = [f"{number} {level}{'s' if number > 1 else ''}" for level, number in numbers if number]
    return ", ".join(shown) or "no findings"


def slug(rule: str) -> str:
    """The name of a rule; its number where it has none."""
    return RULES[rule].slug if rule in RULES else rule
