"""Plan and apply against the real API server: the faults that decide the rules, each with a canary in its values."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from cluster_objects import apply, manifests, plan

from canary import Canary
from sealkit.cluster import inventory
from sealkit.cluster.apply import Result
from sealkit.cluster.client import Client, connect
from sealkit.cluster.desired import LAST_APPLIED, desired_objects
from sealkit.cluster.plan import PlanError
from sealkit.errors import ClusterError, RefusedError
from sealkit.model.objects import Manifest
from sealkit.model.plan import ObjectChange, Plan, Verb
from sealkit.source.config import Target

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {user: app, password: <<pw>>}\n"
CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {level: info, url: "pg://a:<<pw>>@h/d"}\n'
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %(plural)s.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: %(plural)s, singular: %(plural)s, kind: %(kind)s}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {token: {type: string}%(more)s}}}}}
"""
WIDGET = "apiVersion: example.org/v1\nkind: %s\nmetadata: {name: w}\nspec: {token: <<pw>>}\n"


class Bench:
    """One namespace, and what a deploy does in it. Everything that a plan or result says is heard by the canary."""

    def __init__(self, client: Client, cluster: Any, canary: Canary) -> None:
        self.client, self.cluster, self.canary = client, cluster, canary
        self.target = Target("home", (), (), namespace=client.namespace)

    def plan(self, found: Sequence[Manifest], *, server_side: bool = True) -> Plan:
        made = plan(self.client, self.target, found, server_side=server_side)
        self.canary.hear("plan", repr(made))
        return made

    def apply(self, found: Sequence[Manifest], **options: Any) -> Result:
        result = apply(self.client, self.plan(found), found, **options)
        self.canary.hear("result", repr(result))
        return result

    def change(self, found: Sequence[Manifest]) -> ObjectChange:
        """The plan of one object."""
        return self.plan(found).changes[0]

    def refused(self, found: Sequence[Manifest]) -> PlanError:
        """The plan's refusal."""
        with pytest.raises(PlanError) as error:
            self.plan(found)
        self.canary.hear("refusal", repr([(error.value.message, error.value.hint, error.value.refusals)]))
        return error.value

    def live(self, kind: str, name: str) -> dict[str, Any]:
        shown = self.cluster.kubectl(
            "get", kind, name, "-n", self.target.namespace, "-o", "json", "--show-managed-fields"
        )
        return json.loads(shown.stdout)  # type: ignore[no-any-return]

    def kubectl(self, *args: str, input: str | None = None) -> str:
        return str(self.cluster.kubectl("-n", self.target.namespace, *args, input=input).stdout)

    def as_user(self, name: str, *rules: str) -> Client:
        """A client with the token of a service account that may only do what these roles allow: `verbs:resources` each."""
        self.kubectl("create", "serviceaccount", name)
        account = f"{self.target.namespace}:{name}"
        for number, rule in enumerate(rules):
            verbs, resources = rule.split(":")
            role = f"{name}-{number}"
            self.kubectl("create", "role", role, f"--verb={verbs}", f"--resource={resources}")
            self.kubectl("create", "rolebinding", role, f"--role={role}", f"--serviceaccount={account}")
        config = json.loads(self.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
        config["users"][0]["user"] = {"token": self.kubectl("create", "token", name).strip()}
        path = self.canary.folder / "kubeconfig.json"
        path.write_text(json.dumps(config))
        found = connect(None, str(path))
        found.namespace = self.target.namespace
        return found


@pytest.fixture
def bench(client: Client, cluster: Any, canary: Canary) -> Bench:
    """A fresh namespace."""
    return Bench(client, cluster, canary)


def verbs(made: Plan) -> list[Verb]:
    return [change.verb for change in made.changes]


def test_create_then_nothing_then_drift(bench: Bench) -> None:
    pw = bench.canary.secret()
    found = manifests(SECRET + "---\n" + CONFIG, {"pw": pw})
    assert verbs(bench.plan(found)) == [Verb.CREATE, Verb.CREATE]
    assert bench.apply(found).ok
    live = bench.live("secret", "db")
    assert base64.b64decode(live["data"]["password"]).decode() == pw
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["sealkit"]
    assert LAST_APPLIED not in live["metadata"].get("annotations", {})

    assert bench.plan(found).empty
    assert not bench.apply(found).applied

    bench.kubectl("patch", "configmap", "conf", "--type=merge", "-p", '{"data": {"level": "debug"}}')
    change = next(change for change in bench.plan(found).changes if change.ref.kind == "ConfigMap")
    assert [(field.route, field.old, field.new) for field in change.fields] == [(".data.level", "debug", "info")]
    assert change.conflicts == (".data.level (kubectl-patch)",)
    assert bench.apply(found, force_conflicts=True).ok
    assert bench.live("configmap", "conf")["data"]["level"] == "info"


RICH = """
apiVersion: v1
kind: Service
metadata: {name: svc, labels: {a: b}, annotations: {c: d}}
spec: {selector: {a: b}, ports: [{name: dns, port: 53}, {name: udp, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 0
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      tolerations: [{key: a, operator: Exists}]
      containers:
        - name: api
          image: api:1
          command: [run, --token, <<pw>>]
          ports: [{containerPort: 80}, {containerPort: 443, name: tls}]
          env: [{name: A, value: b}, {name: PW, value: <<pw>>}]
          volumeMounts: [{name: data, mountPath: /data}]
          resources: {limits: {memory: 64Mi, cpu: %s}}
      volumes: [{name: data, emptyDir: {}}]
---
"""


def test_a_second_plan_sends_no_value(bench: Bench) -> None:
    """What sealkit manages and what is there tell that nothing would change. A quantity in another spelling (1000m is kept as 1)
    does not tell it, and is tried."""
    text = RICH + SECRET + "---\n" + CONFIG
    pw = bench.canary.secret()
    for cpu, tried in (("500m", False), ("1000m", True)):
        found = manifests(text % cpu, {"pw": pw})
        bench.apply(found, force_conflicts=True)
        asked: list[str] = []
        call = bench.client.wire.call
        bench.client.wire.call = lambda method, path, **o: asked.append(method) or call(method, path, **o)  # type: ignore[method-assign, func-returns-value] # noqa: B023
        assert bench.plan(found).empty
        bench.client.wire.call = call  # type: ignore[method-assign]
        assert ("PATCH" in asked) is tried


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{name: A, value: b}", "{name: A, value: c}"),
        ("{name: A, value: b}, ", ""),
        ("value: b}", "value: b}, {name: B, value: b}"),
        ("image: api:1", "image: api:1, tty: true"),
        ("containerPort: 443", "containerPort: 444"),
        ("[run, --token, <<pw>>]", "[run, <<pw>>, --token]"),
        ("annotations: {c: d}", "annotations: {c: d, e: f}"),
        ("labels: {a: b}", "labels: {}"),
        ("protocol: UDP", "protocol: TCP, targetPort: 1"),
    ],
)
def test_a_second_plan_sees_every_change(bench: Bench, old: str, new: str) -> None:
    """Each way in which an object may differ without a dry run being asked first."""
    text = RICH.removesuffix("---\n") % "500m"
    pw = bench.canary.secret()
    bench.apply(manifests(text, {"pw": pw}))
    assert old in text
    changed = text.replace(old, new.replace(", tty", "\n          tty"), 1)
    if "UDP" in old:
        changed = changed.replace("{name: udp, port: 53", "{name: udp, port: 54")
    assert not bench.plan(manifests(changed, {"pw": pw})).empty
    assert not bench.plan(manifests(text, {"pw": bench.canary.secret()})).empty


