"""What a change means, in lines: each danger is named, nothing that changed is passed over, what did not change is silent, and no
sealed value is ever in a line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sealkit.model.objects import Manifest, ref_of
from sealkit.model.sensitive import Origin, Sensitive
from sealkit.overlay import kinds
from sealkit.overlay.kinds import Family
from sealkit.overlay.meaning import meaning
from sealkit.overlay.render import Rendered, combine
from sealkit.source.config import Target
from sealkit.yamlspan.route import Route

Objects = list[dict[str, Any]]
TARGET = Target("home", ("public",), ("private",), namespace="shop")
VALUE = "the-value-that-nobody-sees"

HOUSE = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, labels: {app: api}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: api
      containers:
        - name: api
          image: ghcr.io/example/api:1
          command: [/api]
          env:
            - {name: DSN, value: "postgres://shop:<sealed:db.password|urlencode>@postgres:5432/shop"}
            - {name: LOG_URL, value: "https://logs.example"}
          envFrom: [{secretRef: {name: signing}}]
          livenessProbe: {exec: {command: [ok]}, periodSeconds: 5}
          volumeMounts: [{name: tmp, mountPath: /tmp}, {name: config, mountPath: /etc/api}, {name: data, mountPath: /data}]
      volumes:
        - {name: tmp, emptyDir: {}}
        - {name: config, configMap: {name: api}}
        - {name: data, persistentVolumeClaim: {claimName: data}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "ghcr.io/example/web:1"}]}}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: api}, data: {conf.ini: "level=info", dsn: "x"}}
---
{apiVersion: v1, kind: Service, metadata: {name: postgres}, spec: {selector: {app: postgres}, ports: [{port: 5432}]}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: api}}
---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {volumeName: data, resources: {requests: {storage: 1Gi}}}}
---
{apiVersion: v1, kind: PersistentVolume, metadata: {name: data}, spec: {capacity: {storage: 1Gi}, nfs: {server: nas.example, path: /data}}}
---
{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny}, spec: {podSelector: {}, policyTypes: [Ingress, Egress]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [events], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader}
roleRef: {kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: api}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks:
- name: guard.example
  clientConfig: {service: {name: guard, namespace: shop}}
  namespaceSelector: {matchLabels: {guarded: "true"}}
  failurePolicy: Fail
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [services]}]
---
apiVersion: source.example/v1
kind: GitRepository
metadata: {name: repo}
spec: {url: "https://git.example", secretRef: {name: signing}}
"""


def sealed(path: str, route: str) -> Sensitive:
    return Sensitive(VALUE, origins=(Origin(path, Route.parse(route)),))


def house() -> Objects:
    return list(yaml.safe_load_all(HOUSE))


def rendered(objects: Objects) -> Rendered:
    """The objects with a named value and a sealed Secret, as `render` gives them."""
    signing = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "signing", "namespace": "shop"}}
    opened: Any = {
        "private/db.yaml": [{"db": {"password": sealed("private/db.yaml", ".db.password"), "port": 5432}}],
        "private/signing.yaml": [{**signing, "stringData": {"KEY": sealed("private/signing.yaml", ".stringData.KEY")}}],
    }
    manifests = [Manifest(ref_of(body), body["apiVersion"], body, "public/a.yaml", 1) for body in objects]
    return combine(manifests, opened, TARGET)


def change(edit: Callable[[Objects], object]) -> list[str]:
    objects = house()
    edit(objects)
    return meaning(rendered(house()), rendered(objects))


def added(text: str) -> list[str]:
    return change(lambda objects: objects.extend(yaml.safe_load_all(text)))


def find(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    return next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))


def pod(objects: Objects, name: str = "api") -> dict[str, Any]:
    return find(objects, "Deployment", name)["spec"]["template"]["spec"]


def app(objects: Objects) -> dict[str, Any]:
    return pod(objects)["containers"][0]


