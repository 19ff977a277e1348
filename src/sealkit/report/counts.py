"""What the reports share: the severities in order, their counts, and the names of rules."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.model.rules import RULES
from sealkit.model.severity import Severity
from sealkit.wording import count

LEVELS = (Severity.ERROR, Severity.WARNING, Severity.NOTE)
"""The most severe first."""

IN_GIT = ".git"
"""The path that stands for what is no file, in formats that demand one."""


def counts(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`, or `no findings`."""
    totals = [(level, sum(finding.severity is level for finding in findings)) for level in LEVELS]
    return ", ".join(count(total, level) for level, total in totals if total) or "no findings"


def slug(rule: str) -> str:
    """The name of a rule; its id where this sealkit does not know it (a report of a later version)."""
    return RULES[rule].slug if rule in RULES else rule


def described(finding: Finding) -> str:
    """The message, with what the location of a report does not say: the place in an archive, or what is no file."""
    if finding.object:
        return f"{finding.message} ({finding.place})"
    return f"{finding.message}, in {finding.within}" if finding.within else finding.message