def test_a_changed_value_and_a_key_that_goes(bench: Bench) -> None:
    bench.apply(manifests(SECRET, {"pw": bench.canary.secret()}))
    change = bench.change(manifests(SECRET.replace("user: app, ", ""), {"pw": bench.canary.secret()}))
    assert [(field.route, field.old, field.new) for field in change.fields] == [
        (".data.password", "***", "***"),
        (".data.user", "***", None),
    ]
    bench.apply(manifests(SECRET.replace("user: app, ", ""), {"pw": bench.canary.secret()}))
    assert set(bench.live("secret", "db")["data"]) == {"password"}


def test_a_conflict_stops_before_anything_is_sent(bench: Bench) -> None:
    first = manifests(CONFIG, {"pw": bench.canary.secret()})
    bench.apply(first)
    bench.kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=hand", "-f", "-",
                  input="{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {level: warn}}")  # fmt: skip
    found = manifests(CONFIG + "---\n" + CONFIG.replace("conf", "other"), {"pw": bench.canary.secret()})
    with pytest.raises(ClusterError, match=r"another manager holds \.data\.level \(hand\)") as error:
        bench.apply(found)
    assert "--force-conflicts" in str(error.value.hint)
    assert bench.live("configmap", "conf")["data"]["level"] == "warn"
    assert bench.apply(found, force_conflicts=True).ok
    assert bench.plan(found).empty


