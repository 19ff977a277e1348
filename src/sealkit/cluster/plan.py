"""Compare a target with the cluster: what apply would do to each object, masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sealkit.cluster import adoption, apply_order, inventory, live_objects
from sealkit.cluster.client import ApiError, Client
from sealkit.cluster.desired import Desired
from sealkit.cluster.diff import differences, leaves
from sealkit.cluster.discovery import defined
from sealkit.cluster.mask import Masks
from sealkit.cluster.retry import workers
from sealkit.cluster.server_errors import Fault, FieldConflict
from sealkit.cluster.unchanged import is_unchanged
from sealkit.cluster.wire import APPLY
from sealkit.errors import ClusterError
from sealkit.model.difference import ABSENT, Difference
from sealkit.model.objects import ObjectRef
from sealkit.model.plan import ObjectChange, Plan, Verb
from sealkit.model.tree import Body, Fields
from sealkit.source.config import Target

_LOOKS = 4
_TOP = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}
_MISSING = re.compile(r'"([^"]{1,253})" not found|with name (\S{1,253}) was found')


@dataclass(frozen=True, slots=True)
class Refusal:
    """An object that the server would refuse, and why, cleaned."""

    ref: ObjectRef
    message: str
    hint: str | None = None


class PlanError(ClusterError):
    """The server would refuse objects. Nothing was changed."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        first = refusals[0]
        more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
        super().__init__(f"{first.ref}: {first.message}{more}", hint=first.hint)
        self.refusals = tuple(refusals)


@dataclass(slots=True)
class _Planner:
    client: Client
    before: inventory.Inventory
    server_side: bool
    names: frozenset[str]
    found: live_objects.Live
    changed_kinds: set[tuple[str, str]] = field(default_factory=set)

    def change(self, item: Desired) -> ObjectChange | Refusal:
        masks = Masks(item, self.client.scrubber, self.before.sealed(item.ref))
        try:
            now = self.found.object(item)
        except ApiError as error:
            if self.server_side:
                return Refusal(item.ref, error.message, error.hint)
            return ObjectChange(Verb.UPDATE, item.ref, note=f"not compared: {error.message}")
        if now is None or self.found.going(item.ref):
            return self._create(item, masks)
        if not self.server_side:
            said = differences(live_objects.comparable(now), item.body)
            fields = [masks.change(d) for d in said if d.new is not ABSENT and d.route.keys not in _TOP]
            return ObjectChange(Verb.UPDATE if fields else Verb.UNCHANGED, item.ref, tuple(fields))
        return self._update(item, masks, now)

    def _create(self, item: Desired, masks: Masks) -> ObjectChange | Refusal:
        fields = tuple(
            masks.change(Difference(route, ABSENT, leaf)) for route, leaf in leaves(item.body) if route.keys not in _TOP
        )
        note = "it is being deleted; apply waits until it is gone" if self.found.going(item.ref) else ""
        if self.server_side and not item.new_kind and not self.found.awaited_namespace(item) and not note:
            try:
                self._dry_run(item)
            except ApiError as error:
                if (excuse := self._excuse(item, error)) is None:
                    return Refusal(item.ref, error.message, error.hint)
                note = excuse
        return ObjectChange(Verb.CREATE, item.ref, fields, note=note)

    def _update(self, item: Desired, masks: Masks, now: Fields) -> ObjectChange | Refusal:
        adopt = adoption.needed(now)
        if not adopt and is_unchanged(item.body, now):
            return ObjectChange(Verb.UNCHANGED, item.ref)
        try:
            now, after, conflicts = self._compared(item, now)
        except ApiError as error:
            if (excuse := self._excuse(item, error)) is None:
                return Refusal(item.ref, error.message, error.hint)
            return ObjectChange(Verb.UPDATE, item.ref, note=excuse)
        old, new = live_objects.comparable(now), live_objects.comparable(after)
        note = ""
        if adopt:
            conflicts = [conflict for conflict in conflicts if conflict.manager != adoption.CLIENT_SIDE]
            old, new = adoption.without_annotation(old), adoption.without_dropped(now, item, new)
            note = adoption.NOTE
        fields = tuple(masks.change(difference) for difference in differences(old, new))
        owned = live_objects.owned(now) == live_objects.owned(after)
        if not fields and not conflicts and not adopt and owned:
            return ObjectChange(Verb.UNCHANGED, item.ref)
        if not fields and not owned and not adopt:
            note = "its values are as they should be; sealkit takes over their fields"
        return ObjectChange(Verb.UPDATE, item.ref, fields, tuple(map(str, conflicts)), note, adopt)

    def _compared(self, item: Desired, now: Fields) -> tuple[Fields, Fields, Sequence[FieldConflict]]:
        """The object as it is and as it would be, of one version: a controller may write to it in between, and that is no
        change of ours (a dry run answers with the version that it was tried on, measured)."""
        conflicts: Sequence[FieldConflict] = ()
        for _ in range(_LOOKS):
            try:
                after, conflicts = self._dry_run(item), ()
            except ApiError as error:
                if not error.conflicts:
                    raise
                after, conflicts = self._dry_run(item, force=True), error.conflicts
            if live_objects.version(after) == live_objects.version(now):
                break
            now = self.client.get(item.path, secret=item.secret) or now
        return now, after, conflicts

    def _dry_run(self, item: Desired, *, force: bool = False) -> Body:
        path = item.patch_path(force=force, dry_run=True)
        return self.client.request("PATCH", path, body=item.body, content_type=APPLY, secret=item.secret).tree()

    def _excuse(self, item: Desired, error: ApiError) -> str | None:
        """Why a dry run may fail although apply will not: it needs what this deploy brings before it."""
        text = error.answer.text if error.answer else ""
        if (item.manifest.api_version, item.ref.kind) in self.changed_kinds:
            return "not tried: its definition changes in this deploy"
        if "does not support dry run" in text:
            return "not tried: an admission webhook supports no dry run"
        if error.fault is Fault.WEBHOOK and item.expect.services:
            return f"not tried: {error.message}"
        missing = _MISSING.search(text)
        if missing is not None and error.fault in {Fault.NOT_FOUND, Fault.FORBIDDEN, Fault.PERMANENT}:
            name = missing[1] or missing[2]
            if name in self.names and name != item.ref.name:
                return f"not tried: it needs {name}, which this deploy brings"
        return None


