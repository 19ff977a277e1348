"""Findings as JSON, the form that programs keep (design, section 6), and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sealkit.errors import UsageError
from sealkit.model.finding import Finding, Severity

VERSION = 1


def render(findings: Sequence[Finding]) -> str:
    """`{"version": 1, "findings": […]}`; `commits` and `refs` only where there are any."""
    return json.dumps({"version": VERSION, "findings": [entry(item) for item in findings]}, indent=2) + "\n"


def entry(item: Finding) -> dict[str, Any]:
    """One finding."""
    shown: dict[str, Any] = {
        "rule": item.rule,
        "severity": item.severity.value,
        "path": item.path,
        "line": item.line,
        "end_line": item.end_line,
        "route": item.route,
        "message": item.message,
        "hint": item.hint,
        "fingerprint": item.fingerprint,
    }
    if item.commits:
        shown["commits"] = list(item.commits)
    if item.refs:
        shown["refs"] = list(item.refs)
    return shown


def read(text: str, name: str) -> list[ReportedFinding]:
    """The findings of a report. Raises UsageError for anything else."""
    try:
        body = json.loads(text)
        if body["version"] != VERSION:
            raise UsageError(f"{name}: a report of version {body['version']}, this sealkit reads {VERSION}")
        return [_finding(item) for item in body["findings"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{name}: not a report", hint="make one: sealkit scan --format json") from None


def combine(reports: Mapping[str, str]) -> list[Finding]:
    """The findings of many reports (text by name), each fingerprint once with the commits and refs of all, what a push
    publishes first. Raises UsageError."""
    found: dict[str, ReportedFinding] = {}
    for name, text in reports.items():
        for item in read(text, name):
            known = found.setdefault(item.fingerprint, item)
            if known is not item:
                object.__setattr__(known, "commits", tuple(dict.fromkeys((*known.commits, *item.commits))))
                object.__setattr__(known, "refs", tuple(dict.fromkeys((*known.refs, *item.refs))))
    return sorted(found.values(), key=lambda item: (not item.commits, item.path, item.line, item.rule, item.route))


class ReportedFinding(Finding):
    """A finding read from a report. Its fingerprint is the one that the report has."""

    __slots__ = ("_fingerprint",)
    _fingerprint: str

    @property
    def fingerprint(self) -> str:
        """As in the report."""
        return self._fingerprint


def _finding(item: dict[str, Any]) -> ReportedFinding:
    texts = {key: item[key] for key in ("rule", "path", "route", "message", "hint", "fingerprint")}
    numbers = {key: item[key] for key in ("line", "end_line")}
    if not all(isinstance(text, str) for text in texts.values()) or not all(type(n) is int for n in numbers.values()):
        raise TypeError
    fingerprint = texts.pop("fingerprint")
    finding = ReportedFinding(
        **texts, **numbers, severity=Severity(item["severity"]),
        commits=tuple(map(str, item.get("commits", ()))), refs=tuple(map(str, item.get("refs", ()))),
    )  # fmt: skip
    object.__setattr__(finding, "_fingerprint", fingerprint)
    return finding
