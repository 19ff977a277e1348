"""What a change means, in lines: nothing that changed is passed over, what did not change is silent, and no sealed value is ever in a
line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from meaning_kit import HOUSE, VALUE, Objects, added, app, change, find, house, pod, put, rendered, sealed
from sealkit.model.objects import Manifest, ref_of
from sealkit.overlay import kinds
from sealkit.overlay.kinds import Family
from sealkit.overlay.meaning import meaning
from sealkit.overlay.render import Rendered


def body_of(name: str, value: object) -> dict[str, Any]:
    group, _, kind = name.rpartition("/")
    body = {"apiVersion": f"{group}/v1" if group else "v1", "kind": kind, "metadata": {"name": "evil"}}
    return {**body, "spec": {"field": value}, "data": {"field": value}, "webhooks": [{"name": "w", "field": value}]}


@pytest.mark.parametrize("name", [*kinds.built_in(), "example.test/Whatever", "FutureKind", "apps/FutureSet"])
def test_every_kind_is_told_when_it_comes_changes_and_goes(name: str) -> None:
    """All but those whose objects are known to be harmless, which are silent all three times."""
    ref = ref_of(body_of(name, 1))
    one, two = [*house(), body_of(name, "a")], [*house(), body_of(name, "b")]
    for before, after in ((house(), one), (one, two), (two, house())):
        lines = meaning(rendered(before), rendered(after))
        if kinds.family(ref) is Family.HARMLESS:
            assert lines == []
        else:
            assert lines, name
            assert all(ref.kind in line for line in lines)


@pytest.mark.parametrize("name", kinds.built_in())
def test_the_scope_of_every_kind(name: str) -> None:
    """A kind without a namespace gets none of the target."""
    lines = added(yaml.safe_dump(body_of(name, 1)))
    kind = name.rpartition("/")[2]
    assert all((f"{kind} evil" in line) is (kind in kinds.CLUSTER_SCOPED) for line in lines)


EVERY_DAY: dict[str, Callable[[Objects], object]] = {
    "replicas": lambda o: put(find(o, "Deployment", "api"), "spec/replicas", 3),
    "resources": lambda o: put(app(o), "resources", {"limits": {"memory": "1Gi"}}),
    "patience": lambda o: put(app(o), "livenessProbe/periodSeconds", 9),
    "a port of the container": lambda o: put(app(o), "ports", [{"containerPort": 80}]),
    "how it is rolled out": lambda o: put(find(o, "Deployment", "api"), "spec/strategy", {"type": "Recreate"}),
    "a restart": lambda o: put(
        find(o, "Deployment", "api"), "spec/template/metadata/annotations", {"kubectl.kubernetes.io/restartedAt": "now"}
    ),
    "the version in a label": lambda o: put(
        find(o, "Deployment", "api"), "metadata/labels/app.kubernetes.io~version", "2"
    ),
    "the size of a claim": lambda o: put(
        find(o, "PersistentVolumeClaim", "data"), "spec/resources/requests/storage", "2Gi"
    ),
    "the order of the objects": lambda o: o.reverse(),
}


@pytest.mark.parametrize("name", EVERY_DAY)
def test_what_is_harmless_is_silent(name: str) -> None:
    assert change(EVERY_DAY[name]) == []


POLICY = {
    "apiVersion": "admissionregistration.k8s.io/v1",
    "kind": "ValidatingAdmissionPolicy",
    "metadata": {"name": "leak"},
    "spec": {"matchConstraints": {"resourceRules": [{"apiGroups": [""], "resources": ["secrets"]}]}},
}


def test_a_tag_is_the_last_line() -> None:
    def edit(objects: Objects) -> None:
        app(objects)["image"] = "ghcr.io/example/api:2"
        objects.append(POLICY)
        pod(objects, "web")["containers"][0]["command"] = ["x"]

    lines = change(edit)
    assert lines[0].startswith("a policy that can read Secrets")
    assert lines[-1] == "image tag of container api of Deployment shop/api: 1 -> 2"
    assert lines[1:-1] == ['container web of Deployment shop/web with a new command (["x"])']


def test_a_field_hidden_behind_another_is_counted() -> None:
    """What does not fit in the line of an object is counted in it."""
    more = {f"f{number}": number for number in range(20)}
    (line,) = change(lambda o: find(o, "GitRepository", "repo")["spec"].update({**more, "url": "https://evil"}))
    assert ".spec.url (https://evil" in line
    assert line.endswith("and 15 more")


def test_text_from_outside_is_one_safe_line() -> None:
    (line,) = change(lambda o: put(app(o), "env/1/value", "x\nfake line\x1b[2J\u202e"))
    assert line.isprintable()


def test_another_namespace_of_the_target_is_said_once() -> None:
    other = rendered(house())
    other.namespace = "elsewhere"
    lines = meaning(rendered(house()), other)
    assert lines == [
        "the namespace of the target is elsewhere, was shop: every object without one of its own goes there"
    ]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(sealed("p", ".a"))
KEYS = st.sampled_from(
    [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "annotations",
        "labels",
        "spec",
        "template",
        "containers",
        "initContainers",
        "image",
        "env",
        "envFrom",
        "value",
        "valueFrom",
        "secretKeyRef",
        "secretRef",
        "volumes",
        "volumeMounts",
        "secret",
        "secretName",
        "rules",
        "resources",
        "verbs",
        "apiGroups",
        "roleRef",
        "subjects",
        "webhooks",
        "clientConfig",
        "paramKind",
        "matchConstraints",
        "resourceRules",
        "conversion",
        "service",
        "data",
        "stringData",
        "serviceAccountName",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)


@st.composite
def any_objects(draw: st.DrawFn) -> Rendered:
    manifests = []
    for _ in range(draw(st.integers(0, 4))):
        group, _, kind = draw(st.sampled_from([*kinds.built_in(), "e.test/Foo"])).rpartition("/")
        body = draw(st.dictionaries(KEYS, TREES, max_size=6))
        api = f"{group}/v1" if group else "v1"
        body |= {"apiVersion": api, "kind": kind}
        manifests.append(Manifest(ref_of(body), api, body))
    return Rendered(manifests, namespace=draw(st.sampled_from(["", "shop"])))


@settings(max_examples=150, deadline=None)
@given(any_objects(), any_objects())
def test_it_never_raises_says_nothing_of_nothing_and_shows_no_value(one: Rendered, two: Rendered) -> None:
    assert meaning(one, one) == []
    for line in (*meaning(one, two), *meaning(two, one)):
        assert VALUE not in line
        assert "\n" not in line


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_leaf_of_the_house_changes_without_a_line(data: st.DataObject) -> None:
    """A leaf of a spec that gets another text is told, wherever it stands."""
    objects = house()
    body = data.draw(st.sampled_from(objects))
    tree, keys = body, []
    while isinstance(tree, dict | list) and tree:
        choices = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        if tree is body:
            choices = [key for key in choices if key not in {"apiVersion", "kind", "metadata"}] or ["metadata"]
        keys.append(data.draw(st.sampled_from(choices)))
        tree = tree[keys[-1]]
    if {"requests", "capacity", "periodSeconds"} & {*keys} or keys[:1] == ["metadata"]:
        return
    node: Any = body
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = "another"
    assert meaning(rendered(house()), rendered(objects)), keys


def test_too_deep_is_said() -> None:
    tree: Any = "x"
    for _ in range(5000):
        tree = {"a": tree}
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "deep"}, "data": tree}
    deep = Rendered([Manifest(ref_of(body), "v1", body)])
    assert meaning(Rendered(), deep) == ["the change is nested too deep to be explained: read the diff"]


def work(number: int) -> int:
    """How many calls it takes to tell that this many houses changed."""
    houses = []
    for at in range(number):
        text = (
            HOUSE.replace("name: api", f"name: api{at}")
            .replace("name: data", f"name: data{at}")
            .replace("guard}", f"guard{at}}}")
        )
        houses += list(
            yaml.safe_load_all(text.replace("name: reader", f"name: reader{at}").replace("name: web", f"name: web{at}"))
        )
    before = Rendered([Manifest(ref_of(body), body["apiVersion"], body) for body in houses], namespace="shop")
    changed = yaml.safe_load(
        yaml.safe_dump(houses).replace("evil", "x").replace("https://", "https://evil.").replace("/api", "/ip")
    )
    after = Rendered([Manifest(ref_of(body), body["apiVersion"], body) for body in changed], namespace="shop")
    calls = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        assert len(meaning(before, after)) > number
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_grows_with_the_objects_and_no_faster() -> None:
    assert work(20) < 2.4 * work(10)
