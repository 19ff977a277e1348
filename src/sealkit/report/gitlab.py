"""Findings as a GitLab Code Quality report: shown in a merge request on every tier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sealkit.model.finding import Finding, Severity
from sealkit.printable import one_line
from sealkit.report.counts import slug

_SEVERITIES = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(findings: Sequence[Finding]) -> str:
    """A JSON array. A fingerprint that stands several times gets a number: GitLab drops repeated ones."""
    seen: dict[str, int] = {}
    return json.dumps([_entry(item, seen) for item in findings], indent=2) + "\n"


def _entry(item: Finding, seen: dict[str, int]) -> dict[str, Any]:
    number = seen[item.fingerprint] = seen.get(item.fingerprint, 0) + 1
    route = f" at {item.route}" if item.route else ""
    return {
        "description": one_line(f"{item.rule}: {item.message}{route}; {item.hint}"),
        "check_name": slug(item.rule),
        "fingerprint": item.fingerprint if number == 1 else f"{item.fingerprint}-{number}",
        "severity": _SEVERITIES[item.severity],
        "location": {"path": one_line(item.path), "lines": {"begin": max(1, item.line)}},
    }
