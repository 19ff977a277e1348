"""Merge laws, as examples and as properties."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealkit.errors import RefusedError
from sealkit.overlay.merge import apply, stack, stripped

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "yes"])


def shaped(scalars: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Trees in which every key always holds the same sort of thing, as the fields of an API do."""
    env = st.lists(st.fixed_dictionaries({"name": st.sampled_from("ABC")}, optional={"value": scalars}),
                   unique_by=lambda item: item["name"], max_size=3)  # fmt: skip
    return st.fixed_dictionaries(
        {}, optional={"a": scalars, "b": scalars, "args": st.lists(SCALARS, max_size=2), "env": env}
    ).flatmap(lambda flat: st.fixed_dictionaries({}, optional={"spec": st.just(flat), "c": scalars}))


OVERLAYS = shaped(SCALARS)
BASES = shaped(SCALARS.filter(lambda value: value is not None))


@given(BASES)
def test_an_empty_overlay_changes_nothing(base: Any) -> None:
    assert apply(base, {}) == base


@given(BASES, OVERLAYS)
def test_twice_is_once(base: Any, overlay: Any) -> None:
    once = apply(base, overlay)
    assert apply(once, overlay) == once


@given(BASES, OVERLAYS, OVERLAYS)
def test_stacked_overlays_are_one(base: Any, lower: Any, upper: Any) -> None:
    assert apply(apply(base, lower), upper) == apply(base, stack(lower, upper))


@given(OVERLAYS, OVERLAYS, OVERLAYS)
def test_stacking_is_associative(a: Any, b: Any, c: Any) -> None:
    assert stack(stack(a, b), c) == stack(a, stack(b, c))


@given(OVERLAYS)
def test_nothing_below_means_no_nulls(overlay: Any) -> None:
    assert stripped(overlay) == apply({}, overlay)


def test_containers_env_and_mounts_merge_by_key() -> None:
    base = {
        "spec": {
            "containers": [
                {"name": "a", "image": "x", "env": [{"name": "P", "value": "1"}, {"name": "Q", "value": "2"}]},
                {"name": "b", "ports": [{"containerPort": 80, "name": "http"}]},
            ]
        }
    }
    overlay = {
        "spec": {
            "containers": [
                {"name": "b", "ports": [{"containerPort": 80, "name": "web"}, {"containerPort": 81}]},
                {"name": "a", "env": [{"name": "Q", "value": "3"}, {"name": "R", "value": "4"}]},
                {"name": "c", "image": "z"},
            ]
        }
    }
    merged = apply(base, overlay)["spec"]["containers"]
    assert [c["name"] for c in merged] == ["a", "b", "c"]
    assert [(e["name"], e["value"]) for e in merged[0]["env"]] == [("P", "1"), ("Q", "3"), ("R", "4")]
    assert merged[1]["ports"] == [{"containerPort": 80, "name": "web"}, {"containerPort": 81}]


def test_other_lists_are_replaced() -> None:
    assert apply({"args": [1, 2]}, {"args": [3]}) == {"args": [3]}
    rules = {"spec": {"ingress": [{"ports": [{"port": 1}]}]}}
    assert apply(rules, {"spec": {"ingress": [{"ports": [{"port": 2}]}]}})["spec"]["ingress"] == [
        {"ports": [{"port": 2}]}
    ]


def test_a_null_removes_also_by_name() -> None:
    base = {"spec": {"containers": [{"name": "a", "image": "x", "command": ["y"]}]}}
    merged = apply(base, {"spec": {"containers": [{"name": "a", "command": None}]}})
    assert merged == {"spec": {"containers": [{"name": "a", "image": "x"}]}}


def test_a_patch_directive_is_refused() -> None:
    with pytest.raises(RefusedError, match="patch directive"):
        apply({}, {"spec": {"$patch": "delete"}})


def test_the_inputs_stay_as_they_are() -> None:
    base: dict[str, Any] = {"env": [{"name": "A", "value": 1}]}
    apply(base, {"env": [{"name": "A", "value": 2}], "x": {"y": 1}})
    assert base == {"env": [{"name": "A", "value": 1}]}
