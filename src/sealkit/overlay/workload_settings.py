"""What decides, besides image, command and arguments, what a container does with what it gets: its environment, hooks and
mounts, the pod around it, and the open text of the objects that it reads.

A pull request that sets `DB_HOST` or `LD_PRELOAD`, adds a hook, mounts a ConfigMap over the entry point or edits the script in
one sends a value somewhere else without touching image, command or arguments. So a reach holds a digest of all of this.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sealkit.model.objects import Manifest
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Fields, Tree, as_mapping, as_mappings, at
from sealkit.overlay.destinations import digest
from sealkit.printable import MASK

_ELSEWHERE = frozenset({"name", "image", "command", "args"})
"""What the reach says in fields of its own."""
_HARMLESS = frozenset(
    {
        "resources", "resizePolicy", "ports", "imagePullPolicy", "restartPolicy", "terminationMessagePath",
        "terminationMessagePolicy", "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold",
        "failureThreshold", "terminationGracePeriodSeconds",
    }
)  # fmt: skip
"""What changes neither what runs nor whom it talks to."""
_POD = (
    "dnsConfig", "dnsPolicy", "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "securityContext",
    "shareProcessNamespace",
)  # fmt: skip
_POD_OWN = frozenset(
    {
        "containers", "initContainers", "ephemeralContainers", "volumes", "imagePullSecrets", "serviceAccountName",
        "serviceAccount", "automountServiceAccountToken", "nodeSelector", "nodeName", "tolerations", "affinity",
        "schedulerName", "priorityClassName", "topologySpreadConstraints", "enableServiceLinks", *_POD, *_HARMLESS,
    }
)  # fmt: skip
_VERSIONS = frozenset({"app.kubernetes.io/version", "helm.sh/chart"})
"""Labels that by their definition only inform."""


def settings(
    spec: Fields,
    container: Fields,
    volumes: Iterable[Fields],
    objects: Mapping[str, Manifest],
) -> str:
    """A digest of all this for one container. `volumes` are those that it mounts, `objects` those that it reads, by name."""
    own = {key: child for key, child in container.items() if key not in _ELSEWHERE}
    return _digest(
        {
            "container": masked(own, _HARMLESS),
            "pod": {key: masked(spec[key]) for key in _POD if key in spec},
            "volumes": [masked(volume) for volume in volumes],
            "objects": {name: _open(_data(manifest)) for name, manifest in objects.items()},
        }
    )


def standing(manifest: Manifest, rest: Tree) -> str:
    """A digest of an object that is no pod: what stands around the sealed values in it, and what it does with a Secret that it
    names (the URL of a repository, the annotation of a replicator). `rest` is `around_pods` of its body."""
    body = {key: child for key, child in as_mapping(rest).items() if key not in {"metadata", "status"}}
    labels = at(manifest.body, "metadata", "labels")
    if isinstance(labels, Mapping):
        labels = {key: child for key, child in labels.items() if key not in _VERSIONS} or None
    return _digest([_open(body), _open(at(manifest.body, "metadata", "annotations")), _open(labels)])


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


def is_pod_spec(tree: Fields) -> bool:
    """Whether a mapping, of whatever kind, holds containers."""
    containers = [item for group in ("containers", "initContainers") for item in as_mappings(tree.get(group))]
    return any("image" in item or "name" in item for item in containers)


def masked(tree: Tree, aside: frozenset[str] = frozenset()) -> Tree:
    """A tree with `***` for sealed values (the ledger is public, and a place holds the text around each). Mappings lose the keys
    in `aside`."""
    if isinstance(tree, Mapping):
        return {str(key): masked(child, aside) for key, child in tree.items() if key not in aside}
    if isinstance(tree, list):
        return [masked(child, aside) for child in tree]
    return MASK if isinstance(tree, Sensitive) else tree


def _open(tree: Tree) -> Tree:
    """A tree without its sealed leaves: those are approved as files and places."""
    if isinstance(tree, Mapping):
        return {str(key): _open(child) for key, child in tree.items() if not isinstance(child, Sensitive)}
    if isinstance(tree, list):
        return [_open(child) for child in tree if not isinstance(child, Sensitive)]
    return tree


def _data(manifest: Manifest) -> Tree:
    return {key: manifest.body.get(key) for key in ("data", "stringData", "binaryData")}


def _digest(tree: Tree) -> str:
    return digest(json.dumps(tree, sort_keys=True, ensure_ascii=True, default=str))
