"""A report that stays readable: of one file and rule the first findings, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sealkit.model.finding import Finding
from sealkit.report.counts import LEVELS

FIRST = 20
"""So many findings of one rule in one file are shown."""


def limited(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in their order. Of those of one rule in one file (an archive is one file) that are more than `FIRST`, the rest
    is one finding, as severe as its worst, that says how many they are."""
    seen: dict[tuple[str, str, bool], list[Finding]] = {}
    shown: list[Finding | tuple[str, str, bool]] = []
    for finding in findings:
        key = (finding.file, finding.rule, bool(finding.commits))
        alike = seen.setdefault(key, [])
        alike.append(finding)
        if len(alike) <= FIRST:
            shown.append(finding)
        elif len(alike) == FIRST + 1:
            shown.append(key)
    return [item if isinstance(item, Finding) else _rest(seen[item][FIRST:]) for item in shown]


def _rest(findings: Sequence[Finding]) -> Finding:
    """One finding for many. A single one stays itself."""
    first = findings[0]
    if len(findings) == 1:
        return first
    worst = min((finding.severity for finding in findings), key=LEVELS.index)
    more = f"and {len(findings):,} more of this rule in this file, down to line {findings[-1].line}"
    return replace(first, severity=worst, message=more, route="", end_line=first.line)
