"""One item of a list has one name, wherever a route is shown: scan, review, plan and ledger."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.cluster.diff import leaves
from sealkit.ledger.compare import changes
from sealkit.model.list_items import labels, named_route
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.model.tree import walk
from sealkit.overlay import load
from sealkit.overlay.render import combine
from sealkit.scan.structure import read
from sealkit.sealed.census import census
from sealkit.source.config import Target
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route

_TARGET = Target("home", ("public",), ("private",))


def _text(items: list[dict[str, object]], password: str) -> str:
    """An object with a list, whose first item holds a password."""
    first = {**items[0], "password": password}
    head = {"apiVersion": "shop.example/v1", "kind": "Shop", "metadata": {"name": "a"}}
    return yaml.safe_dump({**head, "spec": {"items": [first, *items[1:]]}})


@pytest.mark.parametrize(
    ("items", "step"),
    [
        ([{"name": "web", "containerPort": 80}, {"name": "admin", "containerPort": 81}], "web"),
        ([{"name": "web", "containerPort": 80}, {"containerPort": 81}], "80"),
        ([{"name": "data", "mountPath": "/srv"}, {"name": "data", "mountPath": "/tmp"}], "/srv"),
        ([{"port": 53, "protocol": "TCP"}, {"port": 53, "protocol": "UDP"}], "53/TCP"),
        ([{"host": "shop.example"}, {"host": "www.shop.example"}], "shop.example"),
        ([{"ip": "10.0.0.1"}, {"ip": "10.0.0.2"}], "10.0.0.1"),
        ([{"key": "disk", "operator": "Exists"}], "disk"),
        ([{"key": "k3y"}], "0"),
        ([{"host": "app:pw@db.example"}], "0"),
        ([{"name": "a"}, {"name": "a"}], "0"),
        ([{"name": None}, {"name": "b"}], "0"),
        ([{"size": 1}], "0"),
    ],
)
def test_the_same_item_has_the_same_route_everywhere(items: list[dict[str, object]], step: str, canary: Canary) -> None:
    route = f".spec.items[{step}].password"
    password = canary.secret()

    (scanned,) = [raw.route for raw in read("public/shop.yaml", _text(items, password)).findings]
    assert scanned == route

    (document,) = load.documents("public/shop.yaml", _text(items, "<sealed:db.password>").encode())
    value = Sensitive(password, origins=(Origin("private/db.sops.yaml", Route(("db", "password"))),))
    rendered = combine(list(load.manifests(document)), {"private/db.sops.yaml": [{"db": {"password": value}}]}, _TARGET)
    assert [place.route for place in rendered.places] == [route]

    (planned,) = [str(at) for at, leaf in leaves(rendered.manifests[0].body) if isinstance(leaf, Sensitive)]
    assert planned == route

    old, new = (_text(items, f"ENC[AES256_GCM,data:{data},iv:aa,tag:bb,type:str]") for data in ("one", "two"))
    (reviewed,) = [str(change.route) for change in changes(old, new, "private/shop.sops.yaml")]
    assert reviewed == route

    sealed = _text([{**items[0], "token": "ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]"}, *items[1:]], password)
    block = "sops:\n  encrypted_regex: ^(password|token)$\n  mac: ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]\n"
    findings = census("private/shop.sops.yaml", f"{sealed}{block}".encode(), None).findings
    assert [finding.route for finding in findings if finding.rule == "SK101"] == [route]
    canary.hear("routes", " ".join([scanned, planned, reviewed, *(finding.route for finding in findings)]))


_NAMES = st.sampled_from(["a", "b", "10.0.0.1", "80", "x/y", "", "a b", "u@h", "http://h"])
_ITEMS = st.dictionaries(
    st.sampled_from(["name", "port", "protocol", "host", "key", "operator", "value"]),
    st.one_of(_NAMES, st.integers(0, 3), st.booleans(), st.none(), st.lists(st.integers(), max_size=2)),
    max_size=4,
)
_TREES = st.recursive(
    st.lists(_ITEMS, max_size=4), lambda inner: st.dictionaries(st.sampled_from("pq"), inner, max_size=2), max_leaves=4
)


@pytest.mark.slow
@given(_TREES)
def test_text_and_tree_agree_and_names_lead_back(tree: object) -> None:
    (document,) = parse(yaml.safe_dump(tree))
    names = ItemNames(document.root, labels)
    routes = [route for route, _ in walk(document.tree())]
    named = [names.named(route) for route in routes]
    assert named == [named_route(tree, route) for route in routes]
    assert len(set(map(str, named))) == len(named)
    assert [names.indexed(route) for route in named] == routes


@given(_TREES)
def test_a_plan_agrees_too(tree: object) -> None:
    routes = [route for route, leaf in walk(tree) if leaf not in ({}, [])]
    assert [str(route) for route, _ in leaves(tree)] == [str(named_route(tree, route)) for route in routes]


def test_a_suspect_never_names_its_item(canary: Canary) -> None:
    token = canary.secret()
    text = f"kind: Shop\nspec:\n  items:\n  - path: {token}\n    password: {canary.secret()}\n"
    (document,) = parse(text)
    leaf = next(leaf for leaf in document.leaves() if leaf.node.text == token)
    shown = str(ItemNames(document.root, labels, hidden=[leaf.node]).named(leaf.route))
    assert shown == ".spec.items[0].path"
    assert token in str(ItemNames(document.root, labels).named(leaf.route)), "else this test sees nothing"
    canary.hear("route", shown)


def test_items_inherit_names_by_merge_key() -> None:
    (document,) = parse("base: &base {name: a}\nitems:\n- {<<: *base, value: 1}\n- {name: b, value: 2}\n")
    named = ItemNames(document.root, labels).named(Route(("items", 0, "value")))
    assert str(named) == ".items[a].value" == str(named_route(document.tree(), Route(("items", 0, "value"))))


def test_a_number_is_an_index_where_the_list_has_it_else_a_name() -> None:
    (document,) = parse("ports:\n- port: 80\n- port: 1\n")
    names = ItemNames(document.root, labels)
    assert names.indexed(Route.parse(".ports[80].port")) == Route(("ports", 0, "port"))
    assert names.indexed(Route.parse(".ports[1].port")) == Route(("ports", 1, "port"))
    assert names.indexed(Route.parse(".ports[7].port")) == Route(("ports", 7, "port"))
