"""What a change of an object means outside of pod specs: by what kinds of its family can do, and by what it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sealkit.model.difference import ABSENT, Absent, Difference
from sealkit.model.tree import as_text
from sealkit.overlay import meaning_admission as admission
from sealkit.overlay.kinds import Family, family
from sealkit.overlay.masked_tree import SealedText, differences, leaves
from sealkit.overlay.meaning_lines import Line, Rank, some, told_fields
from sealkit.overlay.meaning_names import INFORMS, SPEAKS, in_metadata, metadata, named, names
from sealkit.overlay.meaning_pods import goes_to
from sealkit.overlay.meaning_state import Object, State
from sealkit.wording import count
from sealkit.yamlspan.route import Route, Step

_HARMLESS_OF_WORKLOADS = frozenset(
    {
        "replicas", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds",
        "schedule", "suspend", "concurrencyPolicy", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "parallelism",
        "completions", "backoffLimit", "backoffLimitPerIndex", "ttlSecondsAfterFinished", "podManagementPolicy", "timeZone",
        "startingDeadlineSeconds", "activeDeadlineSeconds", "completionMode", "paused",
    }
)  # fmt: skip
_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105
"""The type of a Secret in which the cluster puts a token of a service account."""
_HARMLESS_OF_STORAGE = (("spec", "resources"), ("spec", "capacity"), ("allowVolumeExpansion",))
_WORDS = {
    Family.ACCOUNT: (Rank.AROUND, "who pods are"),
    Family.ACCESS: (Rank.OTHER, "who may do what"),
    Family.ISOLATION: (Rank.LEADS, "who may talk to whom"),
    Family.NODE: (Rank.AROUND, "how pods run"),
    Family.WORKLOAD: (Rank.OTHER, ""),
    Family.UNKNOWN: (Rank.OTHER, ""),
}


@dataclass(frozen=True, slots=True)
class Around:
    """What is looked up: the state after the change, and the objects with sealed values by name, before and after."""

    state: State
    names: Mapping[str, str]


def objects(old: Object | None, new: Object, around: Around) -> Iterator[Line]:
    """The lines for what differs outside of the pod specs of one object; `old` is None for one that was not there."""
    kind = family(new.ref)
    pods = {*new.pods, *(old.pods if old else ())}
    changed = differences(old.rest if old else {}, new.rest)
    fields = [
        field for field in changed if not _silent(kind, field) and not (str(field.route) in pods and _hole(field))
    ]
    if not fields:
        return
    for field in fields:
        if kind is not Family.SECRET or not _from_overlay(field):
            yield from goes_to(str(new), Route(), field)
    yield from _opened(new, fields)
    yield from names(new, fields, around.names)
    yield from metadata(new, [field for field in fields if in_metadata(new, field)], added=old is None)
    yield from _by_family(kind, old, new, [field for field in fields if not in_metadata(new, field)], around)


def _hole(field: Difference) -> bool:
    """Whether all that differs is that a pod spec stands there, of which other lines tell."""
    return all(side is ABSENT or side == {} for side in (field.old, field.new))


def removed(old: Object) -> Iterator[Line]:
    """The lines for an object that is gone."""
    kind = family(old.ref)
    if kind is Family.HARMLESS:
        return
    guards = kind in {Family.ISOLATION, Family.POLICY, Family.BINDING, Family.WEBHOOK} or "Policy" in old.ref.kind
    yield Line(
        Rank.LEADS if guards else Rank.LESS, f"{old} removed{': what it refused is let through' if guards else ''}"
    )


def _by_family(
    kind: Family, old: Object | None, new: Object, fields: list[Difference], around: Around
) -> Iterator[Line]:
    if kind is Family.HARMLESS:
        return
    if not fields and old is not None:
        return
    if kind is Family.POLICY:
        yield from admission.policy(old, new, fields)
    elif kind is Family.BINDING:
        yield from admission.binding(old, new, fields, around.state)
    elif kind is Family.WEBHOOK:
        yield from admission.webhooks(old, new)
    elif kind is Family.CRD:
        yield from admission.definition(old, new, fields)
    elif kind is Family.API:
        yield from admission.api_service(old, new, fields)
    elif kind in {Family.TRAFFIC, Family.STORAGE}:
        now = "now leads elsewhere" if old else "added"
        yield Line(Rank.LEADS, f"{new} {now}: {told_fields(_identified(fields))}")
    elif kind in {Family.SECRET, Family.CONFIG}:
        yield from _data(old, new, fields, around.state)
    elif kind is not Family.ACCESS or old is not None or new.ref.kind not in _ROLES:
        yield from _general(kind, old, new, fields, around)


_ROLES = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})


def _general(kind: Family, old: Object | None, new: Object, fields: list[Difference], around: Around) -> Iterator[Line]:
    rank, about = _WORDS[kind]
    why = f" ({about})" if about else ""
    fields = [field for field in fields if not (kind is Family.ACCESS and field.route.keys[:1] in _GRANTING)]
    if old is None:
        if kind is Family.UNKNOWN:
            secret = ": its kind speaks of secrets" if SPEAKS.search(new.ref.kind) else ""
            text = f"object of a kind that sealkit does not know was added: {new}{secret}"
            yield Line(Rank.AROUND if secret else rank, text)
        else:
            told = told_fields(_identified(fields)) if kind in {Family.NODE, Family.ISOLATION, Family.ACCESS} else ""
            yield Line(rank, f"{new} added{why}{': ' if told else ''}{told}")
    elif fields:
        words = some(sorted(named(new.rest, around.names)))
        naming = f", which names {words}," if words and kind is Family.UNKNOWN else ""
        yield Line(Rank.AROUND if naming else rank, f"{new}{naming} changed{why}: {told_fields(fields)}")


_GRANTING = (("rules",), ("roleRef",), ("subjects",), ("aggregationRule",))


def _data(old: Object | None, new: Object, fields: list[Difference], state: State) -> Iterator[Line]:
    """The open text of a Secret or ConfigMap, which whoever reads the object takes for its configuration."""
    open_fields = [field for field in _identified(fields) if not _all_sealed(field)]
    readers = dict.fromkeys(state.readers.get((new.ref.kind, new.ref.namespace, new.ref.name), ()))
    read = f"; read by {some(readers)}, which gets sealed values" if readers else ""
    if old is None:
        sealed = sum(isinstance(leaf, SealedText) for _, leaf in leaves(new.body))
        about = [f"of type {kind}"] if (kind := new.body.get("type")) not in (None, "Opaque") else []
        about += [f"with {count(sealed, 'sealed value')}"] if sealed else []
        rank = Rank.AROUND if kind == _TOKEN else Rank.OTHER
        yield Line(rank, f"{new} added{''.join(f', {words}' for words in about)}{read}")
    elif open_fields:
        told = told_fields(open_fields, open_values=new.ref.kind != "Secret")
        yield Line(Rank.AROUND if readers or new.ref.kind == "Secret" else Rank.OTHER, f"{new} changed: {told}{read}")


def _silent(kind: Family, field: Difference) -> bool:
    keys = field.route.keys
    if INFORMS.fullmatch(keys[-1] if keys else "") and len(keys) > 2 and keys[-2] in {"labels", "annotations"}:
        return True
    if kind is Family.WORKLOAD:
        return any(key in _HARMLESS_OF_WORKLOADS for key in keys[1:4]) and "metadata" not in keys
    if kind is Family.STORAGE:
        return any(keys[: len(head)] == head for head in _HARMLESS_OF_STORAGE)
    return keys[:1] == ("status",)


def _opened(new: Object, fields: list[Difference]) -> Iterator[Line]:
    for field in fields:
        if isinstance(field.old, SealedText) and not isinstance(field.new, SealedText | Absent):
            yield Line(Rank.GETS, f"{new} {field.route} is no longer sealed")


def _from_overlay(field: Difference) -> bool:
    """Whether what is sealed in a field comes from the private half of this object itself."""
    sealed = [leaf for side in (field.new, field.old) for _, leaf in leaves(side) if isinstance(leaf, SealedText)]
    return all("#" in name or "<" not in name for leaf in sealed for name in leaf.names)


def _all_sealed(field: Difference) -> bool:
    """Whether nothing open differs in a field."""
    sides = [leaf for side in (field.old, field.new) for _, leaf in leaves(side)]
    return isinstance(field.new, SealedText) or (bool(sides) and all(isinstance(leaf, SealedText) for leaf in sides))


def _identified(fields: list[Difference]) -> list[Difference]:
    """Without what only says which object it is."""
    identity: tuple[tuple[Step, ...], ...] = (("kind",), ("apiVersion",))
    kept = [field for field in fields if field.route.steps not in identity or isinstance(field.old, str)]
    return [
        part
        for field in kept
        for part in (
            [Difference(field.route / key, ABSENT, child) for key, child in field.new.items()]
            if field.old is ABSENT and isinstance(field.new, Mapping) and len(field.route) == 1
            else [field]
        )
    ]


def account_of_new(new: Object, powers: dict[tuple[str, str], list[str]], old: Object | None) -> Iterator[Line]:
    """What the service account of a pod may do, where the pod is new or runs as another one."""
    for route, pod in new.pods.items():
        before = old.pods.get(route) if old else None
        if before is not None and before.account == pod.account:
            continue
        for words in powers.get((new.ref.namespace, pod.account), ()):
            yield Line(Rank.GETS, f"{new} runs as service account {as_text(pod.account)}, which {words}")
