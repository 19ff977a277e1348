"""Findings as workflow commands of GitHub Actions: annotations on the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.model.finding import Finding, Severity
from sealkit.printable import one_line
from sealkit.report.counts import slug

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: Sequence[Finding]) -> str:
    """One command per line."""
    return "".join(f"{_command(item)}\n" for item in findings)


def _command(item: Finding) -> str:
    fields = {"file": one_line(item.path), "title": f"{item.rule} {slug(item.rule)}"}
    if item.line:
        fields |= {"line": str(item.line), "endLine": str(max(item.line, item.end_line))}
    shown = ",".join(f"{key}={_property(value)}" for key, value in fields.items())
    route = f" at {item.route}" if item.route else ""
    return f"::{_COMMANDS[item.severity]} {shown}::{_data(one_line(f'{item.message}{route}; {item.hint}'))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