def test_a_conflict_that_comes_after_the_plan(bench: Bench) -> None:
    """Nothing is taken by force that the plan did not show."""
    first = manifests(CONFIG, {"pw": bench.canary.secret()})
    bench.apply(first)
    found = manifests(CONFIG.replace("info", "debug"), {"pw": bench.canary.secret()})
    made = bench.plan(found)
    bench.kubectl("patch", "configmap", "conf", "--type=merge", "-p", '{"data": {"level": "warn"}}')
    result = apply(bench.client, made, found)
    bench.canary.hear("result", repr(result))
    assert [failure.message for failure in result.failed] == ["another manager holds .data.level (kubectl-patch)"]
    assert bench.live("configmap", "conf")["data"]["level"] == "warn"


def test_what_kubectl_applied_is_taken_over_with_nothing_left_behind(bench: Bench) -> None:
    old, new = bench.canary.secret(), bench.canary.secret()
    bench.kubectl("apply", "-f", "-", input=SECRET.replace("<<pw>>", old).replace("user: app", "gone: app"))
    assert LAST_APPLIED in bench.live("secret", "db")["metadata"]["annotations"]
    found = manifests(SECRET, {"pw": new})
    change = bench.change(found)
    assert change.adopt
    assert "last-applied" in change.note
    assert not change.conflicts
    assert {(field.route, field.old, field.new) for field in change.fields} == {
        (".data.password", "***", "***"),
        (".data.user", None, "***"),
        (".data.gone", "***", None),
    }
    assert bench.apply(found).ok
    live = bench.live("secret", "db")
    assert {key: base64.b64decode(value).decode() for key, value in live["data"].items()} == {
        "user": "app",
        "password": new,
    }
    assert LAST_APPLIED not in live["metadata"].get("annotations", {})
    assert [entry["manager"] for entry in live["metadata"]["managedFields"]] == ["sealkit"]
    assert bench.plan(found).empty


def test_the_same_object_made_by_kubectl_is_still_taken_over(bench: Bench) -> None:
    """Its values are right, but its annotation repeats them, and nobody would drop a field that goes."""
    pw = bench.canary.secret()
    bench.kubectl("apply", "-f", "-", input=SECRET.replace("<<pw>>", pw))
    change = bench.change(manifests(SECRET, {"pw": pw}))
    assert (change.verb, change.fields, change.adopt) == (Verb.UPDATE, (), True)


def test_the_same_object_made_by_hand_gets_an_owner(bench: Bench) -> None:
    pw = bench.canary.secret()
    bench.kubectl("create", "configmap", "conf", "--from-literal=level=info", f"--from-literal=url=pg://a:{pw}@h/d")
    found = manifests(CONFIG, {"pw": pw})
    change = bench.change(found)
    assert (change.verb, change.fields) == (Verb.UPDATE, ())
    assert "takes over" in change.note
    bench.apply(found)
    assert bench.plan(found).empty


