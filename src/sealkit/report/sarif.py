"""Findings as SARIF 2.1.0, which code hosts show beside the lines."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Sequence
from typing import Any

from sealkit import __version__
from sealkit.model.finding import Finding
from sealkit.model.rules import RULES

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(findings: Sequence[Finding]) -> str:
    """One run with the rules that are named in it."""
    names = sorted({item.rule for item in findings})
    driver = {"name": "sealkit", "version": __version__, "rules": [_rule(name) for name in names]}
    results = [_result(item, names.index(item.rule)) for item in findings]
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


def _result(item: Finding, index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(item.path)}}
    if item.line:
        place["region"] = {"startLine": item.line, "endLine": max(item.line, item.end_line)}
    location: dict[str, Any] = {"physicalLocation": place}
    if item.route:
        location["logicalLocations"] = [{"fullyQualifiedName": item.route}]
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": index,
        "level": item.severity.value,
        "message": {"text": f"{item.message}; {item.hint}"},
        "locations": [location],
        "partialFingerprints": {"sealkit/v1": item.fingerprint},
    }
    if item.commits or item.refs:
        result["properties"] = {"commits": list(item.commits), "refs": list(item.refs)}
    return result


def _uri(path: str) -> str:
    return urllib.parse.quote(path.encode("utf-8", "surrogateescape"), safe="/")
