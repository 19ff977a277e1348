"""Reach: which containers get a sealed object or value, and who may read Secrets (design, section 5).

A pull request that mounts an approved Secret into a container of its own, or changes the image that gets it, is a new reach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sealkit.ledger.entries import AccessEntry, ReachEntry, digest
from sealkit.model.objects import Manifest, Tree, walk
from sealkit.model.sensitive import Sensitive
from sealkit.overlay.places import located

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_SECRET_KEYS = frozenset({"secretKeyRef", "secretRef", "secret"})


def reaches(manifests: Iterable[Manifest], namespace: str) -> list[ReachEntry | AccessEntry]:
    """Every reach of the sealed objects and values in these manifests, and every access to Secrets, sorted."""
    every = list(manifests)
    sealed = _sealed(every, namespace)
    accounts = _accounts(every, namespace)
    found: set[ReachEntry | AccessEntry] = set(_access(every, namespace))
    for manifest in every:
        where = located(manifest.ref, namespace)
        for spec in _pod_specs(manifest.body):
            own = _pull_secrets(spec) | accounts.get((where.namespace, _account(spec)), frozenset())
            for container in _containers(spec):
                for kind, name in _objects(spec, container) | {("Secret", name) for name in own}:
                    if origin := sealed.get((kind, where.namespace, name)):
                        found.add(_entry(origin, str(where), spec, container))
                for origin in _values(container):
                    found.add(_entry(origin, str(where), spec, container))
    return sorted(found, key=lambda entry: entry.key)


def _sealed(manifests: Iterable[Manifest], namespace: str) -> dict[tuple[str, str, str], str]:
    found = {}
    for manifest in manifests:
        if manifest.ref.group == "" and manifest.ref.kind in {"Secret", "ConfigMap"}:
            ref = located(manifest.ref, namespace)
            if any(True for _ in manifest.sensitive()):
                found[ref.kind, ref.namespace, ref.name] = str(ref)
    return found


def _accounts(manifests: Iterable[Manifest], namespace: str) -> dict[tuple[str, str], frozenset[str]]:
    """The pull secrets that pods get from their service account."""
    return {
        (located(m.ref, namespace).namespace, m.ref.name): _pull_secrets(m.body)
        for m in manifests
        if m.ref.kind == "ServiceAccount" and m.ref.group == ""
    }


def _pod_specs(tree: Tree) -> Iterator[Mapping[str, Tree]]:
    """Every pod spec in a body, wherever a kind keeps it: a mapping with a list of containers."""
    if isinstance(tree, Mapping):
        containers = tree.get("containers")
        if isinstance(containers, list) and any(isinstance(item, Mapping) and "image" in item for item in containers):
            yield tree
        for child in tree.values():
            yield from _pod_specs(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _pod_specs(child)


def _containers(spec: Mapping[str, Tree]) -> Iterator[Mapping[str, Tree]]:
    for group in _CONTAINERS:
        yield from _items(spec, group)


def _items(tree: Mapping[str, Tree], key: str) -> list[Mapping[str, Tree]]:
    items = tree.get(key)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _pull_secrets(tree: Mapping[str, Tree]) -> frozenset[str]:
    return frozenset(str(item["name"]) for item in _items(tree, "imagePullSecrets") if item.get("name"))


def _account(spec: Mapping[str, Tree]) -> str:
    return str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")


def _objects(spec: Mapping[str, Tree], container: Mapping[str, Tree]) -> set[tuple[str, str]]:
    """The Secrets and ConfigMaps that a container gets through env, envFrom and the volumes that it mounts."""
    found = set(_references(container.get("env"))) | set(_references(container.get("envFrom")))
    mounted = {m.get("name") for m in (*_items(container, "volumeMounts"), *_items(container, "volumeDevices"))}
    for volume in _items(spec, "volumes"):
        if volume.get("name") in mounted:
            found |= set(_references(volume))
    return found


def _references(tree: Tree) -> Iterator[tuple[str, str]]:
    if isinstance(tree, list):
        for item in tree:
            yield from _references(item)
        return
    if not isinstance(tree, Mapping):
        return
    if isinstance(tree.get("secretName"), str):
        yield "Secret", tree["secretName"]
    for key, child in tree.items():
        name = child.get("name") if isinstance(child, Mapping) else None
        if isinstance(name, str) and (key in _SECRET_KEYS or key.endswith("SecretRef")):
            yield "Secret", name
        elif isinstance(name, str) and key in {"configMapKeyRef", "configMapRef", "configMap"}:
            yield "ConfigMap", name
        yield from _references(child)


def _values(container: Mapping[str, Tree]) -> set[str]:
    return {str(origin) for _, leaf in walk(container) if isinstance(leaf, Sensitive) for origin in leaf.origins}


def _entry(origin: str, workload: str, spec: Mapping[str, Tree], container: Mapping[str, Tree]) -> ReachEntry:
    return ReachEntry(
        origin,
        workload,
        str(container.get("name") or ""),
        repository(str(container.get("image") or "")),
        _digest(container.get("command")),
        _digest(container.get("args")),
        _account(spec),
    )


def repository(image: str) -> str:
    """An image without its tag and digest: `registry:5000/app:1@sha256:…` is `registry:5000/app`."""
    name = image.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _digest(items: Tree) -> str:
    # str() of a Sensitive is its mask: the ledger is public
    return digest(*(str(item) for item in items)) if isinstance(items, list) else ""


def _access(manifests: list[Manifest], namespace: str) -> Iterator[AccessEntry]:
    roles: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for manifest in manifests:
        if manifest.ref.group == "rbac.authorization.k8s.io" and manifest.ref.kind in {"Role", "ClusterRole"}:
            ref = located(manifest.ref, namespace)
            roles[ref.kind, ref.namespace, ref.name] = list(_grants(manifest.body))
    for manifest in manifests:
        if manifest.ref.kind not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        role = manifest.body.get("roleRef")
        kind, name = (
            (str(role.get("kind") or ""), str(role.get("name") or "")) if isinstance(role, Mapping) else ("", "")
        )
        where = located(manifest.ref, namespace).namespace
        key = (kind, where if kind == "Role" else "", name)
        # a role that we do not hold (cluster-admin, edit) may grant anything
        for secrets, verbs in roles.get(key, [("*", "?")]):
            for subject in _items(manifest.body, "subjects"):
                label = f"{subject.get('kind')} {subject.get('namespace') or where}/{subject.get('name')}"
                yield AccessEntry(f"{kind} {name} by {located(manifest.ref, namespace)}", label, secrets, verbs)


def _grants(body: Mapping[str, Tree]) -> Iterator[tuple[str, str]]:
    for rule in _items(body, "rules"):
        groups, resources, verbs = (_texts(rule.get(key)) for key in ("apiGroups", "resources", "verbs"))
        if {"", "*"} & groups and {"secrets", "*"} & resources and verbs:
            yield ",".join(sorted(_texts(rule.get("resourceNames")))) or "*", ",".join(sorted(verbs))


def _texts(tree: Tree) -> set[str]:
    return {str(item) for item in tree} if isinstance(tree, list) else set()
