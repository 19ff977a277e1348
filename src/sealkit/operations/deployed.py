"""What a target deployed before, in the terms of the ledger: so that an old version that was put back is seen, also in CI."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import Desired
from sealkit.cluster.inventory import Inventory, Signed
from sealkit.cluster.live_objects import Live, our_entry
from sealkit.cluster.retry import workers
from sealkit.errors import RefusedError
from sealkit.ledger import signing
from sealkit.ledger.entries import PublicEntry, VersionedEntry
from sealkit.ledger.inputs import Inputs
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Known
from sealkit.model.objects import ObjectRef
from sealkit.model.plan import Plan, Verb
from sealkit.operations.approvals import reads
from sealkit.operations.events import Events
from sealkit.operations.free_changes import FreeChanges, texts_by_place
from sealkit.operations.repository import Repository
from sealkit.source.config import Target


def known_from(repository: Repository, inventory: Inventory) -> Known:
    """The versions that were deployed, as far as the lines in an inventory verify, and the image tags beside them."""
    lines = signing.verified(Ledger.of_lines(inventory.signer, inventory.lines)) if inventory.signer else Ledger("")
    free = {
        entry.path: (entry.version, inventory.free[entry.path])
        for entry in lines.entries
        if isinstance(entry, PublicEntry) and entry.path in inventory.free
    }
    return Known(lines.versions(), FreeChanges(repository.config, repository.approved_versions(), free))


def signed_state(ledger: Ledger | None, inputs: Inputs, target: Target) -> Signed:
    """What approves a deploy of this target now: the lines of the files and folders that it reads."""
    if ledger is None:
        return Signed()
    lines, free = [], {}
    for signed in ledger.lines:
        entry = signed.entry
        if not isinstance(entry, VersionedEntry) or entry.version < ledger.version(entry.key):
            continue
        if reads(target, entry.path):
            lines.append(signed.line())
            file = inputs.files.get(entry.path)
            if isinstance(entry, PublicEntry) and entry.free and file is not None and file.free:
                free[entry.path] = texts_by_place(file.free)
    return Signed(ledger.signer, tuple(sorted(lines)), free)


def require_new_target(
    repository: Repository,
    events: Events,
    client: Client,
    target: Target,
    objects: Sequence[Desired],
) -> None:
    """For a target without an inventory: raises RefusedError where the cluster has objects that sealkit applied, unless somebody
    who may approve confirms it. Whoever removes the record would have old versions deployed again."""
    ours = next(_ours(client, objects), None)
    if ours is None:
        return
    message = f"{ours} was deployed with sealkit, and the inventory of target {target.name} is not there"
    if events.interactive:
        events.warning(message)
        repository.signing_key()  # who may not approve may not confirm it either
        if events.confirm("is this target deployed here for the first time, or was its inventory removed on purpose?"):
            return
    raise RefusedError(message, hint="somebody who may approve deploys it once on a terminal")


def _ours(client: Client, objects: Sequence[Desired]) -> Iterator[ObjectRef]:
    """The live objects among these that have fields which sealkit applied. One that cannot be read is the plan's to tell."""
    found = Live(client, objects)
    with workers(client.stop) as pool:
        found.load(objects, pool.map)
    for item in objects:
        with contextlib.suppress(ApiError):
            live = found.object(item)
            if live is not None and our_entry(live) is not None:
                yield item.ref


def without_sealed(plan: Plan) -> Plan:
    """A plan that was made with stand-ins, without the sealed fields: whether a sealed value changes cannot be told with them."""
    changes = []
    for change in plan.changes:
        fields = tuple(field for field in change.fields if field.old != field.new)
        verb = Verb.UNCHANGED if change.verb is Verb.UPDATE and not fields and not change.note else change.verb
        changes.append(replace(change, verb=verb, fields=fields))
    return replace(plan, changes=changes)