@pytest.mark.parametrize("again", [False, True])
def test_a_definition_and_its_object_in_one_deploy(bench: Bench, again: bool) -> None:
    """Also when the definition changes and the object needs the change."""
    kind = f"Widget{'Again' if again else 'New'}"
    names = {"plural": kind.lower(), "kind": kind, "more": ""}
    pw = bench.canary.secret()
    if again:
        bench.apply(manifests(CRD % names))
        names["more"] = ", size: {type: integer}"
    object_ = WIDGET % kind + ("  size: 3\n" if again else "")
    if again:
        object_ = object_.replace("spec: {token: <<pw>>}\n  size: 3", "spec: {token: <<pw>>, size: 3}")
    found = manifests(object_ + "---\n" + CRD % names, {"pw": pw})
    made = bench.plan(found)
    assert made.changes[1].verb is Verb.CREATE
    assert bool(made.changes[1].note) is again
    assert bench.apply(found).ok
    assert bench.live(kind.lower(), "w")["spec"]["token"] == pw
    assert bench.plan(found).empty


def test_a_namespace_and_its_objects_in_one_deploy(bench: Bench) -> None:
    name = bench.target.namespace + "-new"
    inside = SECRET.replace("name: db", f"name: db, namespace: {name}")
    found = manifests(
        inside + f"---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n", {"pw": "abcdefgh"}
    )
    assert verbs(bench.plan(found)) == [Verb.CREATE, Verb.CREATE]
    assert bench.apply(found).ok
    assert bench.plan(found).empty


def test_a_namespace_that_is_going_is_waited_for(bench: Bench) -> None:
    name = bench.target.namespace + "-going"
    bench.kubectl("create", "namespace", name)
    bench.cluster.kubectl("create", "configmap", "held", "-n", name)
    bench.cluster.kubectl(
        "patch", "configmap", "held", "-n", name, "-p", '{"metadata": {"finalizers": ["example.org/hold"]}}'
    )
    bench.cluster.kubectl("delete", "namespace", name, "--wait=false")
    inside = SECRET.replace("name: db", f"name: db, namespace: {name}")
    found = manifests(
        inside + f"---\n{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}\n", {"pw": "abcdefgh"}
    )
    made = bench.plan(found)
    assert "is being deleted" in made.changes[0].note
    bench.cluster.kubectl(
        "patch", "configmap", "held", "-n", name, "--type=merge", "-p", '{"metadata": {"finalizers": null}}'
    )
    result = apply(bench.client, made, found)
    assert result.ok, result.failed


def test_a_namespace_that_nobody_makes_is_said(bench: Bench) -> None:
    error = bench.refused(
        manifests(SECRET.replace("name: db", "name: db, namespace: nowhere"), {"pw": bench.canary.secret()})
    )
    assert error.message == 'Secret nowhere/db: namespaces "nowhere" not found'
    assert "kubectl create namespace" in str(error.hint)
    assert error.exit_code == 4


def test_every_refusal_of_a_plan_is_said(bench: Bench) -> None:
    """Values of sealed leaves stand where the server repeats what it was given."""
    text = """
apiVersion: v1
kind: Secret
metadata: {name: cert}
type: kubernetes.io/tls
stringData: {tls.crt: <<pw>>}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec: {replicas: <<pw>>, selector: {}, template: {}}
---
apiVersion: v1
kind: Service
metadata: {name: svc}
spec: {type: <<pw>>, ports: [{port: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, labels: {a: <<pw>>!}}
bogus: <<pw>>
"""
    error = bench.refused(manifests(text, {"pw": bench.canary.secret()}))
    said = {refusal.ref.kind: refusal.message for refusal in error.refusals}
    assert said["Secret"] == "Invalid: data[tls.key]" or "data[tls." in said["Secret"]
    assert said["Deployment"] == ".spec.replicas: expected numeric" or ".spec.replicas" in said["Deployment"]
    assert said["Service"].startswith("spec.type: unsupported value")
    assert said["ConfigMap"] == ".bogus: field not declared in schema"


def test_a_job_that_cannot_change(bench: Bench) -> None:
    """The server repeats the whole template, with the new value and, in older versions, the old one."""
    job = """
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  suspend: true
  template: {spec: {restartPolicy: Never, containers: [{name: a, image: b, env: [{name: P, value: <<pw>>}]}]}}
"""
    bench.apply(manifests(job, {"pw": bench.canary.secret()}))
    error = bench.refused(manifests(job, {"pw": bench.canary.secret()}))
    assert error.message.endswith("/once: spec.template.spec: invalid value: field is immutable")
    assert "kubectl delete" in str(error.hint)


