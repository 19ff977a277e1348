"""The record in the cluster of what a target deployed: one Secret in the namespace of the target.

It holds who the objects are, the places in them that were sealed, the signing key of the ledger, the signed lines of what was
deployed and the image tags in it: no value, and no digest of one (whoever may read it could guess weak values). It pins the signer
and the versions in the cluster, and tells a plan what a live field held and which objects are no longer in the repository.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import MANAGER, Desired
from sealkit.cluster.discovery import Resource
from sealkit.cluster.mask import sealed_routes
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.wire import APPLY
from sealkit.errors import ClusterError, RefusedError
from sealkit.ledger.signing import leads_to
from sealkit.ledger.text import Ledger
from sealkit.model.objects import ObjectRef
from sealkit.model.tree import Body, as_mapping, as_text, at
from sealkit.source.config import Target
from sealkit.source.filenames import LEDGER

TYPE = "sealkit.dev/inventory"
_BAD = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class InventoryEntry:
    """One object: the uid that the cluster gave it, and the routes that were sealed in it."""

    uid: str
    sealed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a target deployed. `signer` is the public key of its ledger, or empty. `present`: whether the cluster has it.

    `lines` are the lines of the ledger that approved what was deployed, with their signatures; `free` the texts of the free spans
    of public files, by path and place.
    """

    signer: str = ""
    objects: Mapping[ObjectRef, InventoryEntry] = field(default_factory=dict)
    present: bool = False
    lines: tuple[str, ...] = ()
    free: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def sealed(self, ref: ObjectRef) -> frozenset[str]:
        """The routes that were sealed in an object."""
        entry = self.objects.get(ref)
        return frozenset(entry.sealed) if entry else frozenset()


@dataclass(frozen=True, slots=True)
class Signed:
    """What approves a deploy: the signer and lines of the ledger, and the free spans of public files as they are."""

    signer: str = ""
    lines: tuple[str, ...] = ()
    free: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def inventory(self, objects: Mapping[ObjectRef, InventoryEntry]) -> Inventory:
        """The inventory of these objects."""
        return Inventory(self.signer, objects, lines=self.lines, free=self.free)


def name_of(target: Target) -> str:
    """The name of the Secret: that of the target, with a digest where it had to be changed."""
    slug = _BAD.sub("-", target.name.lower()).strip("-")[:40]
    if not slug or slug != target.name:
        slug = "-".join(filter(None, (slug, hashlib.sha256(target.name.encode()).hexdigest()[:8])))
    return f"sealkit-inventory-{slug}"


def read(client: Client, target: Target) -> Inventory:
    """The inventory; an empty one where there is none. Raises ClusterError where it cannot be read: no pin must not look like
    that."""
    where = f"Secret {target.namespace}/{name_of(target)}"
    try:
        body = client.get(_path(target), secret=True)
    except ApiError as error:
        if error.fault is Fault.FORBIDDEN:
            error.hint = f"who deploys needs get and patch on {where}: the inventory of this target"
        raise
    if body is None:
        return Inventory()
    if body.get("type") != TYPE:
        raise ClusterError(f"{where} is not an inventory of sealkit", hint="rename that Secret, or the target")
    data = as_mapping(body.get("data"))
    try:
        signer = base64.b64decode(as_text(data.get("signer")), validate=True).decode()
        listed = json.loads(base64.b64decode(as_text(data["objects"]), validate=True))
        packed = base64.b64decode(as_text(data.get("lines")), validate=True)
        lines = tuple(zlib.decompress(packed).decode("ascii").split("\n")) if packed else ()
        free = {
            str(path): {str(place): str(text) for place, text in texts.items()}
            for path, texts in listed.get("free", {}).items()
        }
        objects = {
            ObjectRef(*map(str, item["ref"])): InventoryEntry(
                str(item["uid"]), tuple(map(str, item.get("sealed") or ()))
            )
            for item in listed["objects"]
        }
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, zlib.error):
        raise ClusterError(
            f"{where} cannot be read", hint="compare the signing key with a colleague, then delete that Secret"
        ) from None
    return Inventory(signer, objects, present=True, lines=lines, free=free)


