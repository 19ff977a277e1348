"""Reach: which containers and other objects get a sealed object or value.

A Secret counts whether or not this target holds it: another target, or the cluster, may have it under that name. What a change of
reach means is told by `meaning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass

from sealkit.model.objects import Manifest, ObjectRef
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Fields, Tree, as_mappings, as_text, walk
from sealkit.overlay.destinations import Reach, SecretAccess
from sealkit.overlay.pod_specs import (
    CONTAINERS,
    account_of,
    around_pods,
    is_pod_spec,
    mounted,
    pull_secrets,
    references,
    repository,
)
from sealkit.overlay.secret_access import accesses, of_node, rights
from sealkit.overlay.value_places import located

NODE = "the Secrets of a node"
"""The origin of a reach by way of the node: privileged, in its process namespace, or with a folder of it."""
_KUBERNETES = frozenset({"", "apps", "batch"})

_Object = tuple[str, str, str]
"""Kind, namespace and name."""


def reaches(manifests: Iterable[Manifest], namespace: str) -> list[Reach | SecretAccess]:
    """Every reach of the sealed objects and values in these manifests, and every access to Secrets, sorted."""
    scope = _Scope(list(manifests), namespace)
    found: set[Reach | SecretAccess] = set(scope.access)
    for manifest in scope.manifests:
        found.update(_by_pods(scope, manifest))
        found.update(_by_itself(scope, manifest))
    return sorted(found, key=lambda entry: (type(entry).__name__, astuple(entry)))


class _Scope:
    """What is looked up while reaches are told."""

    def __init__(self, manifests: list[Manifest], namespace: str) -> None:
        self.manifests, self.namespace = manifests, namespace
        self.access = accesses(manifests, namespace)
        self.objects: dict[_Object, Manifest] = {}
        self.accounts: dict[tuple[str, str], frozenset[str]] = {}
        for manifest in manifests:
            ref = located(manifest.ref, namespace)
            if ref.group == "" and ref.kind in {"Secret", "ConfigMap"}:
                self.objects[ref.kind, ref.namespace, ref.name] = manifest
            elif ref.group == "" and ref.kind == "ServiceAccount":
                self.accounts[ref.namespace, ref.name] = pull_secrets(manifest.body)

    def counts(self, named: _Object) -> bool:
        """Whether to reach this object is to reach something sealed: it is a Secret, or not known to be open."""
        manifest = self.objects.get(named)
        return named[0] == "Secret" or manifest is None or any(True for _ in manifest.sensitive())


@dataclass(frozen=True, slots=True)
class _Pod:
    """One pod spec in a manifest, and what each of its containers reaches."""

    where: ObjectRef
    spec: Fields


def _by_pods(scope: _Scope, manifest: Manifest) -> Iterator[Reach]:
    where = located(manifest.ref, scope.namespace)
    for spec in _pod_specs(manifest.body):
        pod = _Pod(where, spec)
        containers = [item for group in CONTAINERS for item in as_mappings(spec.get(group))]
        each = [_origins(scope, pod, container) for container in containers]
        if spec.get("shareProcessNamespace"):  # who sees the processes of another sees its environment and files
            each = [set().union(*each)] * len(each)
        for container, origins in zip(containers, each, strict=True):
            yield from (_entry(origin, pod, container) for origin in origins)


def _origins(scope: _Scope, pod: _Pod, container: Fields) -> set[str]:
    """What a container gets, or can get for itself."""
    account, space = account_of(pod.spec), pod.where.namespace
    pulled = pull_secrets(pod.spec) | scope.accounts.get((space, account), frozenset())
    named = _objects(pod, container) | {("Secret", space, name) for name in pulled}
    found = {_told(item) for item in named if scope.counts(item)}
    found |= {str(origin) for origin in _values(container)}
    found |= {
        f"secrets {right.secrets} ({right.verbs}) by {right.role}" for right in rights(scope.access, space, account)
    }
    if of_node(pod.spec, container, mounted(pod.spec, container)):
        found.add(NODE)
    return found


def _by_itself(scope: _Scope, manifest: Manifest) -> Iterator[Reach]:
    """An object that has sealed values in its public half, outside of containers, or names a Secret for whoever acts on it."""
    where = located(manifest.ref, scope.namespace)
    rest = around_pods(manifest.body, own=where.group in _KUBERNETES)
    origins = {path for path in _files(rest) if path != manifest.path}
    if where.kind not in {"Secret", "ConfigMap", "ServiceAccount"} or where.group:
        named = {_told(item) for item in references(rest, where.namespace) if scope.counts(item)}
        origins |= named | {_told(item) for item in _loose(rest, where.namespace) if item in scope.objects}
    yield from (Reach(origin, str(where), "", "") for origin in origins)


def _files(tree: Tree) -> set[str]:
    return {origin.path for _, leaf in walk(tree) if isinstance(leaf, Sensitive) for origin in leaf.origins}


def _told(named: _Object) -> str:
    return str(ObjectRef("", *named))


def _pod_specs(tree: Tree) -> Iterator[Fields]:
    """Every pod spec in a body, wherever a kind keeps it."""
    if isinstance(tree, Mapping):
        if is_pod_spec(tree):
            yield tree
        for child in tree.values():
            yield from _pod_specs(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from _pod_specs(child)


def _objects(pod: _Pod, container: Fields) -> set[_Object]:
    """The Secrets and ConfigMaps that a container gets through env, envFrom and the volumes that it mounts."""
    given: list[Tree] = [container.get("env"), container.get("envFrom"), [*mounted(pod.spec, container)]]
    return {item for tree in given for item in references(tree, pod.where.namespace)}


def _loose(tree: Tree, namespace: str, spoken: bool = False) -> Iterator[_Object]:
    """The Secrets that a tree may name in words of its own: whatever text stands under a key that speaks of secrets, and a
    reference that says its kind."""
    if isinstance(tree, Mapping):
        if tree.get("kind") == "Secret" and isinstance(name := tree.get("name"), str):
            yield "Secret", as_text(tree.get("namespace")) or namespace, name
        for key, child in tree.items():
            yield from _loose(child, namespace, spoken or _speaks(str(key).lower()))
    elif isinstance(tree, list):
        for child in tree:
            yield from _loose(child, namespace, spoken)
    elif spoken and isinstance(tree, str):
        space, slash, name = tree.rpartition("/")
        yield "Secret", space if slash else namespace, name


def _speaks(key: str) -> bool:
    return "secret" in key or "certificateref" in key


def _values(container: Fields) -> set[str]:
    return {str(origin) for _, leaf in walk(container) if isinstance(leaf, Sensitive) for origin in leaf.origins}


def _entry(origin: str, pod: _Pod, container: Fields) -> Reach:
    name, image = as_text(container.get("name")), repository(as_text(container.get("image")))
    return Reach(origin, str(pod.where), name, image, account_of(pod.spec))
