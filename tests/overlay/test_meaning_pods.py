"""What a change of a workload means: whatever changes around a value is told, field by field."""

from __future__ import annotations

from typing import Any

import pytest

from meaning_kit import Objects, added, app, change, find, house, pod, put, rendered
from sealkit.overlay.meaning import meaning

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
