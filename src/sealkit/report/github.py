"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.printable import one_line
from sealkit.report.counts import slug, within

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Sequence[Finding]) -> str:
    """One command per line and finding."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    fields = {"file": one_line(finding.file), "title": f"{finding.rule} {slug(finding.rule)}"}
    if finding.line and not finding.archive:
        fields |= {"line": str(finding.line), "endLine": str(max(finding.line, finding.end_line))}
    properties = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    route = f" at {finding.route}" if finding.route else ""
    message = _data(one_line(f"{finding.message}{within(finding)}{route}; {finding.hint}"))
    return f"::{_COMMANDS[finding.severity]} {properties}::{message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
