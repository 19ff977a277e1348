"""The order of stages, when a request is made again, what a cluster never gets, and what is read from discovery."""

from __future__ import annotations

import threading

import pytest
import yaml
from cluster_objects import manifests, sealed
from hypothesis import given
from hypothesis import strategies as st

from canary import Canary
from sealkit.cluster import adoption, apply_order, discovery, inventory, preflight
from sealkit.cluster.client import Client
from sealkit.cluster.desired import desired_objects
from sealkit.cluster.retry import Attempt, Expect, Gate, workers
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.wire import Wire
from sealkit.errors import ClusterError, RefusedError
from sealkit.model.objects import Literal, Manifest, ObjectRef
from sealkit.source.config import Target

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions: [{name: v1, served: true, storage: true}, {name: v0, served: false, storage: false}]
"""


def offline(*served: tuple[str, str, str, bool]) -> Client:
    """A client that knows these kinds (version, kind, plural, namespaced) and has nobody to talk to."""
    client = Client("test", "https://server.invalid", Wire(None, "https://server.invalid", lambda: None))
    for version, kind, plural, namespaced in served:
        group, _, number = version.rpartition("/")
        client.discovery.served[version, kind] = discovery.Resource(group, number, kind, plural, namespaced)
    return client


def test_what_others_need_comes_first_and_what_may_refuse_comes_last() -> None:
    kinds = [
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("example.org", "Widget"),
        ("networking.k8s.io", "Ingress"),
        ("apps", "Deployment"),
        ("", "Service"),
        ("", "Secret"),
        ("rbac.authorization.k8s.io", "Role"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("", "Namespace"),
    ]
    numbers = [apply_order.of(ObjectRef(group, kind, "", "x")) for group, kind in kinds]
    assert numbers == [7, 6, 6, 5, 4, 3, 2, 1, 0]
    assert apply_order.of(ObjectRef("example.org", "Secret", "", "x")) is apply_order.Stage.REST


def test_objects_keep_their_order_within_a_stage() -> None:
    client = offline(("v1", "ConfigMap", "configmaps", True), ("v1", "Namespace", "namespaces", False))
    text = "\n---\n".join(f"{{apiVersion: v1, kind: {k}, metadata: {{name: {n}}}}}" for k, n in
                          [("ConfigMap", "z"), ("ConfigMap", "a"), ("Namespace", "n")])  # fmt: skip
    assert [item.ref.name for item in desired_objects(client, manifests(text))] == ["n", "z", "a"]


def test_what_only_a_server_writes_is_not_sent() -> None:
    client = offline(("v1", "ConfigMap", "configmaps", True))
    text = """
apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  uid: 123
  resourceVersion: "7"
  creationTimestamp: null
  managedFields: []
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}", keep: me}
status: {}
"""
    body = desired_objects(client, manifests(text))[0].body
    assert body["metadata"] == {"name": "c", "annotations": {"keep": "me"}, "namespace": "default"}
    assert "status" not in body


def test_a_kind_that_a_definition_of_the_repository_brings_is_known() -> None:
    client = offline(("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False))
    widget = "\n---\napiVersion: example.org/{v}\nkind: Widget\nmetadata: {{name: w}}\n"
    found = desired_objects(client, manifests(CRD + widget.format(v="v1")))
    assert found[1].path == "/apis/example.org/v1/namespaces/default/widgets/w"
    assert found[1].new_kind
    with pytest.raises(ClusterError, match=r"does not know example\.org/v0 Widget"):
        desired_objects(client, manifests(CRD + widget.format(v="v0")))


def test_paths_are_quoted() -> None:
    resource = discovery.Resource("example.org", "v1", "Widget", "widgets", namespaced=True)
    assert resource.path("a/../b", "c?d") == "/apis/example.org/v1/namespaces/a%2F..%2Fb/widgets/c%3Fd"


def test_discovery_of_an_older_server() -> None:
    """Without aggregated discovery there is a list of versions and one answer for each."""
    pages = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "groups": [{"name": "apps", "versions": [{"version": "v1"}]}]},
        "/api/v1": {"resources": [
            {"name": "pods", "kind": "Pod", "namespaced": True, "verbs": ["get", "patch"]},
            {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
            {"name": "bindings", "kind": "Binding", "namespaced": True, "verbs": ["create"]},
        ]},
        "/apis/apps/v1": {"resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True, "verbs": ["patch"]}]},
    }  # fmt: skip
    found = discovery.Discovery.load(lambda path: pages[path])
    assert sorted(found.served) == [("apps/v1", "Deployment"), ("v1", "Pod")]


@pytest.mark.parametrize(
    ("fault", "expect", "again"),
    [
        (Fault.TRANSIENT, Expect(), True),
        (Fault.THROTTLED, Expect(), True),
        (Fault.CONFLICT, Expect(), True),
        (Fault.WEBHOOK, Expect(), True),
        (Fault.NO_KIND, Expect(), False),
        (Fault.NO_KIND, Expect(kind=True), True),
        (Fault.NO_NAMESPACE, Expect(), False),
        (Fault.NO_NAMESPACE, Expect(namespace=True), True),
        (Fault.TERMINATING, Expect(), False),
        (Fault.TERMINATING, Expect(namespace=True), True),
        (Fault.FIELDS, Expect(True, True), False),
        (Fault.UNAUTHORIZED, Expect(True, True), False),
        (Fault.FORBIDDEN, Expect(True, True), False),
        (Fault.NOT_FOUND, Expect(True, True), False),
        (Fault.PERMANENT, Expect(True, True), False),
    ],
)
def test_what_is_worth_another_try(fault: Fault, expect: Expect, again: bool) -> None:
    assert (Attempt(60, expect).pause(fault) is not None) is again


def test_tries_are_counted() -> None:
    def tries(fault: Fault, expect: Expect = Expect(), service: str = "") -> int:  # noqa: B008
        attempt = Attempt(1e9, expect)
        return sum(attempt.pause(fault, service=service) is not None for _ in range(50))

    assert tries(Fault.CONFLICT) == 5
    assert tries(Fault.WEBHOOK) == 2
    assert tries(Fault.WEBHOOK, Expect(services=frozenset({"a/b"})), "a/b") == 50
    assert tries(Fault.TRANSIENT) == 50


def test_the_server_says_how_long_to_wait() -> None:
    pause = Attempt(60).pause(Fault.THROTTLED, after=7.0)
    assert pause == 7.0
    assert Attempt(5).pause(Fault.THROTTLED, after=7.0) is None


def test_the_gate_narrows_and_opens() -> None:
    gate = Gate(8)
    gate.throttled()
    gate.throttled()
    assert gate.width == 2
    for _ in range(40):
        with gate:
            gate.went_well()
    assert gate.width == 4
    for _ in range(10):
        gate.throttled()
    assert gate.width == 1


def test_an_interruption_stops_what_has_not_begun() -> None:
    stop, begun, release = threading.Event(), threading.Event(), threading.Event()
    done: list[int] = []

    def work(number: int) -> None:
        begun.set()
        release.wait(10)
        done.append(number)

    def interrupted() -> None:
        with workers(stop) as pool:
            for number in range(100):
                pool.submit(work, number)
            begun.wait(10)
            threading.Timer(0.05, release.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert 0 < len(done) < 100
    assert not stop.is_set()


BAD = {
    "leftover": ("{a: '<sealed:db.password>'}", "a placeholder that nothing fills"),
    "encrypted": ("{a: 'ENC[AES256_GCM,data:x]'}", "still encrypted"),
    "number": ("{a: 5}", "must be text"),
    "nested": ("{a: {b: c}}", "must be text"),
    "list": ("[a]", "must be a mapping"),
    "large": ("{a: " + "x" * 1_100_000 + "}", "the most is 1048576"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_must_not_be_sent_is_refused(name: str) -> None:
    data, message = BAD[name]
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {data}\n"
    with pytest.raises(RefusedError, match=message) as error:
        preflight.check(manifests(text))
    assert "public/objects.yaml:1" in error.value.message


@pytest.mark.parametrize(
    ("block", "value", "message"),
    [
        ("stringData", 31337, "must be text"),
        ("data", 31337, "must be text"),
        ("data", "-not base64-", "not base64"),
        ("stringData", "ENC[AES256_GCM,data:x]", "still encrypted"),
        ("stringData", "<sealed:other>", "a placeholder that nothing fills"),
    ],
)
def test_a_sealed_value_of_the_wrong_kind_is_refused_without_it(
    canary: Canary, block: str, value: object, message: str
) -> None:
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, block: {"k": sealed(value)}}
    with pytest.raises(RefusedError, match=message) as error:
        preflight.check([Manifest(ObjectRef("", "Secret", "", "s"), "v1", body, "p.yaml", 3)])
    assert str(value) not in error.value.message


def test_an_environment_wants_text() -> None:
    text = """
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {containers: [{name: a, image: b, env: [{name: PORT, value: <<port>>}]}]}
"""
    with pytest.raises(RefusedError, match=r"env\[0\].value: must be text"):
        preflight.check(manifests(text, {"port": 8080}))


def test_a_sops_block_a_missing_name_and_a_second_one_are_refused() -> None:
    base = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
    with pytest.raises(RefusedError, match="sops block"):
        preflight.check(manifests(base + "sops: {mac: x}\n"))
    with pytest.raises(RefusedError, match="without a name"):
        preflight.check(manifests("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: c-}\n"))
    with pytest.raises(RefusedError, match="is defined in both"):
        preflight.check(manifests(f"{base}---\n{base}"))


def test_a_literal_placeholder_may_be_sent() -> None:
    """The public half wrote `<<sealed:`, and the overlay room says so by the type."""
    found = manifests("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: x}\n")
    found[0].body["data"]["a"] = Literal("write <sealed:db.password> there")
    preflight.check(found)


def test_fields_of_kubectl_become_ours() -> None:
    entries = yaml.safe_load("""
