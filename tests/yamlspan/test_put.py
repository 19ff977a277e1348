"""Structural edits: a value that is put is read back, a removed one is gone, and all other text is unchanged."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.errors import UsageError
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.put import put, remove
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

BLOCK = """\
# head
db:
  # the password
  password: one  # keep
  port: 5432
list:
  - a: 1
    b: 2
  - plain
  - |
    text
    more
empty:
flow: {x: 1, y: [1, 2]}
# tail
"""


def tree(text: str) -> object:
    return parse(text, "a.yaml")[0].tree(Dialect.SOPS)


@pytest.mark.parametrize(
    ("route", "value"),
    [
        (".db.password", "two words"), (".db.password", "lines\nof text\n"), (".db.new", 7), (".db.deep.er", "x: y"),
        (".other.one", True), (".list[0].b", None), (".list[0].c", "z"), (".list[1]", "changed"), (".list[3]", "added"),
        (".list[2]", "short"), (".flow.x", "a,b"), (".flow.z", 3), (".flow.y[2]", 3), (".empty.a.b", "v"), (".top", "t"),
    ],
)  # fmt: skip
def test_put_reads_back_and_leaves_the_rest(route: str, value: object) -> None:
    where = Route.parse(route)
    after = put(BLOCK, "a.yaml", where, value)  # type: ignore[arg-type]
    wanted = tree(BLOCK)
    at = wanted
    for step in where.steps[:-1]:
        if isinstance(at, dict) and at.get(step) is None:
            at[step] = {}
        at = at[step]  # type: ignore[index]
    if isinstance(at, list) and where.steps[-1] == len(at):
        at.append(value)
    else:
        at[where.steps[-1]] = value  # type: ignore[index]
    assert tree(after) == wanted
    for comment in ("# head", "# the password", "# keep", "# tail"):
        assert comment in after


@pytest.mark.parametrize(
    "route",
    [".db.password", ".db.port", ".db", ".list[0].a", ".list[0].b", ".list[0]", ".list[1]", ".list[2]", ".flow.x",
     ".flow.y", ".flow.y[0]", ".flow.y[1]", ".empty", ".list", ".flow"],
)  # fmt: skip
def test_remove_takes_out_only_that(route: str) -> None:
    where = Route.parse(route)
    wanted = tree(BLOCK)
    at = wanted
    for step in where.steps[:-1]:
        at = at[step]  # type: ignore[index]
    del at[where.steps[-1]]  # type: ignore[attr-defined]
    assert tree(remove(BLOCK, "a.yaml", where)) == wanted


def test_what_becomes_empty_stays_empty() -> None:
    assert remove("a:\n  b: 1\nc: 2\n", "a.yaml", Route.parse(".a.b")) == "a: {}\nc: 2\n"
    assert remove("a:\n  - 1\nc: 2\n", "a.yaml", Route.parse(".a[0]")) == "a: []\nc: 2\n"
    assert remove("a: 1\n", "a.yaml", Route.parse(".a")) == "{}\n"
    assert remove("- a: 1\n- b\n", "a.yaml", Route.parse("[0].a")) == "- {}\n- b\n"


def test_json_stays_json() -> None:
    text = '{\n\t"a": {\n\t\t"b": "one"\n\t},\n\t"list": []\n}\n'
    for route, value in ((".a.c", "two"), (".new", 'q"'), (".list[0]", 1), (".a.b", False), (".x.y", None)):
        text = put(text, "a.json", Route.parse(route), value)
    assert json.loads(text) == {"a": {"b": False, "c": "two"}, "list": [1], "new": 'q"', "x": {"y": None}}
    text = remove(remove(text, "a.json", Route.parse(".a")), "a.json", Route.parse(".x.y"))
    assert json.loads(text) == {"list": [1], "new": 'q"', "x": {}}


def test_another_document_of_the_stream() -> None:
    after = put("a: 1\n---\na: 2\n", "a.yaml", Route.parse(".a"), 3, document=1)
    assert [*yaml.safe_load_all(after)] == [{"a": 1}, {"a": 3}]


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("m:\n  a: |+\n    x\n\n\nz: 1\n", ".m.b"),
        ("m:\n  a: |-2\n      x\n\n\nz: 1\n", ".m.b"),
        ("m:\n  a: | # +\n    x\n\n\nz: 1\n", ".m.b"),
        ("k: &a |\n  x\nl: [*a]\n", ".l[1]"),
        ("k: &a |\n  x\nl:\n  - *a\nz: 1\n", ".l[1]"),
    ],
)
def test_what_is_put_behind_a_block_scalar_leaves_it_whole(text: str, route: str) -> None:
    where = Route.parse(route)
    after = put(text, "a.yaml", where, "v")
    assert yaml.safe_load(remove(after, "a.yaml", where)) == yaml.safe_load(text)
    assert tree(remove(after, "a.yaml", where)) == tree(text)


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("a: {b: 1}\n", ".a"),
        ("a: 1\n", ".a.b"),
        ("a: [1]\n", ".a[4]"),
        ("a: &x 1\nb: *x\n", ".a"),
        ("a: 1\n", ".b[0]"),
        ("m:\n  a: |\n    x", ".m.b"),
    ],
)
def test_what_does_not_fit_is_refused(text: str, route: str) -> None:
    with pytest.raises(UsageError):
        put(text, "a.yaml", Route.parse(route), "x")


def test_nothing_to_remove_is_an_error() -> None:
    with pytest.raises(UsageError, match="no value at"):
        remove("a: 1\n", "a.yaml", Route.parse(".b"))


KEYS = st.text("abcxyz_-", min_size=1, max_size=5).filter(lambda k: k[0].isalpha())
VALUES = st.one_of(st.text(max_size=30), st.integers(-(2**40), 2**40), st.booleans(), st.none())
TREES = st.recursive(VALUES, lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=4), max_leaves=10)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.lists(KEYS, min_size=1, max_size=3), VALUES, st.booleans()
)
def test_put_then_remove_on_any_tree(top: dict[str, object], keys: list[str], value: object, flow: bool) -> None:
    text = yaml.safe_dump(top, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    route = Route(tuple(keys))
    before = tree(text)
    try:
        after = put(text, "a.yaml", route, value)  # type: ignore[arg-type]
    except UsageError:
        return
    at = tree(after)
    for key in keys:
        at = at[key]  # type: ignore[index]
    assert at == value
    assert isinstance(before, dict)
    without = tree(remove(after, "a.yaml", route))
    assert {k: v for k, v in before.items() if k != keys[0]} == {k: v for k, v in without.items() if k != keys[0]}  # type: ignore[union-attr]