def put(tree: Any, keys: str, value: object) -> None:
    *above, last = (key.replace("~", "/") for key in keys.split("/"))
    for key in above:
        tree = tree[int(key)] if isinstance(tree, list) else tree.setdefault(key, {})
    tree[int(last) if isinstance(tree, list) else last] = value


API = "container api of Deployment shop/api gets Secret signing, <sealed:db.password> with"
POD = "Deployment shop/api gets Secret signing, <sealed:db.password> with"

IN_CONTAINER: dict[str, tuple[str, object, str]] = {
    "image": ("image", "evil.test/x", "another image (evil.test/x, was ghcr.io/example/api:1)"),
    "command": ("command", ["sh", "-c", "curl evil"], 'another command (["sh", "-c", "curl evil"], was ["/api"])'),
    "args": ("args", ["--to", "evil"], 'a new list of arguments (["--to", "evil"])'),
    "variable": (
        "env/1/value",
        "https://evil.test",
        "environment variable LOG_URL (https://evil.test, was https://logs",
    ),
    "variable from elsewhere": ("env/1", {"name": "LOG_URL", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}, "LOG_URL"),
    "environment from a ConfigMap": ("envFrom/0", {"configMapRef": {"name": "api"}}, "source of its environment"),
    "probe": ("livenessProbe/exec/command", ["curl", "evil"], 'liveness probe .exec.command (["curl", "evil"]'),
    "readiness probe": ("readinessProbe", {"httpGet": {"host": "evil.test"}}, "new readiness probe ({"),
    "lifecycle": ("lifecycle", {"postStart": {"exec": {"command": ["sh"]}}}, "new lifecycle hook ({"),
    "mount": ("volumeMounts/0/mountPath", "/usr/bin", "mount"),
    "working directory": ("workingDir", "/data", "new working directory (/data)"),
    "security context": ("securityContext", {"runAsUser": 0}, 'new security context ({"runAsUser": 0})'),
    "terminal": ("tty", True, "new tty (true)"),
    "message path": ("terminationMessagePath", "/etc/x", "new terminationMessagePath (/etc/x)"),
    "a port of the node": ("ports", [{"containerPort": 1, "hostPort": 2}], "ports"),
    "a field of the future": ("futureField", {"a": 1}, 'new futureField ({"a": 1})'),
}
IN_POD: dict[str, tuple[str, object, str]] = {
    "serviceAccountName": ("serviceAccountName", "evil", "another service account (evil, was api)"),
    "automountServiceAccountToken": ("automountServiceAccountToken", False, "automountServiceAccountToken (false)"),
    "runtimeClassName": ("runtimeClassName", "evil", "a new runtimeClassName (evil)"),
    "schedulerName": ("schedulerName", "evil", "a new schedulerName (evil)"),
    "hostNetwork": ("hostNetwork", True, "a new hostNetwork (true)"),
    "hostPID": ("hostPID", True, "a new hostPID (true)"),
    "hostIPC": ("hostIPC", True, "a new hostIPC (true)"),
    "hostUsers": ("hostUsers", True, "a new hostUsers (true)"),
    "shareProcessNamespace": ("shareProcessNamespace", True, "a new shareProcessNamespace (true)"),
    "dnsPolicy": ("dnsPolicy", "None", "a new dnsPolicy (None)"),
    "dnsConfig": ("dnsConfig", {"nameservers": ["6.6.6.6"]}, 'a new dnsConfig ({"nameservers": ["6.6.6.6"]})'),
    "hostAliases": ("hostAliases", [{"ip": "6.6.6.6", "hostnames": ["postgres"]}], "hostAliases [6.6.6.6]"),
    "securityContext": ("securityContext", {"fsGroup": 0}, 'a new securityContext ({"fsGroup": 0})'),
    "a volume": ("volumes/0", {"name": "tmp", "nfs": {"server": "evil"}}, "volume tmp"),
    "a claim": (
        "volumes/2/persistentVolumeClaim/claimName",
        "evil",
        "volume data .persistentVolumeClaim.claimName (evil",
    ),
    "initializers of the future": ("futureField", 1, "a new futureField (1)"),
    "resourceClaims": ("resourceClaims", [{"name": "evil"}], "resourceClaims [evil]"),
    "hostname": ("hostname", "postgres", "hostname (postgres)"),
}