- {manager: kubectl-client-side-apply, operation: Update, apiVersion: v1, fieldsType: FieldsV1,
   fieldsV1: {"f:data": {".": {}, "f:A": {}}, "f:metadata": {"f:annotations": {
     "f:kubectl.kubernetes.io/last-applied-configuration": {}, "f:x": {}}}}}
- {manager: sealkit, operation: Apply, apiVersion: v1, fieldsType: FieldsV1, fieldsV1: {"f:data": {"f:B": {}}}}
- {manager: controller, operation: Update, subresource: status, fieldsV1: {"f:status": {}}}
""")
    found = adoption.migrated(entries)
    assert [(entry["manager"], entry["operation"]) for entry in found] == [
        ("controller", "Update"),
        ("sealkit", "Apply"),
    ]
    assert found[1]["fieldsV1"] == {
        "f:data": {".": {}, "f:A": {}, "f:B": {}},
        "f:metadata": {"f:annotations": {"f:x": {}}},
    }


@given(st.text(max_size=80))
def test_inventories_have_names_that_kubernetes_takes(name: str) -> None:
    found = inventory.name_of(Target(name, (), ()))
    assert found == found.lower()
    assert all(letter.isascii() and (letter.isalnum() or letter == "-") for letter in found)
    assert not found.endswith("-")
    assert len(found) < 80


def test_two_targets_never_share_an_inventory() -> None:
    names = ["home", "Home", "home_", "ho me", "ho-me", "a" * 60, "a" * 61]
    assert len({inventory.name_of(Target(name, (), ())) for name in names}) == len(names)
    assert inventory.name_of(Target("home", (), ())) == "sealkit-inventory-home"
