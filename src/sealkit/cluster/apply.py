"""Change the cluster: the only module that does, with `adoption` for objects that kubectl made and `inventory` for the record.

Stage by stage, eight requests at once. What fails does not stop its stage, so that one run shows every error; the next stage
does not begin. Nothing is undone: a second run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from sealkit.cluster import adoption, wait_kinds
from sealkit.cluster.client import ApiError, Client, StoppedError
from sealkit.cluster.desired import Desired, by_stage
from sealkit.cluster.retry import workers
from sealkit.cluster.server_errors import Fault
from sealkit.cluster.wire import APPLY
from sealkit.errors import ClusterError, SealkitError
from sealkit.model.objects import ObjectRef
from sealkit.model.plan import ObjectChange, Plan, Verb
from sealkit.model.tree import as_text, at

OnChange = Callable[[ObjectChange, str | None], None]
"""Called after each object, in the thread of the caller: the change, and the error or None."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An object that the cluster did not take, and why, with every known value masked."""

    ref: ObjectRef
    message: str
    hint: str | None = None


@dataclass(slots=True)
class Result:
    """What became of a plan. `left`: objects that were not tried, because something before them failed or it was stopped."""

    applied: list[ObjectChange] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    left: list[ObjectRef] = field(default_factory=list)
    uids: dict[ObjectRef, str] = field(default_factory=dict)
    interrupted: bool = False
    cut_off: bool = False
    """Whether the cluster stopped answering, or does not know us any more."""

    @property
    def ok(self) -> bool:
        """Whether the cluster is as the plan says."""
        return not (self.failed or self.left or self.interrupted)


def apply(
    client: Client,
    plan: Plan,
    objects: Sequence[Desired],
    *,
    on_change: OnChange | None = None,
    force_conflicts: bool = False,
) -> Result:
    """Server-side apply of every object that the plan does not find unchanged.

    Raises ClusterError before anything is sent where fields belong to other managers and `force_conflicts` is not set, or a
    kind is unknown. Everything later is in the result: failures, what was left, and whether it was interrupted (Ctrl-C stops
    after the requests that are on their way).
    """
    if not force_conflicts:
        refuse_conflicts(plan)
    changes = {change.ref: change for change in plan.changes}
    items = [item for item in objects if _wanted(changes.get(item.ref))]
    result = Result()
    run = _Run(client, changes, force_conflicts)
    try:
        with workers(client.stop) as pool:
            for group in by_stage(items):
                if result.ok:
                    _stage(run, pool, group, result, on_change)
    except KeyboardInterrupt:
        result.interrupted = True
    done = {change.ref for change in result.applied} | {failure.ref for failure in result.failed}
    result.left = [item.ref for item in items if item.ref not in done]
    return result


def refuse_conflicts(plan: Plan) -> None:
    """Raises ClusterError where a plan would take fields from other managers."""
    held = [(change.ref, conflict) for change in plan.changes for conflict in change.conflicts]
    if held:
        ref, conflict = held[0]
        more = f" (and {len(held) - 1} more)" if len(held) > 1 else ""
        raise ClusterError(
            f"{ref}: another manager holds {conflict}{more}",
            hint="leave the field to it, or take it: --force-conflicts",
        )


def _wanted(change: ObjectChange | None) -> bool:
    return change is None or change.verb is not Verb.UNCHANGED


@dataclass(slots=True)
class _Run:
    client: Client
    changes: dict[ObjectRef, ObjectChange]
    force: bool

    def change(self, item: Desired) -> ObjectChange:
        return self.changes.get(item.ref) or ObjectChange(Verb.UPDATE, item.ref)

    def send(self, item: Desired) -> str:
        """Apply one object; its uid."""
        try:
            return self._send(item)
        except ApiError as error:
            if _cut_off(error):
                self.client.stop.set()  # the others would wait for the same
            raise

    def _send(self, item: Desired) -> str:
        if self.change(item).adopt:
            adoption.adopt(self.client, item)
        if item.ref.kind == "Namespace" and not item.ref.group:
            wait_kinds.until_gone(self.client, item)
        path = item.patch_path(force=self.force)
        answer = self.client.request(
            "PATCH", path, body=item.body, content_type=APPLY, secret=item.secret, expect=item.expect
        )
        return as_text(at(answer.tree(), "metadata", "uid"))


def _cut_off(error: SealkitError) -> bool:
    """Whether nobody is there, or nobody knows us."""
    return isinstance(error, ApiError) and (error.answer is None or error.fault is Fault.UNAUTHORIZED)


def _stage(
    run: _Run, pool: ThreadPoolExecutor, group: Sequence[Desired], result: Result, on_change: OnChange | None
) -> None:
    sent = {pool.submit(run.send, item): item for item in group}
    noted: set[Future[str]] = set()
    try:
        for future in as_completed(sent):
            noted.add(future)
            _note(run, sent[future], future, result, on_change)
    except KeyboardInterrupt:
        run.client.stop.set()
        pool.shutdown(cancel_futures=True)
        for future, item in sent.items():
            if future not in noted and not future.cancelled():
                _note(run, item, future, result, on_change)  # it was on its way, and the cluster may have it
        raise
    if result.ok and any(item.ref.kind == "CustomResourceDefinition" for item in group):
        _definitions(run.client, pool, group, result)


def _note(run: _Run, item: Desired, future: Future[str], result: Result, on_change: OnChange | None) -> None:
    change, message = run.change(item), None
    try:
        result.uids[item.ref] = future.result()
    except StoppedError:
        return
    except SealkitError as error:
        message = error.message
        result.failed.append(Failure(item.ref, message, error.hint))
        result.cut_off = result.cut_off or _cut_off(error)
    else:
        result.applied.append(change)
    if on_change is not None:
        on_change(change, message)


def _definitions(client: Client, pool: ThreadPoolExecutor, group: Iterable[Desired], result: Result) -> None:
    """New kinds are served a moment after their definition is in."""
    crds = [item for item in group if item.ref.kind == "CustomResourceDefinition"]
    waits = {pool.submit(wait_kinds.until_served, client, item): item for item in crds}
    for future in as_completed(waits):
        item = waits[future]
        try:
            future.result()
        except StoppedError:
            continue
        except ClusterError as error:
            result.failed.append(Failure(item.ref, error.message, error.hint))
    if result.ok:
        client.discover()
