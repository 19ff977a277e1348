"""Three-way merges by value: examples for every shape, and properties."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sealkit.sops.three_way_merge import Merged, Side, merge
from sealkit.yamlspan.route import Route

BASE = "# head\ndb:\n  user: app  # who\n  password: old\nhosts:\n  - a\n  - b\n"


def values(merged: Merged) -> object:
    return yaml.safe_load(merged.text)


def test_both_sides_changed_something_else() -> None:
    ours = BASE.replace("old", "mine") + "added: 1\n"
    theirs = BASE.replace("app", "web") + "new:\n  deep: |\n    two\n    lines\n"
    merged = merge(BASE, ours, theirs, "a.yaml")
    assert merged.conflicts == ()
    assert values(merged) == {
        "db": {"user": "web", "password": "m" + "ine"}, "hosts": ["a", "b"], "added": 1, "new": {"deep": "two\nlines\n"}
    }  # fmt: skip
    assert "# head" in merged.text
    assert "# who" in merged.text


@pytest.mark.parametrize(("side", "value"), [(None, "mine"), (Side.OURS, "mine"), (Side.THEIRS, "theirs")])
def test_a_conflict_is_named_and_decided_by_route(side: Side | None, value: str) -> None:
    chosen = {Route.parse(".db.password"): side} if side else {}
    merged = merge(BASE, BASE.replace("old", "mine"), BASE.replace("old", "theirs"), "a.yaml", chosen)
    assert merged.conflicts == (() if side else ((0, Route.parse(".db.password")),))
    assert values(merged)["db"]["password"] == value  # type: ignore[index]


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ("a: 1\n", "a: 1\nb: 2\n", {"a": 1, "b": 2}),
        ("a: 1\nb: 2\n", "{}\n", {"b": 2}),
        ("a: 1\nl: [1, 2]\n", "a: 1\nl: [1]\n", None),
        ("a: 1\n", "a: {b: 2}\n", {"a": {"b": 2}}),
        ("a: 1\n", "a: [1, {b: 2}, []]\n", {"a": [1, {"b": 2}, []]}),
        ("a: 1\nc: 1\n", "a: 1\nc: {}\n", None),
        ("a: 1\n", 'a: "1"\n', {"a": "1"}),
    ],
)
def test_shapes(ours: str, theirs: str, wanted: object) -> None:
    merged = merge("a: 1\n", ours, theirs, "a.yaml")
    if wanted is None:
        assert merged.conflicts
        assert merged.text == ours
    else:
        assert merged.conflicts == ()
        assert values(merged) == wanted


def test_the_longest_route_decides() -> None:
    chosen = {Route(): Side.THEIRS, Route.parse(".db.user"): Side.OURS}
    ours, theirs = (BASE.replace("old", who).replace("app", who) for who in ("mine", "theirs"))
    merged = merge(BASE, ours, theirs, "a.yaml", chosen)
    assert values(merged)["db"] == {"user": "mine", "password": "the" + "irs"}  # type: ignore[index]


def test_without_a_base_only_differences_conflict() -> None:
    merged = merge(None, "a: 1\nb: 2\n", "a: 1\nb: 3\nc: 4\n", "a.yaml")
    assert merged.conflicts == ((0, Route(("b",))),)
    assert values(merged) == {"a": 1, "b": 2, "c": 4}


def test_every_document_of_a_stream() -> None:
    merged = merge("a: 1\n---\nb: 1\n", "a: 2\n---\nb: 1\n", "a: 1\n---\nb: 2\n", "a.yaml")
    assert [*yaml.safe_load_all(merged.text)] == [{"a": 2}, {"b": 2}]


def test_json() -> None:
    merged = merge('{"a": 1, "b": [1]}', '{"a": 2, "b": [1]}', '{"a": 1, "b": [1, 2], "c": {}}', "a.json")
    assert json.loads(merged.text) == {"a": 2, "b": [1, 2], "c": {}}


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ("A=1\nB=2\nX=1\n", "A=1\nB=2\nY=1\n", "A=1\nB=2\nX=1\nY=1\n"),
        ("A=9\nB=2\n", "A=1\nB=8\nC=3", "A=9\nB=8\nC=3\n"),
        ("# why\nA=1\n\nB=2", "B=2\n", "# why\n\nB=2\n"),
        ("A=9\nB=2\n", "A=8\nB=2\n", None),
        ("A=1\nB=2\nX=1\n", "A=1\nB=2\nX=2\n", None),
        ("B=2\n", "A=1\nB=3\n", "B=3\n"),
        ("B=2\n", "A=3\nB=2\n", None),
    ],
)
@pytest.mark.parametrize("path", ["app.env", "prod.tfvars.enc"])
def test_assignments_by_name(path: str, ours: str, theirs: str, wanted: str | None) -> None:
    merged = merge("A=1\nB=2\n", ours, theirs, path)
    assert merged.text == (wanted if wanted is not None else ours)
    assert bool(merged.conflicts) == (wanted is None)


def test_sections_have_names_of_their_own() -> None:
    base = "top = 1\n[db]\nuser = a\n[mail]\nuser = a\n"
    ours = base.replace("[db]\nuser = a", "[db]\nuser = b")
    theirs = "first = 0\n" + base.replace("[mail]\nuser = a", "[mail]\nuser = c\nport = 25") + "[new]\nx = 1\n"
    merged = merge(base, ours, theirs, "a.toml")
    assert merged.conflicts == ()
    assert merged.text == "top = 1\nfirst = 0\n[db]\nuser = b\n[mail]\nuser = c\nport = 25\n[new]\nx = 1\n"


def test_a_conflict_of_assignments_is_decided_by_name() -> None:
    base = "[db]\nuser = a\n"
    merged = merge(base, "[db]\nuser = b\n", "[db]\nuser = c\n", "a.ini", {Route.parse(".db.user"): Side.THEIRS})
    assert merged == Merged("[db]\nuser = c\n", ())


@pytest.mark.parametrize(("side", "text"), [(None, "1\nmine\n3\n"), (Side.THEIRS, "1\ntheirs\n3\nmore\n")])
def test_other_text_by_line(side: Side | None, text: str) -> None:
    chosen = {Route(): side} if side else {}
    merged = merge("1\n2\n3\n", "1\nmine\n3\n", "1\ntheirs\n3\nmore\n", "notes.txt", chosen)
    assert merged.text == text
    assert bool(merged.conflicts) == (side is None)
    assert merge("1\n2\n3\n", "0\n1\n2\n3\n", "1\n2\n3\n4\n", "notes.txt") == Merged("0\n1\n2\n3\n4\n", ())


def test_yaml_under_another_name() -> None:
    merged = merge("a: 1\n", "a: 1\nb: 2\n", "a: 1\nc: 3\n", "app.yaml.enc")
    assert (values(merged), merged.conflicts) == ({"a": 1, "b": 2, "c": 3}, ())


SCALARS = st.one_of(st.text("ab\n #:", max_size=6), st.integers(-9, 9), st.booleans(), st.none())
MAPS = st.dictionaries(
    st.sampled_from("abcd"),
    st.recursive(
        SCALARS,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)),
        max_leaves=6,
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def dump(tree: object) -> str:
    return yaml.safe_dump(tree, sort_keys=False)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@example({"a": ""}, {"a": ":\n ", "b": None})  # a last line of blanks alone was lost
@given(MAPS, MAPS)
def test_one_side_alone_is_taken_whole(base: dict[str, object], changed: dict[str, object]) -> None:
    before, after = dump(base), dump(changed)
    assert merge(before, after, before, "a.yaml") == Merged(after, ())
    taken = merge(before, before, after, "a.yaml")
    assert taken.conflicts == ()
    assert _pruned(values(taken)) == _pruned(changed)


@settings(max_examples=100, deadline=None)
@given(MAPS, MAPS, MAPS)
def test_a_merge_never_invents_a_value(base: dict[str, object], one: dict[str, object], two: dict[str, object]) -> None:
    merged = merge(dump(base), dump(one), dump(two), "a.yaml")
    known = {*_scalars(one), *_scalars(two)}
    assert set(_scalars(values(merged))) <= known


def _pruned(tree: object) -> object:
    """A tree without empty mappings: a merge may leave one where it removed the last value."""
    if not isinstance(tree, dict):
        return tree
    found = {key: _pruned(child) for key, child in tree.items()}
    return {key: child for key, child in found.items() if child != {}}


def _scalars(tree: object) -> list[str]:
    if isinstance(tree, dict):
        return [text for child in tree.values() for text in _scalars(child)]
    if isinstance(tree, list):
        return [text for child in tree for text in _scalars(child)]
    return [repr(tree)]
