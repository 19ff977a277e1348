"""What the reports share: the severities in order, their counts, and the names of rules."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.model.rules import RULES
from sealkit.model.severity import Severity
from sealkit.wording import count

LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
"""The most severe first."""


def counts(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    totals = [(level, sum(finding.severity is level for finding in findings)) for level in LEVELS]
    return ", ".join(count(total, level) for level, total in totals if total) or "no findings"


def slug(rule: str) -> str:
    """The name of a rule; its id where this sealkit does not know it (a report of a later version)."""
    return RULES[rule].slug if rule in RULES else rule


def within(finding: Finding) -> str:
    """Where in an archive a finding is, for the end of a message whose location is the archive; empty for any other file."""
    return f", in {finding.within}" if finding.within else ""
