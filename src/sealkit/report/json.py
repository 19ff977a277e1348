"""Findings as JSON, for programs: written, read back and combined. `docs/scan.md` describes the fields."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sealkit.errors import UsageError
from sealkit.model.finding import Finding
from sealkit.model.severity import Severity

VERSION = 1


def render(findings: Sequence[Finding]) -> str:
    """`{"version": 1, "findings": […]}`; `commits`, `refs`, `archive` and `object` only where there are any."""
    return json.dumps({"version": VERSION, "findings": [entry(finding) for finding in findings]}, indent=2) + "\n"


def entry(finding: Finding) -> dict[str, Any]:
    """One finding as a JSON object."""
    fields: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": finding.path,
        "line": finding.line,
        "end_line": finding.end_line,
        "route": finding.route,
        "message": finding.message,
        "hint": finding.hint,
        "fingerprint": finding.fingerprint,
    }
    if finding.commits:
        fields["commits"] = list(finding.commits)
    if finding.refs:
        fields["refs"] = list(finding.refs)
    if finding.archive:
        fields["archive"] = finding.archive
    if finding.object:
        fields["object"] = finding.object
    return fields


def read(text: str, name: str) -> list[ReportedFinding]:
    """The findings of a report. `name` is the report's file, for the message. Raises UsageError for anything but a report."""
    try:
        body = json.loads(text)
        if body["version"] != VERSION:
            raise UsageError(f"{name}: report version {body['version']}; this sealkit reads version {VERSION}")
        return [_finding(fields) for fields in body["findings"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UsageError(f"{name}: not a report", hint="make one: sealkit scan --format json") from None


def combine(reports: Mapping[str, str]) -> list[Finding]:
    """The findings of several reports (text by file name). What was found at one place comes once, with the commits and refs of
    all reports; findings in commits come first. Raises UsageError as `read` does."""
    combined: dict[tuple[str, str, str], ReportedFinding] = {}
    for name, text in reports.items():
        for finding in read(text, name):
            place = (finding.path, finding.route, finding.fingerprint)
            earlier = combined.get(place, finding)
            combined[place] = replace(
                earlier,
                commits=tuple(dict.fromkeys((*earlier.commits, *finding.commits))),
                refs=tuple(dict.fromkeys((*earlier.refs, *finding.refs))),
            )
    return sorted(combined.values(), key=lambda item: (not item.commits, item.path, item.line, item.rule, item.route))


@dataclass(frozen=True, slots=True)
class ReportedFinding(Finding):
    """A finding read from a report. The report has no value, so the fingerprint is the reported one."""

    reported_fingerprint: str = ""

    @property
    def fingerprint(self) -> str:
        """As in the report."""
        return self.reported_fingerprint


def _finding(fields: dict[str, Any]) -> ReportedFinding:
    texts = {key: fields[key] for key in ("rule", "path", "route", "message", "hint", "fingerprint")}
    numbers = {key: fields[key] for key in ("line", "end_line")}
    if not all(isinstance(text, str) for text in texts.values()) or not all(type(n) is int for n in numbers.values()):
        raise TypeError
    return ReportedFinding(
        reported_fingerprint=texts.pop("fingerprint"), **texts, **numbers, severity=Severity(fields["severity"]),
        commits=tuple(map(str, fields.get("commits", ()))), refs=tuple(map(str, fields.get("refs", ()))),
        archive=str(fields.get("archive", "")), object=str(fields.get("object", "")),
    )  # fmt: skip