@pytest.mark.parametrize("name", IN_CONTAINER)
def test_what_changes_in_a_container_that_gets_a_value(name: str) -> None:
    keys, value, told = IN_CONTAINER[name]
    lines = change(lambda o: put(app(o), keys, value))
    assert any(line.startswith("container api of Deployment shop/api gets") and told in line for line in lines), lines


@pytest.mark.parametrize("name", IN_POD)
def test_what_changes_in_a_pod_that_gets_a_value(name: str) -> None:
    keys, value, told = IN_POD[name]
    lines = change(lambda o: put(pod(o), keys, value))
    assert any("Deployment shop/api gets" in line and told in line for line in lines), lines


@pytest.mark.parametrize("fields", [IN_CONTAINER, IN_POD])
@pytest.mark.parametrize(
    "name", {name: keys for name, (keys, *_) in {**IN_CONTAINER, **IN_POD}.items() if "/" not in keys}
)
def test_what_changes_in_a_pod_without_values_is_told_too(
    name: str, fields: dict[str, tuple[str, object, str]]
) -> None:
    """What it may get next is not known."""
    keys, value, _ = {**IN_CONTAINER, **IN_POD}[name]
    lines = change(
        lambda o: put(pod(o, "web")["containers"][0] if fields is IN_CONTAINER else pod(o, "web"), keys, value)
    )
    assert lines
    assert all("web" in line for line in lines)


@pytest.mark.parametrize("name", {**IN_CONTAINER, **IN_POD})
def test_taking_it_away_is_told_too(name: str) -> None:
    keys, value, _ = {**IN_CONTAINER, **IN_POD}[name]
    objects = house()
    put(app(objects) if name in IN_CONTAINER else pod(objects), keys, value)
    assert meaning(rendered(objects), rendered(house()))


SECRET_TO: dict[str, object] = {
    "env": {"env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "signing", "key": "KEY"}}}]},
    "envFrom": {"envFrom": [{"secretRef": {"name": "signing"}}]},
    "volume": {"volumeMounts": [{"name": "s", "mountPath": "/s"}]},
    "projected": {"volumeMounts": [{"name": "p", "mountPath": "/s"}]},
}


@pytest.mark.parametrize("group", ["containers", "initContainers", "ephemeralContainers"])
@pytest.mark.parametrize("way", SECRET_TO)
def test_a_container_that_gets_a_secret(way: str, group: str) -> None:
    def edit(objects: Objects) -> None:
        spec = pod(objects)
        spec["volumes"] += [
            {"name": "s", "secret": {"secretName": "signing"}},
            {"name": "p", "projected": {"sources": [{"secret": {"name": "signing"}}]}},
        ]
        more: Any = SECRET_TO[way]
        spec.setdefault(group, []).append({"name": "debug", "image": "evil.test/x", **more})

    lines = change(edit)
    assert "container debug of Deployment shop/api gets Secret signing (a new container, image evil.test/x)" in lines


def test_another_container_that_gets_a_secret_in_a_workload_of_any_kind() -> None:
    spec = "{containers: [{name: e, image: evil, envFrom: [{secretRef: {name: signing}}]}]}"
    for head, path in [
        ("{apiVersion: v1, kind: Pod, metadata: {name: e}, spec: %s}", spec),
        ("{apiVersion: batch/v1, kind: Job, metadata: {name: e}, spec: {template: {spec: %s}}}", spec),
        (
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: e}, spec: {jobTemplate: {spec: {template: {spec: %s}}}}}",
            spec,
        ),
        ("{apiVersion: argoproj.io/v1, kind: Rollout, metadata: {name: e}, spec: {template: {spec: %s}}}", spec),
        ("{apiVersion: v1, kind: PodTemplate, metadata: {name: e}, template: {spec: %s}}", spec),
    ]:
        lines = added(head % path)
        assert any(line.startswith("container e of ") and "gets Secret signing" in line for line in lines), lines


