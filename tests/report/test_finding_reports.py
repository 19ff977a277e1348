"""The formats of a report: what stands in each, and that text from outside cannot break out of any of them."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from html.parser import HTMLParser

import pytest

from sealkit.errors import UsageError
from sealkit.model.finding import Finding, FoundValue
from sealkit.model.rules import finding
from sealkit.model.severity import Severity
from sealkit.report import csv as as_csv
from sealkit.report import formats, github, gitlab, html, sarif, text
from sealkit.report import json as as_json

ODD = 'a,b "c"\n<script>=1\x1b[31m\u202e\udcff%0A::error::.yaml'
ONE = finding("SK201", "public/db.yaml", 7, ".stringData.password", value=FoundValue("x", "password"), end_line=9)
TWO = finding("SK211", ODD, 3, hint="do <b>this</b>")
THREE = dataclasses.replace(finding("SK901", "blob 12", 0), commits=("c1", "c2", "c3", "c4"), refs=("refs/heads/main",))
ALL = [ONE, TWO, THREE]


def test_json_has_the_fields_of_the_design_and_reads_back() -> None:
    body = json.loads(as_json.render(ALL))
    assert body["version"] == 1
    assert list(body["findings"][0]) == [
        "rule",
        "severity",
        "path",
        "line",
        "end_line",
        "route",
        "message",
        "hint",
        "fingerprint",
    ]
    assert body["findings"][2]["commits"] == ["c1", "c2", "c3", "c4"]
    back = as_json.read(as_json.render(ALL), "x")
    assert [item.fingerprint for item in back] == [item.fingerprint for item in ALL]
    assert as_json.render(back) == as_json.render(ALL)


@pytest.mark.parametrize(
    "bad",
    ["", "{}", "[]", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{}]}', "[" * 9999],
)  # fmt: skip
def test_what_is_no_report_is_refused(bad: str) -> None:
    with pytest.raises(UsageError):
        as_json.read(bad, "x")


def test_text() -> None:
    shown = text.render(ALL)
    assert shown.startswith(
        "public/db.yaml:7: error SK201: a Secret holds a plain value\n    at .stringData.password\n"
    )
    assert f"fingerprint: {ONE.fingerprint}" in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert text.render([]) == ""
    audit = text.render(ALL, history=True)
    assert (
        audit.index("In commits") < audit.index("blob 12") < audit.index("On no branch") < audit.index("public/db.yaml")
    )
    assert "commit c1, c2, c3 and 1 more" in audit


def test_sarif_holds_the_same_places() -> None:
    run = json.loads(sarif.render(ALL))["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["SK201", "SK211", "SK901"]
    first, second, third = run["results"]
    assert rules[first["ruleIndex"]] == first["ruleId"] == "SK201"
    assert first["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "endLine": 9}
    assert first["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": ".stringData.password"}]
    assert second["level"] == "warning"
    assert "%0A" in second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert "region" not in third["locations"][0]["physicalLocation"]
    assert third["properties"]["refs"] == ["refs/heads/main"]


def test_github_annotations_are_one_line_each() -> None:
    rows = github.render(ALL).splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("::error file=public/db.yaml,title=SK201 plain-secret,line=7,endLine=9::")
    assert all(row.count("::") == 2 for row in rows)


def test_gitlab_fingerprints_are_unique() -> None:
    entries = json.loads(gitlab.render([ONE, ONE, TWO]))
    assert len({entry["fingerprint"] for entry in entries}) == 3
    assert entries[0]["location"] == {"path": "public/db.yaml", "lines": {"begin": 7}}
    assert entries[0]["severity"] == "blocker"


def test_csv_reads_back_and_starts_no_formula() -> None:
    evil = finding("SK201", "=cmd()|x.yaml", 1)
    rows = list(csv.DictReader(io.StringIO(as_csv.render([ONE, evil, THREE]))))
    assert rows[0]["path"] == "public/db.yaml"
    assert rows[1]["path"] == "'=cmd()|x.yaml"
    assert rows[2]["commits"] == "c1 c2 c3 c4"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in attrs)


def test_html_has_no_script_and_loads_nothing() -> None:
    page = html.render(ALL)
    tags = _Tags()
    tags.feed(page)
    assert not tags.seen & {"script", "img", "link", "b", "iframe"}
    assert page.index("SK201") < page.index("SK211")
    page.encode()


@pytest.mark.parametrize("name", formats.NAMES)
@pytest.mark.parametrize("found", [[], ALL])
def test_every_format_is_utf8_and_stable(name: str, found: list[Finding]) -> None:
    shown = formats.render(found, name)
    shown.encode()
    assert shown == formats.render(list(found), name)
    if found:
        assert all(item.rule in shown for item in found)
    assert "\x1b" not in shown


def test_every_rule_is_well_formed() -> None:
    from sealkit.model.rules import RULES

    slugs = [rule.slug for rule in RULES.values()]
    assert len(set(slugs)) == len(slugs)
    for rule in RULES.values():
        assert rule.severity in set(Severity)
        assert not rule.title.endswith(".")
        assert rule.title[0].islower() or rule.title.startswith(("HTTP", "JSON"))
