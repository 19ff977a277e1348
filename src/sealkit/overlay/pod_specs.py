"""How to read a pod spec: its containers, what they mount, and the Secrets and ConfigMaps that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sealkit.model.tree import Fields, Tree, as_mappings, as_text, at

CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
"""The lists of containers in a pod spec."""
_SECRET_KEYS = frozenset({"secretKeyRef", "secretRef", "secret"})
_POD_OWN = frozenset(
    {
        "containers", "initContainers", "ephemeralContainers", "volumes", "imagePullSecrets", "serviceAccountName",
        "serviceAccount", "automountServiceAccountToken", "nodeSelector", "nodeName", "tolerations", "affinity",
        "schedulerName", "priorityClassName", "topologySpreadConstraints", "enableServiceLinks", "dnsConfig", "dnsPolicy",
        "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "securityContext", "shareProcessNamespace",
        "resources", "restartPolicy", "terminationGracePeriodSeconds",
    }
)  # fmt: skip
_CONFIG_KEYS = frozenset({"configMapKeyRef", "configMapRef", "configMap"})


def is_pod_spec(tree: Fields) -> bool:
    """Whether a mapping, of whatever kind, holds containers."""
    containers = [item for group in ("containers", "initContainers") for item in as_mappings(tree.get(group))]
    return any("image" in item or "name" in item for item in containers)


def around_pods(tree: Tree, *, own: bool) -> Tree:
    """A tree without what its pod specs hold for their containers. `own`: the kind is one of Kubernetes itself, so that its pod
    specs hold nothing else."""
    if isinstance(tree, Mapping):
        pod = is_pod_spec(tree)
        aside = (_POD_OWN if own else _POD_OWN - {"volumes"}) if pod else frozenset()
        return {key: around_pods(child, own=own) for key, child in tree.items() if key not in aside}
    if isinstance(tree, list):
        return [around_pods(child, own=own) for child in tree]
    return tree


def pull_secrets(tree: Fields) -> frozenset[str]:
    """The names of the Secrets with which images are pulled, of a pod spec or a service account."""
    return frozenset(as_text(item["name"]) for item in as_mappings(tree.get("imagePullSecrets")) if item.get("name"))


def account_of(spec: Fields) -> str:
    """The service account of a pod spec."""
    return as_text(spec.get("serviceAccountName")) or as_text(spec.get("serviceAccount")) or "default"


def mounted(spec: Fields, container: Fields) -> list[Fields]:
    """The volumes of a pod that a container mounts."""
    names = {
        as_text(mount.get("name"))
        for key in ("volumeMounts", "volumeDevices")
        for mount in as_mappings(container.get(key))
    }
    return [volume for volume in as_mappings(spec.get("volumes")) if as_text(volume.get("name")) in names]


def references(tree: Tree, namespace: str) -> Iterator[tuple[str, str, str]]:
    """The Secrets and ConfigMaps that a tree names in the words of Kubernetes: kind, namespace and name."""
    if isinstance(tree, list):
        for item in tree:
            yield from references(item, namespace)
        return
    if not isinstance(tree, Mapping):
        return
    if isinstance(secret := tree.get("secretName"), str):
        yield "Secret", namespace, secret
    for key, child in tree.items():
        name, space = at(child, "name"), as_text(at(child, "namespace")) or namespace
        if isinstance(name, str) and (key in _SECRET_KEYS or str(key).endswith("SecretRef")):
            yield "Secret", space, name
        elif isinstance(name, str) and key in _CONFIG_KEYS:
            yield "ConfigMap", space, name
        yield from references(child, namespace)


def repository(image: str) -> str:
    """An image without its tag and digest: `registry:5000/app:1@sha256:…` is `registry:5000/app`."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name