def test_an_immutable_secret_that_changes(bench: Bench) -> None:
    text = SECRET + "immutable: true\n"
    bench.apply(manifests(text, {"pw": bench.canary.secret()}))
    error = bench.refused(manifests(text, {"pw": bench.canary.secret()}))
    assert error.message.endswith("Invalid: data")


def test_an_unknown_kind_is_said_before_anything_is_sent(bench: Bench) -> None:
    with pytest.raises(ClusterError, match=r"does not know example\.net/v1 Thing"):
        bench.plan(manifests("apiVersion: example.net/v1\nkind: Thing\nmetadata: {name: t}\n"))


def test_a_failure_in_one_stage_stops_the_next_and_the_run_goes_on_later(bench: Bench) -> None:
    """A quota that only the apply runs into: a dry run takes nothing from it."""
    quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {count/configmaps: %d}}\n---\n"
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n"
    bench.kubectl("create", "-f", "-", input=quota % 2)
    bench.kubectl("wait", "--for=jsonpath={.status.used.count/configmaps}=1", "resourcequota/q")
    configs = "---\n".join(CONFIG.replace("conf", f"conf-{number}") for number in range(4))
    found = manifests(configs + service, {"pw": bench.canary.secret()})
    heard: list[tuple[str, bool]] = []
    result = bench.apply(found, on_change=lambda change, error: heard.append((change.ref.kind, error is None)))
    assert len(result.applied) == 1
    assert len(result.failed) == 3
    assert [ref.kind for ref in result.left] == ["Service"]
    assert "exceeded quota" in result.failed[0].message
    assert sorted(heard) == [("ConfigMap", False)] * 3 + [("ConfigMap", True)]
    bench.kubectl("delete", "resourcequota", "q")
    assert bench.apply(found).ok
    assert bench.plan(found).empty


def test_rights_that_are_missing_are_said(bench: Bench) -> None:
    """Reading is allowed, writing is not."""
    user = bench.as_user("reader", "get,list:secrets,configmaps")
    with pytest.raises(PlanError) as error:
        plan(user, bench.target, manifests(CONFIG, {"pw": bench.canary.secret()}))
    bench.canary.hear("refusal", repr(error.value.refusals))
    assert 'cannot patch resource "configmaps"' in error.value.message


def test_an_inventory_that_cannot_be_read_is_not_taken_for_none(bench: Bench) -> None:
    user = bench.as_user("writer", "get,list,patch,create:configmaps")
    found = manifests(CONFIG, {"pw": bench.canary.secret()})
    with pytest.raises(ClusterError, match=r'cannot get resource "secrets"') as error:
        plan(user, bench.target, found)
    assert "needs get and patch on Secret" in (error.value.hint or "")
    made = plan(user, bench.target, found, server_side=False)
    assert made.warnings[0].startswith("the inventory was not read")


def test_a_client_side_plan_needs_no_more_than_discovery(bench: Bench) -> None:
    user = bench.as_user("nobody")
    found = manifests(CONFIG, {"pw": bench.canary.secret()})
    change = plan(user, bench.target, found, server_side=False).changes[0]
    assert change.verb is Verb.UPDATE
    assert change.note.startswith("not compared: ")
    assert "cannot get" in change.note


def test_a_client_side_plan_compares_what_the_manifest_names(bench: Bench) -> None:
    first = manifests(SECRET + "---\n" + CONFIG, {"pw": bench.canary.secret()})
    assert verbs(bench.plan(first, server_side=False)) == [Verb.CREATE, Verb.CREATE]
    bench.apply(first)
    assert verbs(bench.plan(first, server_side=False)) == [Verb.UNCHANGED, Verb.UNCHANGED]
    made = bench.plan(manifests(SECRET + "---\n" + CONFIG, {"pw": bench.canary.secret()}), server_side=False)
    assert [[field.route for field in change.fields] for change in made.changes] == [[".data.password"], [".data.url"]]


