"""Places of named values: what a key holder approves before a value goes somewhere (design, section 5)."""

from __future__ import annotations

from collections.abc import Iterable

from sealkit.ledger.entries import PlaceEntry, digest
from sealkit.model.list_items import named_route
from sealkit.model.objects import ObjectRef
from sealkit.overlay.resolve import Use

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