def test_a_container_that_gets_less_and_one_that_is_gone() -> None:
    lines = change(lambda o: app(o).pop("envFrom"))
    assert "container api of Deployment shop/api no longer gets Secret signing" in lines
    lines = change(lambda o: pod(o).update(containers=[{"name": "other", "image": "x"}]))
    assert "container api of Deployment shop/api is gone" in lines


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"securityContext": {"privileged": True}}, "privileged"),
        ({"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}, "capabilities SYS_ADMIN"),
        ({"volumeMounts": [{"name": "host", "mountPath": "/h"}]}, "hostPath /var/lib/kubelet"),
        ({"securityContext": {"windowsOptions": {"hostProcess": True}}}, "a process of the host"),
    ],
)
def test_what_reaches_the_node(more: dict[str, object], told: str) -> None:
    def edit(objects: Objects) -> None:
        spec = pod(objects, "web")
        spec["volumes"] = [{"name": "host", "hostPath": {"path": "/var/lib/kubelet"}}]
        spec["containers"][0].update(more)

    assert f"container web of Deployment shop/web gets the Secrets of its node ({told})" in change(edit)


@pytest.mark.parametrize("volume", ["tmp", "data"])
def test_a_sidecar_on_a_shared_volume(volume: str) -> None:
    mount = [{"name": volume, "mountPath": "/x"}]
    lines = change(lambda o: pod(o)["containers"].append({"name": "side", "image": "side", "volumeMounts": mount}))
    told = f"container side of Deployment shop/api shares volume {volume} with container api of Deployment shop/api, which gets"
    assert any(line.startswith(told) for line in lines), lines


def test_another_workload_on_the_same_claim() -> None:
    def edit(objects: Objects) -> None:
        spec = pod(objects, "web")
        spec["volumes"] = [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]
        spec["containers"][0]["volumeMounts"] = [{"name": "d", "mountPath": "/d"}]

    told = "container web of Deployment shop/web shares volume d with container api of Deployment shop/api"
    assert any(line.startswith(told) for line in change(edit))


def test_places_of_a_named_value() -> None:
    lines = change(lambda o: put(find(o, "ConfigMap", "api"), "data/dsn", "<sealed:db.password>"))
    assert "<sealed:db.password> goes to ConfigMap shop/api .data.dsn" in lines
    assert "container api of Deployment shop/api gets ConfigMap api" in lines
    lines = change(lambda o: put(app(o), "env/0/value", "postgres://shop:<sealed:db.password|urlencode>@evil/shop"))
    (line,) = lines
    assert line.startswith(
        "the text around <sealed:db.password> in Deployment shop/api .spec.template.spec.containers[api].env[DSN]"
    )
    assert "@evil/shop, was" in line
    lines = change(lambda o: put(app(o), "env/0/value", "open"))
    assert any(line.startswith("<sealed:db.password> no longer goes to") for line in lines)


def test_the_end_of_a_long_text_is_shown_where_it_differs() -> None:
    long = "x" * 500
    one, two = house(), house()
    put(find(one, "ConfigMap", "api"), "data/dsn", f"{long}<sealed:db.password>@good")
    put(find(two, "ConfigMap", "api"), "data/dsn", f"{long}<sealed:db.password>@evil")
    (line,) = meaning(rendered(one), rendered(two))
    assert "@evil" in line
    assert "@good" in line
    assert len(line) < 400