def plan(
    client: Client,
    target: Target,
    objects: Sequence[Desired],
    before: inventory.Inventory | None = None,
    *,
    server_side: bool = True,
) -> Plan:
    """What apply would do to each object, in the order of apply, with every sealed value masked.

    Server-side, each object is tried with a dry run; one of a namespace or kind that does not exist yet is a creation and not
    tried. Client-side (`server_side=False`) nothing is sent: fields that the manifest names are compared with the live object
    as they are written, and an object that cannot be read counts as changed, with a note.

    `before` is the inventory of the target; it is read here where it is not given.

    Raises PlanError naming every object that the server would refuse, and ClusterError.
    """
    result = Plan(target.name, client.context, client.server)
    if before is None:
        before = _inventory(client, target, result, server_side=server_side)
    found = live_objects.Live(client, objects)
    planner = _Planner(client, before, server_side, frozenset(item.ref.name for item in objects), found)
    early = [item for item in objects if apply_order.of(item.ref) <= apply_order.Stage.DEFINITIONS]
    late = objects[len(early) :]
    with workers(client.stop) as pool:
        for part in (early, late):
            found.load(part, pool.map)
            result.changes += _kept(pool.map(planner.change, part))
            planner.changed_kinds |= set(_changed_kinds(part, result.changes))
    for ref in inventory.orphans(client, before, (item.ref for item in objects)):
        result.warnings.append(f"no longer in the repository, still in the cluster: {ref}")
    return result


def _kept(outcomes: Iterable[ObjectChange | Refusal]) -> list[ObjectChange]:
    known = list(outcomes)
    refusals = [outcome for outcome in known if isinstance(outcome, Refusal)]
    if refusals:
        raise PlanError(refusals)
    return [outcome for outcome in known if isinstance(outcome, ObjectChange)]


def _inventory(client: Client, target: Target, result: Plan, *, server_side: bool) -> inventory.Inventory:
    try:
        return inventory.read(client, target)
    except ApiError as error:
        if server_side:
            raise
        result.warnings.append(f"the inventory was not read: {error.message}")
        return inventory.Inventory()


def _changed_kinds(items: Iterable[Desired], changes: Iterable[ObjectChange]) -> Iterator[tuple[str, str]]:
    changed = {change.ref for change in changes if change.verb is not Verb.UNCHANGED}
    for item in items:
        if item.ref in changed and item.ref.kind == "CustomResourceDefinition":
            for resource in defined(item.body):
                yield f"{resource.group}/{resource.version}", resource.kind
