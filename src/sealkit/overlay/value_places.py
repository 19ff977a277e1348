"""Places of named values: where each placeholder puts its value."""

from __future__ import annotations

from collections.abc import Iterable

from sealkit.model.list_items import TreeNames
from sealkit.model.objects import ObjectRef
from sealkit.overlay.destinations import ValuePlace, digest
from sealkit.overlay.kinds import CLUSTER_SCOPED
from sealkit.overlay.resolve import Use

_CLUSTER_SCOPED = CLUSTER_SCOPED | {"ClusterIssuer", "ClusterSecretStore", "GatewayClass", "VolumeSnapshotClass"}


def located(ref: ObjectRef, namespace: str) -> ObjectRef:
    """The ref with the target's namespace filled in, so that pointing a target elsewhere makes other places of all."""
    if ref.namespace or ref.kind in _CLUSTER_SCOPED:
        return ref
    return ObjectRef(ref.group, ref.kind, namespace, ref.name)


def places(uses: Iterable[Use], namespace: str) -> list[ValuePlace]:
    """One entry for each placeholder that got a value, sorted, each once."""
    item_names: dict[int, TreeNames] = {}
    entries = set()
    for use in uses:
        names = item_names.setdefault(id(use.manifest), TreeNames(use.manifest.body))
        ref = str(located(use.manifest.ref, namespace))
        entries.add(ValuePlace(use.name, ref, str(names.named(use.route)), digest(use.text)))
    return sorted(entries)