def test_many_objects_of_a_kind_are_read_with_one_list_and_secrets_are_not(bench: Bench) -> None:
    """Another Secret of the namespace must not come into memory."""
    configs = [CONFIG.replace("conf", f"conf-{number}") for number in range(6)]
    secrets = [SECRET.replace("name: db", f"name: db-{number}") for number in range(6)]
    found = manifests("---\n".join(configs + secrets), {"pw": bench.canary.secret()})
    bench.apply(found)
    asked: list[str] = []
    call = bench.client.wire.call
    bench.client.wire.call = lambda method, path, **o: asked.append(f"{method} {path}") or call(method, path, **o)  # type: ignore[method-assign, func-returns-value]
    assert bench.plan(found).empty
    gets = [line for line in asked if line.startswith("GET")]
    assert sum("/configmaps?limit=" in line for line in gets) == 1
    assert not any("/configmaps/" in line for line in gets)
    assert sum("/secrets/db-" in line for line in gets) == 6
    assert not any("/secrets?" in line for line in gets)


def test_the_inventory_holds_who_and_where_but_no_value(bench: Bench) -> None:
    pw = bench.canary.secret()
    found = manifests(SECRET + "---\n" + CONFIG, {"pw": pw})
    result = bench.apply(found)

    def record(objects: Sequence[Manifest]) -> bool:
        before = inventory.read(bench.client, bench.target)
        items = desired_objects(bench.client, objects)
        return inventory.record(
            bench.client, bench.target, items, before=before, uids=result.uids, signed=inventory.Signed("ed25519:x")
        )

    assert record(found)
    assert not record(found)
    live = bench.live("secret", "sealkit-inventory-home")
    texts = [base64.b64decode(value).decode() for value in live["data"].values()]
    bench.canary.hear("inventory", repr(texts))
    assert live["type"] == "sealkit.dev/inventory"
    kept = inventory.read(bench.client, bench.target)
    assert kept.signer == "ed25519:x"
    assert {ref.kind: entry.sealed for ref, entry in kept.objects.items()} == {
        "Secret": (".data.password",),
        "ConfigMap": (".data.url",),
    }
    assert bench.plan(found[:1]).warnings == [
        f"no longer in the repository, still in the cluster: ConfigMap {bench.target.namespace}/conf"
    ]
    record(found[:1])
    assert len(inventory.read(bench.client, bench.target).objects) == 2
    bench.kubectl("delete", "configmap", "conf")
    assert not bench.plan(found[:1]).warnings
    record(found[:1])
    assert len(inventory.read(bench.client, bench.target).objects) == 1


def test_a_value_that_is_no_longer_sealed_is_masked_through_the_inventory(bench: Bench) -> None:
    """The live value is the sealed one of the last deploy; nothing in the repository knows it any more."""
    old = bench.canary.secret()
    found = manifests(CONFIG.replace("pg://a:<<pw>>@h/d", "<<pw>>"), {"pw": old})
    result = bench.apply(found)
    items = desired_objects(bench.client, found)
    inventory.record(
        bench.client, bench.target, items, before=inventory.Inventory(), uids=result.uids, signed=inventory.Signed()
    )
    change = bench.change(manifests(CONFIG.replace("pg://a:<<pw>>@h/d", "now public"), {}))
    assert [(field.old, field.new) for field in change.fields] == [("***", "now public")]


def test_a_secret_of_the_inventorys_name_that_is_none_stops(bench: Bench) -> None:
    bench.kubectl("create", "secret", "generic", "sealkit-inventory-home", "--from-literal=a=b")
    with pytest.raises(ClusterError, match="is not an inventory of sealkit"):
        bench.plan(manifests(CONFIG, {"pw": "abcdefgh"}))


def test_a_broken_inventory_is_not_taken_for_none(bench: Bench) -> None:
    bench.kubectl("create", "secret", "generic", "sealkit-inventory-home", "--type=sealkit.dev/inventory",
                  "--from-literal=objects=[")  # fmt: skip
    with pytest.raises(ClusterError, match="cannot be read"):
        bench.plan(manifests(CONFIG, {"pw": "abcdefgh"}))


def test_what_preflight_refuses_never_reaches_the_server(bench: Bench) -> None:
    asked: list[str] = []
    bench.client.wire.call = lambda method, path, **_: asked.append(path)  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(RefusedError, match="must be text"):
        bench.plan(manifests(SECRET, {"pw": 31337}))
    assert not asked
