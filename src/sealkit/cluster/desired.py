"""What is sent to the cluster for each manifest: without what only a server writes, with its namespace, in a safe order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sealkit.cluster import apply_order
from sealkit.cluster.client import Client
from sealkit.cluster.discovery import Resource
from sealkit.cluster.retry import Expect
from sealkit.cluster.wire import data_of_secret
from sealkit.errors import ClusterError
from sealkit.model.objects import Manifest, ObjectRef
from sealkit.model.tree import Body, as_mapping

MANAGER = "sealkit"
"""The field manager. Never `kubectl`: the server keeps its last-applied annotation up to date, with every value in it
(measured)."""
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_SERVER_FIELDS = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
    "managedFields", "selfLink",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Desired:
    """One object as it is to be. `ref` has its namespace filled in, `body` is what is sent; its leaves may be `Sensitive`."""

    manifest: Manifest
    ref: ObjectRef
    resource: Resource
    body: Body
    expect: Expect
    new_kind: bool
    """Whether the cluster does not serve the kind yet: this deploy defines it."""

    @property
    def path(self) -> str:
        """The path of the object."""
        return self.resource.path(self.ref.namespace, self.ref.name)

    @property
    def secret(self) -> bool:
        """Whether it is a Secret, about which nothing is repeated that a server says."""
        return is_secret(self.ref)

    def patch_path(self, *, force: bool = False, dry_run: bool = False) -> str:
        """The path and query of a server-side apply."""
        query = f"?fieldManager={MANAGER}&fieldValidation=Strict&force={'true' if force else 'false'}"
        return self.path + query + ("&dryRun=All" if dry_run else "")


def is_secret(ref: ObjectRef) -> bool:
    """Whether it is a `v1` Secret."""
    return ref.kind == "Secret" and not ref.group


def desired_objects(client: Client, manifests: Sequence[Manifest]) -> list[Desired]:
    """The objects in the order of apply, within a stage as they were given. Raises ClusterError naming the kinds that neither
    the cluster nor one of these objects defines."""
    client.know(manifests)
    namespaces = {m.ref.name for m in manifests if m.ref.kind == "Namespace" and not m.ref.group}
    services = frozenset(
        f"{m.ref.namespace or client.namespace}/{m.ref.name}" for m in manifests if m.ref.kind == "Service"
    )
    objects: list[Desired] = []
    unknown: dict[str, Manifest] = {}
    for manifest in manifests:
        version, kind = manifest.api_version, manifest.ref.kind
        resource = client.discovery.find(version, kind)
        if resource is None:
            unknown.setdefault(f"{version} {kind}", manifest)
            continue
        namespace = (manifest.ref.namespace or client.namespace) if resource.namespaced else ""
        ref = ObjectRef(manifest.ref.group, kind, namespace, manifest.ref.name)
        awaited = client.discovery.awaited(version, kind)
        expect = Expect(awaited, namespace in namespaces, services)
        new = awaited and (version, kind) not in client.discovery.served
        objects.append(Desired(manifest, ref, resource, _body(manifest, namespace), expect, new))
    if unknown:
        first = next(iter(unknown.values()))
        raise ClusterError(
            f"{client.context} does not know {', '.join(unknown)} ({first.path}:{first.line})",
            hint="install what defines it first, or put its CustomResourceDefinition into the public half",
        )
    return sorted(objects, key=lambda item: apply_order.of(item.ref))


def _body(manifest: Manifest, namespace: str) -> Body:
    body = {key: value for key, value in manifest.body.items() if key != "status"}
    metadata = {k: value for k, value in as_mapping(body.get("metadata")).items() if k not in _SERVER_FIELDS}
    if isinstance(annotations := metadata.get("annotations"), Mapping) and LAST_APPLIED in annotations:
        metadata["annotations"] = {key: value for key, value in annotations.items() if key != LAST_APPLIED}
    if namespace:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    body["metadata"] = metadata
    return data_of_secret(body) if is_secret(manifest.ref) else body


def by_stage(objects: Iterable[Desired]) -> list[list[Desired]]:
    """The objects in groups: all of a group may be sent at once, the next only when the one before it is in."""
    groups: dict[int, list[Desired]] = {}
    for item in objects:
        groups.setdefault(apply_order.of(item.ref), []).append(item)
    return [groups[number] for number in sorted(groups)]
