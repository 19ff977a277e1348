"""One rendering as an explanation looks at it: masked objects, their pods, and what each container gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sealkit.model.list_items import labels, named_route
from sealkit.model.objects import Manifest, ObjectRef
from sealkit.model.tree import Body, Fields, Tree, as_list, as_mapping, as_mappings, as_text, at
from sealkit.overlay.kinds import told
from sealkit.overlay.masked_tree import SealedText, leaves, masked
from sealkit.overlay.pod_specs import CONTAINERS, account_of, is_pod_spec, mounted, pull_secrets, references
from sealkit.overlay.value_places import located
from sealkit.yamlspan.route import Route, Step

Named = tuple[str, str, str]
"""Kind, namespace and name."""
_DEFAULT_CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
        "SETPCAP", "SETUID", "SYS_CHROOT",
    }
)  # fmt: skip
"""What a container engine gives to every container."""
_LOOKED_UP = frozenset({"Secret", "ConfigMap", "ServiceAccount"})
_NUMBERED = re.compile(r"-\d+\Z")


@dataclass(slots=True)
class Container:
    """One container. `gets` is what it gets in words, `own` the sealed values in its own fields, `reads` the objects."""

    name: str
    body: Fields
    gets: dict[str, None] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    reads: frozenset[Named] = frozenset()


@dataclass(slots=True)
class Pod:
    """One pod spec, and its containers by group and name."""

    body: Fields
    route: Route
    account: str
    containers: dict[str, Container] = field(default_factory=dict)


@dataclass(slots=True)
class Object:
    """One object: its masked body, the same without its pod specs, and these by route."""

    ref: ObjectRef
    body: Fields
    rest: Tree
    pods: dict[str, Pod] = field(default_factory=dict)

    def __str__(self) -> str:
        return told(self.ref)


class State:
    """All of this for a list of manifests, in order; an object that stands twice is there twice."""

    def __init__(self, manifests: Iterable[Manifest], namespace: str) -> None:
        self.objects: dict[tuple[ObjectRef, int], Object] = {}
        self.known: dict[Named, Object] = {}
        self.sealed: dict[Named, bool] = {}
        self.readers: dict[Named, list[str]] = {}
        self.by_kind: dict[tuple[str, str], Object] = {}
        for manifest in manifests:
            ref = located(manifest.ref, namespace)
            body = as_mapping(masked(manifest.body))
            specs: dict[tuple[Step, ...], Fields] = {}
            item = Object(ref, body, _rest(body, (), specs))
            for path, spec in specs.items():
                route = named_route(body, Route(path))
                item.pods[str(route)] = Pod(spec, route, account_of(spec))
            count = 0
            while (ref, count) in self.objects:
                count += 1
            self.objects[ref, count] = item
            self.by_kind[ref.kind, ref.name] = item
            if not ref.group and ref.kind in _LOOKED_UP:
                key = (ref.kind, ref.namespace, ref.name)
                self.known[key] = item
                self.sealed[key] = _holds_sealed(body)
        for item in self.objects.values():
            for pod in item.pods.values():
                self._fill(item, pod)

    def names(self) -> dict[str, str]:
        """The names of Secrets, and of ConfigMaps with sealed values, and each in words."""
        sealed = [(kind, name) for (kind, _, name), holds in self.sealed.items() if kind == "Secret" or holds]
        return {name: f"{kind} {name}" for kind, name in sorted(sealed) if kind in {"ConfigMap", "Secret"}}

    def _fill(self, item: Object, pod: Pod) -> None:
        for group in CONTAINERS:
            items = as_list(pod.body.get(group))
            for step, body in zip(labels(items), items, strict=True):
                if isinstance(body, Mapping):
                    name = as_text(body.get("name")) or str(step)
                    pod.containers[f"{group}/{step}"] = self._container(item, pod, name, body)
        if pod.body.get("shareProcessNamespace"):  # who sees the processes of another sees its environment and files
            every: dict[str, None] = {}
            for container in pod.containers.values():
                every.update(container.gets)
            for container in pod.containers.values():
                container.gets.update(every)
        for container in pod.containers.values():
            for named in container.reads if container.gets else ():
                self.readers.setdefault(named, []).append(f"container {container.name} of {item}")

    def _container(self, item: Object, pod: Pod, name: str, body: Fields) -> Container:
        space = item.ref.namespace
        given: list[Tree] = [body.get("env"), body.get("envFrom"), [*mounted(pod.body, body)]]
        reads = frozenset(named for tree in given for named in references(tree, space))
        pulled = pull_secrets(pod.body)
        if (account := self.known.get(("ServiceAccount", space, pod.account))) is not None:
            pulled |= pull_secrets(account.body)
        named = reads | {("Secret", space, secret) for secret in pulled}
        gets = {words: None for key in sorted(named, key=_secrets_first) if (words := self._gets(key, space))}
        own = dict.fromkeys(value for _, leaf in leaves(body) if isinstance(leaf, SealedText) for value in leaf.names)
        gets.update(own)
        gets.update((f"the Secrets of its node ({way})", None) for way in _node(pod.body, body))
        return Container(name, body, gets, frozenset(own), reads)

    def _gets(self, key: Named, space: str) -> str:
        kind, where, name = key
        words = f"{kind} {name}" if where == space else f"{kind} {where}/{name}"
        if kind == "Secret" or self.sealed.get(key):
            return words
        return "" if key in self.known else f"{words} (not in this target)"


def _secrets_first(key: Named) -> tuple[bool, Named]:
    return key[0] != "Secret", key


def _rest(tree: Tree, path: tuple[Step, ...], found: dict[tuple[Step, ...], Fields]) -> Tree:
    """A tree with `{}` for each of its pod specs, which go to `found`."""
    if isinstance(tree, dict):
        if path and ("containers" in tree or "initContainers" in tree) and is_pod_spec(tree):
            found[path] = tree
            return {}
        kept: Body = {}
        for key, child in tree.items():
            kept[key] = _rest(child, (*path, key), found) if isinstance(child, dict | list) else child
        return kept
    if isinstance(tree, list):
        return [_rest(child, (*path, index), found) for index, child in enumerate(tree)]
    return tree


def _holds_sealed(tree: Tree) -> bool:
    if isinstance(tree, dict):
        return any(_holds_sealed(child) for child in tree.values())
    if isinstance(tree, list):
        return any(_holds_sealed(child) for child in tree)
    return isinstance(tree, SealedText)


def _node(spec: Fields, container: Fields) -> Iterator[str]:
    """The ways in which a container can come to the Secrets of other pods on its node."""
    security = as_mapping(container.get("securityContext"))
    if security.get("privileged") not in (None, False):
        yield "privileged"
    for where in (as_mapping(spec.get("securityContext")), security):
        if at(where, "windowsOptions", "hostProcess") not in (None, False):
            yield "a process of the host"
    added = {as_text(item).removeprefix("CAP_") for item in as_list(at(security, "capabilities", "add"))}
    if more := sorted(added - _DEFAULT_CAPABILITIES):
        yield f"capabilities {', '.join(more)}"
    if spec.get("hostPID") not in (None, False):
        yield "hostPID"
    for volume in mounted(spec, container):
        if "hostPath" in volume:
            yield f"hostPath {as_text(at(volume, 'hostPath', 'path'))}"


def shared(state: State) -> dict[tuple[str, str], str]:
    """Who shares a volume that can be written with a container that gets a value: container and volume, and with whom."""
    users: dict[str, list[tuple[str, str, bool]]] = {}
    templates = {claim for item in state.objects.values() for claim in _templates(item)}
    for item in state.objects.values():
        for route, pod in item.pods.items():
            volumes = {as_text(volume.get("name")): volume for volume in as_mappings(pod.body.get("volumes"))}
            for container in pod.containers.values():
                who = f"container {container.name} of {item}"
                for name in sorted(_mounts(container.body)):
                    if key := _volume(item, route, name, volumes.get(name), templates):
                        users.setdefault(key, []).append((who, name, bool(container.gets)))
    found: dict[tuple[str, str], str] = {}
    for each in users.values():
        getting = list(dict.fromkeys(who for who, _, gets in each if gets))
        for who, name, _ in each:
            if other := next((one for one in getting[:2] if one != who), ""):
                found[who, name] = other
    return found


def _templates(item: Object) -> list[str]:
    """The claims that a StatefulSet makes, without their numbers."""
    claims = as_mappings(at(item.body, "spec", "volumeClaimTemplates")) if item.ref.kind == "StatefulSet" else []
    return [_claim(item, f"{as_text(at(claim, 'metadata', 'name'))}-{item.ref.name}") for claim in claims]


def _claim(item: Object, name: str) -> str:
    return f"claim {item.ref.namespace}/{name}"


def _mounts(container: Fields) -> set[str]:
    mounts = (mount for key in ("volumeMounts", "volumeDevices") for mount in as_mappings(container.get(key)))
    return {as_text(mount.get("name")) for mount in mounts}


def _volume(item: Object, route: str, name: str, volume: Fields | None, templates: set[str]) -> str:
    """What two containers share if both mount it; empty for what nobody can write."""
    if (claim := _claim(item, f"{name}-{item.ref.name}")) in templates:
        return claim
    if volume is None or {"secret", "configMap", "downwardAPI", "projected", "image"} & volume.keys():
        return ""
    if named := as_text(at(volume, "persistentVolumeClaim", "claimName")):
        general = _claim(item, _NUMBERED.sub("", named))
        return general if general in templates else _claim(item, named)
    source = {key: child for key, child in volume.items() if key != "name"}
    if not source or {"emptyDir", "ephemeral"} & source.keys():
        return f"volume {item.ref} {route} {name}"
    return f"source {source!r}"
