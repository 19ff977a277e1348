"""A deploy through a network and a server that have moments: everything arrives, and what cannot is said."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from cluster_objects import apply, manifests, plan

from canary import Canary
from fault_proxy import FaultProxy, proxied
from sealkit.cluster.client import ApiError, Client, connect
from sealkit.cluster.desired import desired_objects
from sealkit.model.objects import Manifest
from sealkit.source.config import Target

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


@pytest.fixture
def proxy(cluster: Any) -> Iterator[FaultProxy]:
    """A proxy in front of the control plane."""
    with proxied(cluster.url, cluster.plane.tls()) as running:
        yield running


@pytest.fixture
def through(proxy: FaultProxy, cluster: Any, canary: Canary) -> Client:
    """A client behind the proxy, with a namespace of its own."""
    client = connect("proxy", str(proxy.kubeconfig(canary.folder)), timeout=20)
    client.namespace = cluster.namespace()
    return client


def objects(canary: Canary, count: int) -> list[Manifest]:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: s-%d}\nstringData: {password: <<pw>>}\n"
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: last}\nspec: {ports: [{port: 80}]}\n"
    return manifests("---\n".join(text % number for number in range(count)) + service, {"pw": canary.secret()})


def target(client: Client) -> Target:
    return Target("home", (), (), namespace=client.namespace)


@pytest.mark.parametrize("fault", ["reset", "lost", "429", "429-status", "503", "500-etcd"])
def test_everything_arrives_when_each_request_fails_twice(
    fault: str, proxy: FaultProxy, through: Client, canary: Canary
) -> None:
    """`lost` breaks the connection after the server has done it: to say it again does no harm."""
    found = objects(canary, 2)
    tries: Counter[str] = Counter()
    lock = threading.Lock()

    def twice(method: str, path: str) -> str | None:
        with lock:
            tries[f"{method} {path}"] += 1
            return fault if tries[f"{method} {path}"] <= 2 else None

    proxy.fault = twice
    result = apply(through, plan(through, target(through), found), found)
    assert result.ok, result.failed
    assert len(result.applied) == 3
    assert len(proxy.faults) >= 6
    proxy.fault = lambda *_: None
    assert plan(through, target(through), found).empty


def test_a_server_that_goes_away_stops_the_run_and_the_next_one_goes_on(
    proxy: FaultProxy, through: Client, canary: Canary
) -> None:
    found = objects(canary, 12)
    made = plan(through, target(through), found)
    through.timeout = 0.5
    writes = Counter[str]()

    def after_four(method: str, _: str) -> str | None:
        writes[method] += 1
        return "reset" if method == "PATCH" and writes[method] > 4 else None

    proxy.fault = after_four
    result = apply(through, made, found)
    canary.hear("result", repr(result))
    assert result.cut_off
    assert not result.interrupted
    assert len(result.applied) == 4
    assert "is not there" in result.failed[0].message
    assert any(ref.kind == "Service" for ref in result.left)
    assert len(result.applied) + len(result.failed) + len(result.left) == 13
    proxy.fault = lambda *_: None
    assert apply(through, plan(through, target(through), found), found).ok


def test_credentials_that_end_in_the_middle_stop_the_run(proxy: FaultProxy, through: Client, canary: Canary) -> None:
    found = objects(canary, 12)
    made = plan(through, target(through), found)
    proxy.fault = lambda method, _: "401" if method == "PATCH" else None
    result = apply(through, made, found)
    assert result.cut_off
    assert not result.applied
    assert "does not know you (401)" in result.failed[0].message
    assert len(proxy.faults) <= 8  # those that were on their way


def test_a_lost_answer_to_an_adoption_is_looked_up(
    proxy: FaultProxy, through: Client, cluster: Any, canary: Canary
) -> None:
    """The patch was carried out; said again it meets another version of the object."""
    pw = canary.secret()
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {a: b2xk}\n"
    cluster.kubectl("apply", "-n", through.namespace, "-f", "-", input=text)
    found = manifests("apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {a: <<pw>>}\n", {"pw": pw})
    made = plan(through, target(through), found)
    lost: list[str] = []

    def first_patch(method: str, path: str) -> str | None:
        if method == "PATCH" and not lost:
            lost.append(path)
            return "lost"
        return None

    proxy.fault = first_patch
    assert apply(through, made, found).ok
    assert "force" not in lost[0]  # it was the adoption
    shown = cluster.kubectl("get", "secret", "db", "-n", through.namespace, "-o", "json").stdout
    assert "last-applied" not in shown


def test_what_a_controller_writes_meanwhile_is_no_change_of_ours(
    proxy: FaultProxy, through: Client, cluster: Any, canary: Canary
) -> None:
    """It comes between the look at the object and the dry run."""
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: <<pw>>, b: %s}\n"
    first = manifests(text % "old", {"pw": canary.secret()})
    assert apply(through, plan(through, target(through), first), first).ok
    written: list[str] = []

    def meanwhile(method: str, path: str) -> None:
        if method == "PATCH" and not written:
            written.append(path)
            cluster.kubectl("annotate", "configmap", "c", "seen=yes", "-n", through.namespace)

    proxy.fault = meanwhile
    made = plan(through, target(through), manifests(text % "new", {"pw": canary.secret()}))
    canary.hear("plan", repr(made))
    assert written
    assert [field.route for field in made.changes[0].fields] == [".data.a", ".data.b"]


def test_requests_slow_down_when_the_server_says_so(proxy: FaultProxy, through: Client, canary: Canary) -> None:
    found = objects(canary, 4)
    refused: list[str] = []

    def some(method: str, path: str) -> str | None:
        if method == "PATCH" and len(refused) < 3:
            refused.append(path)
            return "429"
        return None

    proxy.fault = some
    before = through.gate.width
    assert apply(through, plan(through, target(through), found), found).ok
    assert through.gate.width < before


def test_an_older_server_has_no_aggregated_discovery(proxy: FaultProxy, through: Client, canary: Canary) -> None:
    proxy.fault = lambda *_: "legacy"
    aggregated = dict(through.discovery.served)
    through.discover()
    assert through.discovery.served == aggregated
    assert "GET /apis/apps/v1" in proxy.seen
    assert desired_objects(through, objects(canary, 1))


def test_a_definition_is_waited_for(proxy: FaultProxy, through: Client, canary: Canary) -> None:
    """Its kind answers 404 and 429 for a moment; here the moment is longer."""
    text = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: slows.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: slows, singular: slow, kind: Slow}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {
    spec: {type: object, properties: {a: {type: string}}}}}}}]
---
apiVersion: example.org/v1
kind: Slow
metadata: {name: s}
spec: {a: <<pw>>}
"""
    found = manifests(text, {"pw": canary.secret()})
    made = plan(through, target(through), found)
    asked: Counter[str] = Counter()

    def slowly(method: str, path: str) -> str | None:
        if "/namespaces/" not in path and "/slows?" not in path:
            return None
        asked[method] += 1
        return "429" if method == "GET" and asked[method] <= 3 else None

    proxy.fault = slowly
    assert apply(through, made, found).ok
    assert asked == {"GET": 4, "PATCH": 1}


def test_no_answer_within_the_time_is_an_error_of_the_cluster(proxy: FaultProxy, through: Client) -> None:
    proxy.fault = lambda *_: "503"
    with pytest.raises(ApiError, match="HTTP 503") as error:
        through.request("GET", "/version", limit=0.3)
    assert error.value.exit_code == 4