def admit(found: Inventory, ledger: Ledger | None, target: Target) -> None:
    """Raises RefusedError where the target was deployed by another signer, or by a repository that had a ledger."""
    if not found.signer or (ledger is not None and leads_to(ledger, found.signer)):
        return
    where = f"Secret {target.namespace}/{name_of(target)}"
    if ledger is None:
        raise RefusedError(
            f"this target was deployed with a ledger, and {LEDGER} was removed",
            hint=f"git checkout -- {LEDGER}",
        )
    raise RefusedError(
        f"{LEDGER}:1: the signing key is {ledger.signer}, the cluster knows {found.signer}",
        hint="is it the right cluster? if another repository deploys there, give this target a name of its own in sealkit.yaml; "
        f"a signing key that was replaced: ask a colleague on another channel, then delete {where}",
    )


def record(
    client: Client,
    target: Target,
    items: Iterable[Desired],
    *,
    before: Inventory,
    uids: Mapping[ObjectRef, str],
    signed: Signed,
) -> bool:
    """Write down what the target has deployed; whether that was anything new. Raises ClusterError.

    `signed` is what approved it. `items` are the objects that are as they should be; `uids` those that were applied now, others
    are looked up. Objects that are no longer in the repository stay in the record as long as they are in the cluster.
    """
    objects: dict[ObjectRef, InventoryEntry] = {}
    for item in items:
        known = before.objects.get(item.ref)
        uid = uids.get(item.ref) or (known.uid if known else "") or _uid(client, item.path, secret=item.secret)
        if uid:
            objects[item.ref] = InventoryEntry(uid, tuple(sealed_routes(item)))
    for ref in orphans(client, before, objects):
        objects[ref] = before.objects[ref]
    return write(client, target, signed.inventory(objects), before)


def orphans(client: Client, before: Inventory, now: Iterable[ObjectRef]) -> list[ObjectRef]:
    """Objects that were deployed, are no longer in the repository, and are still in the cluster (by their uid)."""
    present = set(now)
    found = []
    for ref, entry in before.objects.items():
        if ref in present:
            continue
        resource = client.discovery.of_kind(ref.group, ref.kind)
        if resource is None:
            continue
        try:
            live = _uid(client, resource.path(ref.namespace, ref.name), secret=True)
        except ApiError:
            live = entry.uid  # it could not be seen to be gone
        if live == entry.uid:
            found.append(ref)
    return found


def write(client: Client, target: Target, inventory: Inventory, before: Inventory) -> bool:
    """Record it, unless it is the same as before; whether it was written. Raises ClusterError."""
    if before.present and before == replace(inventory, present=True):
        return False
    listed = [
        {"ref": [ref.group, ref.kind, ref.namespace, ref.name], "uid": entry.uid, "sealed": list(entry.sealed)}
        for ref, entry in sorted(inventory.objects.items())
    ]
    texts = {
        "signer": inventory.signer,
        "objects": json.dumps(
            {"version": 1, "objects": listed, "free": {path: dict(texts) for path, texts in inventory.free.items()}},
            separators=(",", ":"),
        ),
    }
    data = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    if inventory.lines:
        data["lines"] = base64.b64encode(zlib.compress("\n".join(inventory.lines).encode("ascii"), 9)).decode()
    body: Body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": TYPE,
        "metadata": {
            "name": name_of(target),
            "namespace": target.namespace,
            "labels": {"app.kubernetes.io/managed-by": MANAGER},
        },
        "data": {**data},
    }
    query = f"?fieldManager={MANAGER}&force=true"
    client.request("PATCH", _path(target) + query, body=body, content_type=APPLY, secret=True)
    return True


def _path(target: Target) -> str:
    return Resource("", "v1", "Secret", "secrets", namespaced=True).path(target.namespace, name_of(target))


def _uid(client: Client, path: str, *, secret: bool) -> str:
    return as_text(at(client.get(path, secret=secret), "metadata", "uid"))
