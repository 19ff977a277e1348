"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.printable import one_line
from sealkit.report.counts import described, slug

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Sequence[Finding]) -> str:
    """One command per line and finding. What is no file has an annotation without one."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _command(finding: Finding) -> str:
    fields = {} if finding.object else {"file": one_line(finding.file)}
    fields["title"] = f"{finding.rule} {slug(finding.rule)}"
    if finding.line and not finding.archive and not finding.object:
        fields |= {"line": str(finding.line), "endLine": str(max(finding.line, finding.end_line))}
    properties = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    route = f" at {finding.route}" if finding.route else ""
    message = _data(one_line(f"{described(finding)}{route}; {finding.hint}"))
    return f"::{_COMMANDS[finding.severity]} {properties}::{message}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
