"""Findings as SARIF 2.1.0, which code hosts show next to the lines."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

from sealkit import __version__
from sealkit.model.finding import Finding
from sealkit.model.rules import RULES
from sealkit.printable import one_line
from sealkit.report import counts
from sealkit.report.counts import IN_GIT

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(findings: Sequence[Finding]) -> str:
    """One run, with the rules of its findings."""
    names = sorted({finding.rule for finding in findings})
    driver = {"name": "sealkit", "version": __version__, "rules": [_rule(name) for name in names]}
    results = [_result(finding, names.index(finding.rule)) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": rule.id,
        "name": rule.slug,
        "shortDescription": {"text": rule.title},
        "help": {"text": f"{rule.hint}; more: sealkit rule {rule.id}"},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"tags": ["security"]},
    }


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": f"{counts.described(finding)}; {finding.hint}"},
        "locations": [_location(finding)],
        "partialFingerprints": {"sealkit/v2": finding.fingerprint},
    }
    if finding.commits or finding.refs:
        result["properties"] = {"commits": list(finding.commits), "refs": list(finding.refs)}
    return result


def _location(finding: Finding) -> dict[str, Any]:
    """A file with its lines; of what is no file the name, with the folder of git as its place: GitHub refuses a report in which a
    result has no artifact location."""
    if finding.object:
        logical = {"fullyQualifiedName": one_line(finding.path), "kind": finding.object}
        return {"physicalLocation": {"artifactLocation": {"uri": IN_GIT}}, "logicalLocations": [logical]}
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line and not finding.archive:
        physical["region"] = {"startLine": finding.line, "endLine": max(finding.line, finding.end_line)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if finding.route:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.route}]
    return location


def _uri(path: str) -> str:
    return urllib.parse.quote(path.encode("utf-8", "surrogateescape"), safe="/")