def test_configuration_that_is_read_beside_a_value() -> None:
    (line,) = change(lambda o: put(find(o, "ConfigMap", "api"), "data/conf.ini", "level=debug url=evil"))
    assert line.startswith('ConfigMap shop/api changed: .data["conf.ini"] (level=debug url=evil, was level=info)')
    assert "read by container api of Deployment shop/api, which gets sealed values" in line


def test_annotations_of_pods_and_of_secrets() -> None:
    lines = change(
        lambda o: put(
            find(o, "Deployment", "api"), "spec/template/metadata/annotations", {"inject/image": "evil.test/x"}
        )
    )
    (line,) = lines
    assert line == (
        "pod annotations or labels of Deployment shop/api changed (injectors read them): "
        '.annotations["inject/image"] (evil.test/x)'
    )
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "signing", "annotations": {"replicate-to": "*"}},
    }
    (line,) = change(lambda o: o.append(secret))
    assert line.startswith("annotations or labels of Secret shop/signing changed")
    assert "replicate-to" in line


def test_open_values_of_a_secret_are_not_shown() -> None:
    def secret(value: str) -> list[Any]:
        return [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "open"}, "stringData": {"host": value}}]

    lines = meaning(rendered(secret("first-host")), rendered(secret("second-host")))
    assert lines == ["Secret shop/open changed: .stringData.host"]


RBAC = "rbac.authorization.k8s.io"
RULES: dict[str, tuple[str, str, str, str]] = {
    "secrets": ("", "secrets", "get", "may get secrets * in all namespaces"),
    "everything": ("*", "*", "*", "may do anything with everything in all namespaces"),
    "exec": ("", "pods/exec", "create", "run programs in pods"),
    "any exec": ("", "*/exec", "create", "run programs in pods"),
    "attach": ("", "pods/attach", "create", "run programs in pods"),
    "ephemeral": ("", "pods/ephemeralcontainers", "patch", "run programs in pods"),
    "any token": ("", "*/token", "create", "make tokens"),
    "token": ("", "serviceaccounts/token", "create", "make tokens"),
    "port-forward": ("", "pods/portforward", "create", "talk to pods"),
    "node proxy": ("", "nodes/proxy", "get", "run programs in every pod"),
    "pods": ("", "pods", "create", "create pods"),
    "read pods": ("", "pods", "list", "read values in pod specs"),
    "read deployments": ("apps", "deployments", "get", "read values in pod specs"),
    "deployments": ("apps", "deployments", "patch", "create pods"),
    "jobs": ("batch", "jobs", "create", "create pods"),
    "impersonate": ("", "users", "impersonate", "act as somebody else"),
    "bind": (RBAC, "clusterroles", "bind", "give itself any right"),
    "escalate": (RBAC, "roles", "escalate", "give itself any right"),
    "bindings": (RBAC, "rolebindings", "create", "give rights"),
    "policies": (
        "admissionregistration.k8s.io",
        "mutatingadmissionpolicies",
        "create",
        "see and change what the API server",
    ),
    "certificates": ("certificates.k8s.io", "certificatesigningrequests/approval", "update", "make certificates"),
    "signers": ("certificates.k8s.io", "signers", "approve", "make certificates"),
    "rollouts": ("argoproj.io", "rollouts", "create", "command what acts on these objects"),
    "volumes": ("", "persistentvolumes", "create", "files of nodes"),
    "definitions": ("apiextensions.k8s.io", "customresourcedefinitions", "patch", "see and change what the API server"),
    "API services": ("apiregistration.k8s.io", "apiservices", "patch", "see and change what the API server"),
    "namespaces": ("", "namespaces", "patch", "change what pods may do"),
    "configmaps": ("", "configmaps", "get", "read values in ConfigMaps"),
    "logs": ("", "pods/log", "get", "read what containers"),
    "endpoints": ("", "endpoints", "update", "lead connections elsewhere"),
    "something new": ("", "futurethings", "create", "may create futurethings"),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_that_is_granted(name: str) -> None:
    group, resource, verb, told = RULES[name]
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}

    def with_role(objects: Objects) -> None:
        objects.append({"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": "ex"}, "rules": [rule]})
        subject = {"kind": "ServiceAccount", "name": "evil", "namespace": "evil"}
        objects.append(
            {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "ex"},
             "roleRef": {"kind": "ClusterRole", "name": "ex"}, "subjects": [subject]}
        )  # fmt: skip

    lines = change(with_role)
    assert any(line.startswith("ServiceAccount evil/evil may ") and told in line for line in lines), lines
    lines = change(lambda o: find(o, "Role", "reader")["rules"].append(rule))
    assert any(line.startswith("ServiceAccount shop/api may ") for line in lines), lines
    lines = change(
        lambda o: (
            with_role(o)
            or find(o, "ClusterRole", "ex")["metadata"].update(labels={f"{RBAC}/aggregate-to-view": "true"})
        )
    )
    assert any(line.startswith(f"whoever is bound to {RBAC}/aggregate-to-view may ") for line in lines), lines


