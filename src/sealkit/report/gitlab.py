"""Findings as a GitLab Code Quality report: shown in a merge request on every tier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.printable import one_line
from sealkit.report.counts import IN_GIT, described, slug

_SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(findings: Sequence[Finding]) -> str:
    """A JSON array. A repeated fingerprint gets a number, since GitLab drops repeated ones."""
    occurrences: dict[str, int] = {}
    return json.dumps([_entry(finding, occurrences) for finding in findings], indent=2) + "\n"


def _entry(finding: Finding, occurrences: dict[str, int]) -> dict[str, Any]:
    number = occurrences[finding.fingerprint] = occurrences.get(finding.fingerprint, 0) + 1
    route = f" at {finding.route}" if finding.route else ""
    return {
        "description": one_line(f"{finding.rule}: {described(finding)}{route}; {finding.hint}"),
        "check_name": slug(finding.rule),
        "fingerprint": finding.fingerprint if number == 1 else f"{finding.fingerprint}-{number}",
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": IN_GIT if finding.object else one_line(finding.file),
            "lines": {"begin": 1 if finding.archive or finding.object else max(1, finding.line)},
        },
    }
