"""Large and hostile files: a scan takes time in proportion to what it reads, little memory, and says what it leaves out."""

from __future__ import annotations

import dataclasses
import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from sealkit.model.rules import finding
from sealkit.model.severity import Severity
from sealkit.report import formats
from sealkit.report.limits import FIRST, limited
from sealkit.scan import line_verdicts
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.raw_finding import Raw, distinct

BENCH = Path(__file__).parents[2] / "bench/bench_bounds.py"
SECONDS, MIB = 2 * 4, 200
"""Four times what is promised, for a machine that does other work too."""


@pytest.mark.parametrize(
    ("name", "count"),
    [("yaml", 4000), ("env", 4000), ("json on one line", 4000), ("tokens in base64", 4000),
     ("gzip of one line again and again", 20_000), ("zip of files", 20_000), ("comments", 200_000), ("comments that differ", 200_000),
     ("weak passwords in comments", 200_000)],
)  # fmt: skip
def test_bounds_of_time_and_memory(name: str, count: int) -> None:
    done = subprocess.run([sys.executable, BENCH, name, str(count)], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    assert float(seconds) < SECONDS
    assert int(peak) < MIB


@pytest.mark.parametrize("row", ["# key{n}=value{n}\n", "password{n}: hunter{n}\n"])
def test_a_file_with_too_many_names_says_from_where_on_it_was_not_judged(
    row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_verdicts, "MOST_LINES", 50)
    monkeypatch.setattr(line_verdicts, "MOST_CANDIDATES", 40)
    rows = [row.format(n=n) for n in range(200)]
    token, password = "gh" + f"p_{secrets.token_hex(18)}", f"db_password: {secrets.token_urlsafe(18)}\n"
    found = scan_blob("a.yaml", "".join([password, *rows, password, f"# {token}\n"]).encode(), Context())
    unread = [item for item in found if item.rule == "SK901"]
    assert len(unread) == 1
    line = 51 if row.startswith("#") else 41
    assert f"from line {line} on they were not judged" in unread[0].message
    lines = [item.line for item in found if item.rule != "SK901"]
    assert lines[0] == 1, "what stands above is judged as ever"
    assert 202 not in lines
    assert (lines[-1] == 203) is row.startswith("#"), "a token is found below, unless there are too many findings"


def test_a_line_again_and_again_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_verdicts, "MOST_LINES", 50)
    assert scan_blob("a.yaml", b"# key=value\n" * 500, Context()) == []


def test_a_report_says_how_many_more_there_are() -> None:
    many = [finding("SK210", ".env", line) for line in range(1, 4001)]
    shown = limited([*many, finding("SK204", ".env", 9), finding("SK210", "b.env", 1)])
    assert len(shown) == FIRST + 1 + 2
    assert shown[FIRST].message == "and 3,980 more of this rule in this file, down to line 4000"
    assert shown[FIRST].severity is Severity.ERROR
    for name in formats.NAMES:
        assert "3,980 more" in formats.render(many, name), name
    body = json.loads(formats.render(many, "json"))["findings"]
    assert (len(body), body[-1]["rule"]) == (FIRST + 1, "SK210")
    assert limited(many[: FIRST + 1]) == many[: FIRST + 1]


def test_what_is_left_out_is_as_severe_as_its_worst() -> None:
    many = [dataclasses.replace(finding("SK210", "a", line), severity=Severity.NOTE) for line in range(1, 40)]
    many[30] = dataclasses.replace(many[30], severity=Severity.ERROR)
    assert limited(many)[-1].severity is Severity.ERROR


def test_the_members_of_an_archive_are_one_file() -> None:
    many = [dataclasses.replace(finding("SK210", f"x.zip!{nth}", 1), archive="x.zip") for nth in range(100)]
    assert len(limited(many)) == FIRST + 1


def test_distinct_keeps_the_first_of_those_that_hold_each_other() -> None:
    """Against the plain definition, on values that are parts of each other, with and without routes, on few lines."""
    import random

    def holds(one: Raw, other: Raw) -> bool:
        if not one.line <= other.line <= one.end_line or (one.route and other.route and one.route != other.route):
            return False
        return other.value in one.value or (one.value in other.value and len(one.value) > 3)

    rng = random.Random(1)
    for _ in range(60):
        text = "".join(rng.choice("abcde") for _ in range(60))
        found = []
        for _ in range(80):
            at, line = rng.randrange(50), rng.randrange(1, 4)
            value = text[at : at + rng.randrange(1, 12)]
            found.append(Raw("SK210", line, line + rng.randrange(2), value, rng.choice(("", ".a", ".b"))))
        kept: list[Raw] = []
        for raw in found:
            if not any(holds(other, raw) for other in kept):
                kept.append(raw)
        assert sorted(map(repr, distinct(found))) == sorted(map(repr, kept))
        assert {(raw.line, raw.value) for raw in distinct(found)} == {(raw.line, raw.value) for raw in kept}