def test_who_is_bound_and_to_what_is_not_here() -> None:
    lines = change(lambda o: find(o, "RoleBinding", "reader")["subjects"].append({"kind": "Group", "name": "all"}))
    assert any(line.startswith("Group all may get events in shop") for line in lines), lines
    lines = change(lambda o: find(o, "RoleBinding", "reader").update(roleRef={"kind": "ClusterRole", "name": "edit"}))
    assert any(
        "ServiceAccount shop/api gets ClusterRole edit" in line and "not in this target" in line for line in lines
    )
    lines = change(lambda o: find(o, "Role", "reader").update(rules=[]))
    assert any(line.startswith("ServiceAccount shop/api may no longer get events in shop") for line in lines), lines


def test_a_pod_that_runs_as_an_account_with_rights() -> None:
    def rights(objects: Objects) -> Objects:
        find(objects, "Role", "reader")["rules"] = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]
        return objects

    objects = rights(house())
    pod(objects, "web")["serviceAccountName"] = "api"
    lines = meaning(rendered(rights(house())), rendered(objects))
    assert any(
        line.startswith("Deployment shop/web runs as service account api, which may get secrets * in shop")
        for line in lines
    )


LEADS: dict[str, tuple[Callable[[Objects], object], str]] = {
    "a policy of the network is gone": (
        lambda o: o.remove(find(o, "NetworkPolicy", "deny")), "NetworkPolicy shop/deny removed"),
    "a policy of the network": (
        lambda o: put(find(o, "NetworkPolicy", "deny"), "spec/egress", [{}]), "NetworkPolicy shop/deny changed (who may talk to whom): .spec.egress[0] ({})"),
    "another selector": (
        lambda o: put(find(o, "Service", "postgres"), "spec/selector/app", "evil"),
        "Service shop/postgres now leads elsewhere: .spec.selector.app (evil, was postgres)"),
    "an external name": (
        lambda o: put(find(o, "Service", "postgres"), "spec/externalName", "evil.test"), ".spec.externalName (evil.test)"),
    "another server": (
        lambda o: put(find(o, "PersistentVolume", "data"), "spec/nfs/server", "evil"),
        "PersistentVolume data now leads elsewhere: .spec.nfs.server (evil, was nas.example)"),
    "another volume": (
        lambda o: put(find(o, "PersistentVolumeClaim", "data"), "spec/volumeName", "evil"), "volumeName (evil, was data)"),
    "the rules of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/rules/0/resources", ["*"]),
        "webhook guard.example of ValidatingWebhookConfiguration guard receives * with another rules"),
    "the selector of a webhook": (
        lambda o: find(o, "ValidatingWebhookConfiguration", "guard")["webhooks"][0].pop("namespaceSelector"),
        "without its namespaceSelector"),
    "the address of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/clientConfig", {"url": "https://evil"}),
        "https://evil"),
    "the authority of a webhook": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/clientConfig/caBundle", "eA=="), "caBundle"),
    "a webhook that fails open": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks/0/failurePolicy", "Ignore"),
        "another failurePolicy (Ignore, was Fail)"),
    "a webhook is gone": (
        lambda o: put(find(o, "ValidatingWebhookConfiguration", "guard"), "webhooks", []), "webhook guard.example of"),
    "another URL beside a reference": (
        lambda o: put(find(o, "GitRepository", "repo"), "spec/url", "https://evil"),
        "GitRepository shop/repo (source.example), which names Secret signing, changed: .spec.url (https://evil"),
    "the identity of an account": (
        lambda o: put(find(o, "ServiceAccount", "api"), "metadata/annotations", {"eks.amazonaws.com/role-arn": "evil"}), "role-arn"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEADS)
