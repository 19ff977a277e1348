"""Trees are read as what a node should be: anything else is empty, and a sealed value is never text."""

from __future__ import annotations

import pytest

from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import as_integer, as_list, as_mapping, as_mappings, as_text, at, convert, nested, walk
from sealkit.yamlspan.route import Route

SEALED = Sensitive("hunter2-hunter2", mask="user:***")


def test_at_follows_keys_and_gives_none_where_one_is_missing() -> None:
    body = {"spec": {"template": {"containers": [{"name": "api"}]}}}
    assert at(body, "spec", "template") == {"containers": [{"name": "api"}]}
    assert at(body) is body
    for keys in (("metadata",), ("spec", "replicas"), ("spec", "template", "containers", "name"), ("metadata", "name")):
        assert at(body, *keys) is None


@pytest.mark.parametrize("node", [None, "text", 5, True, SEALED])
def test_a_leaf_read_as_a_mapping_or_a_list_is_empty(node: object) -> None:
    assert as_mapping(node) == {}
    assert as_list(node) == as_mappings(node) == []
    assert at(node, "key") is None


def test_as_mappings_leaves_out_other_items() -> None:
    assert as_mappings([{"a": 1}, "b", None, [], {}]) == [{"a": 1}, {}]
    assert as_mappings({"a": 1}) == []


@pytest.mark.parametrize(("node", "text"), [("a", "a"), (5, "5"), (None, ""), ("", ""), ({}, ""), (SEALED, "user:***")])
def test_as_text_is_the_mask_of_a_sealed_value(node: object, text: str) -> None:
    assert as_text(node) == text


@pytest.mark.parametrize(("node", "number"), [(3, 3), (None, 0), ("3", 0), (Sensitive(3), 0), ([], 0)])
def test_as_integer_is_zero_for_what_is_no_integer(node: object, number: int) -> None:
    assert as_integer(node) == number


def test_nested_builds_mappings_from_keys() -> None:
    assert nested([(("a",), 1), (("db", "host"), "h"), (("db", "password"), SEALED)]) == {
        "a": 1,
        "db": {"host": "h", "password": SEALED},
    }


def test_convert_copies_and_converts_every_scalar() -> None:
    plain = {"a": [1, {"b": "x"}], "c": None, "d": {}}
    assert convert(plain) == plain
    assert convert(plain) is not plain
    sealed = convert(plain, Sensitive)
    leaves = dict(walk(sealed))
    assert {str(route) for route in leaves} == {".a[0]", ".a[1].b", ".c", ".d"}
    assert all(isinstance(leaf, Sensitive) for route, leaf in leaves.items() if route != Route(("d",)))
