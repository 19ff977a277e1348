"""A plan as text and JSON, and durations."""

from __future__ import annotations

import json

import pytest

from sealkit.cli import options
from sealkit.errors import UsageError
from sealkit.model.objects import ObjectRef
from sealkit.model.plan import FieldChange, ObjectChange, Plan, Verb
from sealkit.report import plan as report

PLAN = Plan(
    "home",
    "admin@home",
    "https://home:6443",
    [
        ObjectChange(
            Verb.CREATE, ObjectRef("", "Namespace", "", "shop"), (FieldChange(".metadata.labels.a", None, "b"),)
        ),
        ObjectChange(
            Verb.UPDATE,
            ObjectRef("", "ConfigMap", "shop", "conf"),
            (
                FieldChange(".data.token", "***", "***"),
                FieldChange(".data.level", "info", "debug"),
                FieldChange(".data.old", "x", None),
                FieldChange('.data["a.ini"]', "one\ntwo\nthree\nfour\n", "one\ntwo\nTHREE\nfour\n"),
                FieldChange('.data["b.ini"]', None, "one\ntwo\n"),
            ),
            conflicts=(".data.level (hand)",),
            note="made with kubectl apply",
        ),
        ObjectChange(Verb.UNCHANGED, ObjectRef("", "Secret", "shop", "db")),
    ],
    ["no longer in the repository"],
)


def test_text() -> None:
    assert (
        report.text(PLAN)
        == """\
target home, context admin@home (https://home:6443)
+ Namespace shop
~ ConfigMap shop/conf
    ~ .data.token     *** (changed)
    ~ .data.level     info -> debug
    - .data.old       x
    ~ .data["a.ini"]
      | @@ -2,3 +2,3 @@
      |  two
      | -three
      | +THREE
      |  four
    + .data["b.ini"]  one … (2 lines)
    ! held by another manager: .data.level (hand)
    (made with kubectl apply)
1 to create, 1 to change, 1 unchanged
"""
    )
    assert "    + .metadata.labels.a  b\n" in report.text(PLAN, full=True)


def test_json() -> None:
    body = json.loads(report.as_json(PLAN))
    assert body["version"] == 1
    assert body["warnings"] == ["no longer in the repository"]
    fields = body["changes"][1]["fields"]
    assert fields[0] == {"route": ".data.token", "old": "***", "new": "***", "sealed_changed": True}
    assert fields[2] == {"route": ".data.old", "old": "x", "new": None}
    assert body["changes"][1]["conflicts"] == [".data.level (hand)"]
    assert body["changes"][2] == {
        "verb": "unchanged",
        "object": {"group": "", "kind": "Secret", "namespace": "shop", "name": "db"},
        "fields": [],
        "conflicts": [],
        "note": "",
    }


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90), ("5m", 300), ("1h30m", 5400), ("1.5s", 1.5), ("500ms", 0.5)]
)
def test_durations(text: str, expected: float) -> None:
    assert options.seconds(text) == expected


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "-5m", "5m!", "1d"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError):
        options.seconds(text)