def test_what_leads_elsewhere(name: str) -> None:
    edit, told = LEADS[name]
    lines = change(edit)
    assert any(told in line for line in lines), lines


ADMISSION = "admissionregistration.k8s.io/v1"
SERVES: dict[str, tuple[str, str]] = {
    "a policy with a Secret as its parameter": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: copy}}, spec: {{paramKind: {{kind: Secret}}, "
        "matchConstraints: {resourceRules: [{apiGroups: [''], resources: [configmaps]}]}}}"),
        "a policy that can read Secrets: MutatingAdmissionPolicy copy (paramKind Secret, matches configmaps"),
    "a policy over Secrets": (
        (f"{{apiVersion: {ADMISSION}, kind: ValidatingAdmissionPolicy, metadata: {{name: leak}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [secrets]}]}}}"),
        "a policy that can read Secrets: ValidatingAdmissionPolicy leak (matches secrets)"),
    "a policy over everything": (
        (f"{{apiVersion: {ADMISSION}, kind: ValidatingAdmissionPolicy, metadata: {{name: leak}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: ['*'], resources: ['*']}]}}}"),
        "a policy that can read Secrets: ValidatingAdmissionPolicy leak"),
    "a policy over pods": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: inj}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [pods]}]}}}"),
        "a policy whose CEL can read the values in pods: MutatingAdmissionPolicy inj (matches pods, changes what it matches)"),
    "a policy over something else": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicy, metadata: {{name: inj}}, "
        "spec: {matchConstraints: {resourceRules: [{apiGroups: [''], resources: [services]}]}}}"),
        "a policy that changes objects: MutatingAdmissionPolicy inj (matches services"),
    "a binding": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingAdmissionPolicyBinding, metadata: {{name: b}}, "
        "spec: {policyName: copy, paramRef: {name: signing, namespace: shop}}}"),
        "MutatingAdmissionPolicyBinding b puts policy copy to work, which is not in this target and gives it an object signing of shop"),
    "a webhook": (
        (f"{{apiVersion: {ADMISSION}, kind: MutatingWebhookConfiguration, metadata: {{name: h}}, webhooks: [{{name: h.x, "
        "clientConfig: {url: 'https://evil'}, rules: [{apiGroups: [''], resources: [secrets, pods]}]}]}"),
        "webhook h.x of MutatingWebhookConfiguration h receives pods, secrets: URL https://evil"),
    "a conversion": (
        ("{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: foos.e}, spec: {group: e, "
        "names: {kind: Foo}, conversion: {strategy: Webhook, webhook: {clientConfig: {url: 'https://evil'}}}}}"),
        "CustomResourceDefinition foos.e gets a conversion webhook (URL https://evil), which receives every Foo"),
    "an API service": (
        ("{apiVersion: apiregistration.k8s.io/v1, kind: APIService, metadata: {name: v1.apps}, spec: {group: apps, version: v1, "
        "insecureSkipTLSVerify: true, service: {name: evil, namespace: evil}}}"),
        "APIService v1.apps takes over group apps v1: requests go to Service evil/evil, without checking its certificate"),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVES)
