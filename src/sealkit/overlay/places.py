"""Places of named values: what a key holder approves before a value goes somewhere (design, section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sealkit.ledger.entries import PlaceEntry, digest
from sealkit.model.objects import ObjectRef, Tree
from sealkit.overlay.merge import merge_key
from sealkit.overlay.resolve import Use
from sealkit.yamlspan.route import Name, Route, Step

_CLUSTER_SCOPED = frozenset(
    {
        "Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
        "StorageClass", "PriorityClass", "IngressClass", "RuntimeClass", "APIService", "CSIDriver", "CSINode",
        "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding", "ClusterIssuer", "ClusterSecretStore", "GatewayClass", "VolumeSnapshotClass",
    }
)  # fmt: skip


def located(ref: ObjectRef, namespace: str) -> ObjectRef:
    """The ref with the target's namespace filled in, so that pointing a target elsewhere makes other places of all."""
    if ref.namespace or ref.kind in _CLUSTER_SCOPED:
        return ref
    return ObjectRef(ref.group, ref.kind, namespace, ref.name)


def named_route(tree: Tree, route: Route) -> Route:
    """An index route with list items known by their merge key where the list has one: it survives a reordering."""
    steps: list[Step] = []
    so_far = Route()
    for step in route:
        label: Step = step
        if isinstance(step, int) and isinstance(tree, list):
            key = merge_key(so_far) or "name"
            item = tree[step]
            value = item.get(key) if isinstance(item, Mapping) else None
            same = sum(isinstance(other, Mapping) and other.get(key) == value for other in tree)
            if isinstance(value, str | int) and same == 1:
                label = Name(str(value))
            tree = item
        elif isinstance(tree, Mapping):
            tree = tree.get(str(step))
        so_far = so_far / step
        steps.append(label)
    return Route(tuple(steps))


def places(uses: Iterable[Use], namespace: str) -> list[PlaceEntry]:
    """One entry for each placeholder that got a value, sorted, each once."""
    found = {
        PlaceEntry(
            use.name,
            str(located(use.manifest.ref, namespace)),
            str(named_route(use.manifest.body, use.route)),
            digest(use.text),
        )
        for use in uses
    }
    return sorted(found, key=lambda entry: entry.key)