def test_what_serves_the_cluster(name: str) -> None:
    text, told = SERVES[name]
    lines = added(text)
    assert any(line.startswith(told) for line in lines), lines


CUSTOM: dict[str, tuple[str, str]] = {
    "monitoring.coreos.com/v1 ServiceMonitor": (
        "{endpoints: [{basicAuth: {password: {name: signing, key: k}}}]}",
        "basicAuth",
    ),
    "monitoring.coreos.com/v1alpha1 ScrapeConfig": ("{authorization: {credentials: {name: signing}}}", "credentials"),
    "networking.istio.io/v1 Gateway": ("{servers: [{tls: {credentialName: signing}}]}", "credentialName"),
    "velero.io/v1 BackupStorageLocation": ("{credential: {name: signing, key: k}}", "credential"),
    "postgresql.cnpg.io/v1 Cluster": ("{backup: {s3: {accessKeyId: {name: signing, key: k}}}}", "accessKeyId"),
    "kyverno.io/v1 ClusterPolicy": ("{rules: [{generate: {clone: {name: signing, namespace: shop}}}]}", "clone"),
    "external-secrets.io/v1 ExternalSecret": ("{data: [{remoteRef: {key: signing}}]}", "remoteRef"),
    "pkg.crossplane.io/v1 ProviderConfig": ("{credentials: {ref: {name: signing, namespace: shop}}}", "ref"),
    "cert-manager.io/v1 Certificate": ("{secretName: signing}", "secretName"),
    "helm.toolkit.fluxcd.io/v2 HelmRelease": ("{values: {auth: {existing: signing}}}", "existing"),
    "source.toolkit.fluxcd.io/v1 GitRepository": ("{url: 'https://evil', secretRef: {name: signing}}", "secretRef"),
    "argoproj.io/v1alpha1 Application": ("{source: {helm: {parameters: [{name: s, value: signing}]}}}", "parameters"),
    "traefik.io/v1alpha1 IngressRoute": ("{tls: {store: shop/signing}}", "store"),
    "keda.sh/v1alpha1 TriggerAuthentication": ("{refs: [{parameter: p, name: signing}]}", "refs"),
    "tekton.dev/v1 Pipeline": ("{workspaces: [{binding: 'k8s://signing'}]}", "binding"),
    "example.test/v1 Anything": ("{script: 'kubectl get signing -o yaml'}", "script"),
    "example.test/v1 Keyed": ("{by: {signing: 1}}", "by"),
}


@pytest.mark.parametrize("name", CUSTOM)
def test_a_custom_resource_that_names_a_sealed_secret(name: str) -> None:
    api, kind = name.split()
    spec, told = CUSTOM[name]
    lines = added(f"{{apiVersion: {api}, kind: {kind}, metadata: {{name: x}}, spec: {spec}}}")
    group = api.partition("/")[0]
    assert lines[0].startswith(f"custom resource {kind} shop/x ({group}) names Secret signing: "), lines
    assert told in lines[0]
    assert any(
        line.startswith(f"object of a kind that sealkit does not know was added: {kind} shop/x") for line in lines
    )


def test_a_custom_resource_that_selects_secrets_without_a_name() -> None:
    spec = "{selector: {secret: {selector: {matchLabels: {}}}}}"
    lines = added(f"{{apiVersion: external-secrets.io/v1, kind: PushSecret, metadata: {{name: p}}, spec: {spec}}}")
    assert any(
        "PushSecret shop/p (external-secrets.io) speaks of secrets: .spec.selector.secret" in line for line in lines
    )


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


def test_a_tag_is_the_last_line() -> None:
    def edit(objects: Objects) -> None:
        app(objects)["image"] = "ghcr.io/example/api:2"
        objects.extend(yaml.safe_load_all(SERVES["a policy over Secrets"][0]))
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
