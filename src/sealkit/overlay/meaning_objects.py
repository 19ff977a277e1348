"""What a change of an object means outside of pod specs: by what kinds of its family can do, and by what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sealkit.model.tree import Tree, as_text
from sealkit.overlay import meaning_admission as admission
from sealkit.overlay.kinds import Family, family
from sealkit.overlay.masked_tree import ABSENT, Absent, Field, SealedText, differences, leaves
from sealkit.overlay.meaning_lines import Line, Rank, pair, some, told_fields
from sealkit.overlay.meaning_pods import goes_to
from sealkit.overlay.meaning_state import Object, State
from sealkit.yamlspan.route import Route, Step

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPEAKS = re.compile(r"secret|certificateref|credential", re.IGNORECASE)
_INFORMS = re.compile(
    r"app\.kubernetes\.io/version|helm\.sh/chart|kubectl\.kubernetes\.io/restartedAt|checksum/[A-Za-z0-9._-]+"
)
"""Labels and annotations that by their definition only inform, or restart a pod."""
_HARMLESS_OF_WORKLOADS = frozenset(
    {
        "replicas", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds",
        "schedule", "suspend", "concurrencyPolicy", "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "parallelism",
        "completions", "backoffLimit", "backoffLimitPerIndex", "ttlSecondsAfterFinished", "podManagementPolicy", "timeZone",
        "startingDeadlineSeconds", "activeDeadlineSeconds", "completionMode", "paused",
    }
)  # fmt: skip
_IDENTITY = (("metadata", "name"), ("metadata", "namespace"), ("kind",), ("apiVersion",))
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
    changed = [field for field in differences(old.rest if old else {}, new.rest) if str(field.route) not in pods]
    fields = [field for field in changed if not _silent(kind, field)]
    if not fields:
        return
    for field in fields:
        if kind is not Family.SECRET or not _from_overlay(field):
            yield from goes_to(str(new), Route(), field)
    yield from _opened(new, fields)
    yield from _names(new, fields, around.names)
    about = [part for field in fields if _is_metadata(new, field) for part in _metadata(field)]
    yield from _told_metadata(new, about, added=old is None)
    yield from _by_family(kind, old, new, [field for field in fields if not _is_metadata(new, field)], around)


def removed(old: Object) -> Iterator[Line]:
    """The lines for an object that is gone."""
    kind = family(old.ref)
    if kind is Family.HARMLESS:
        return
    guards = kind in {Family.ISOLATION, Family.POLICY, Family.BINDING, Family.WEBHOOK} or "Policy" in old.ref.kind
    yield Line(
        Rank.LEADS if guards else Rank.LESS, f"{old} removed{': what it refused is let through' if guards else ''}"
    )


def _by_family(kind: Family, old: Object | None, new: Object, fields: list[Field], around: Around) -> Iterator[Line]:
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


def _general(kind: Family, old: Object | None, new: Object, fields: list[Field], around: Around) -> Iterator[Line]:
    rank, about = _WORDS[kind]
    why = f" ({about})" if about else ""
    fields = [field for field in fields if not (kind is Family.ACCESS and field.route.keys[:1] in _GRANTING)]
    if old is None:
        if kind is Family.UNKNOWN:
            secret = ": its kind speaks of secrets" if _SPEAKS.search(new.ref.kind) else ""
            text = f"object of a kind that sealkit does not know was added: {new}{secret}"
            yield Line(Rank.AROUND if secret else rank, text)
        else:
            told = told_fields(_identified(fields)) if kind in {Family.NODE, Family.ISOLATION} else ""
            yield Line(rank, f"{new} added{why}{': ' if told else ''}{told}")
    elif fields:
        named = some(sorted(_named(new.rest, around.names)))
        naming = f", which names {named}," if named and kind is Family.UNKNOWN else ""
        yield Line(Rank.AROUND if naming else rank, f"{new}{naming} changed{why}: {told_fields(fields)}")


_GRANTING = (("rules",), ("roleRef",), ("subjects",), ("aggregationRule",))


def _data(old: Object | None, new: Object, fields: list[Field], state: State) -> Iterator[Line]:
    """The open text of a Secret or ConfigMap, which whoever reads the object takes for its configuration."""
    open_fields = [field for field in _identified(fields) if not _all_sealed(field)]
    readers = dict.fromkeys(state.readers.get((new.ref.kind, new.ref.namespace, new.ref.name), ()))
    read = f"; read by {some(readers)}, which gets sealed values" if readers else ""
    if old is None:
        sealed = sum(isinstance(leaf, SealedText) for _, leaf in leaves(new.body))
        yield Line(Rank.OTHER, f"{new} added{f', with {sealed} sealed' if sealed else ''}{read}")
    elif open_fields:
        told = told_fields(open_fields, open_values=new.ref.kind != "Secret")
        yield Line(Rank.AROUND if readers or new.ref.kind == "Secret" else Rank.OTHER, f"{new} changed: {told}{read}")


def _silent(kind: Family, field: Field) -> bool:
    keys = field.route.keys
    if _INFORMS.fullmatch(keys[-1] if keys else "") and len(keys) > 2 and keys[-2] in {"labels", "annotations"}:
        return True
    if kind is Family.WORKLOAD:
        return any(key in _HARMLESS_OF_WORKLOADS for key in keys[1:4]) and "metadata" not in keys
    if kind is Family.STORAGE:
        return any(keys[: len(head)] == head for head in _HARMLESS_OF_STORAGE)
    return keys[:1] == ("status",)


def _is_metadata(new: Object, field: Field) -> bool:
    """Whether a field is in the metadata of the object, or of its pods."""
    return "metadata" in (field.route.keys if new.pods else field.route.keys[:1])


def _metadata(field: Field) -> Iterator[Field]:
    """The labels and annotations in a field, one by one."""
    old, new = dict(leaves(field.old, field.route)), dict(leaves(field.new, field.route))
    for route in {**old, **new}:
        keys = route.keys
        if keys in {("metadata",), ("metadata", "name"), ("metadata", "namespace")}:
            continue
        if not _INFORMS.fullmatch(keys[-1]):
            yield Field(route, old.get(route, ABSENT), new.get(route, ABSENT))


def _told_metadata(new: Object, about: list[Field], *, added: bool) -> Iterator[Line]:
    """Labels and annotations: injectors, replicators and policies read them."""
    of_pods = [field for field in about if field.route.keys[0] != "metadata"]
    own = [field for field in about if field.route.keys[0] == "metadata"]
    if of_pods:
        getting = any(container.gets for pod in new.pods.values() for container in pod.containers.values())
        told = told_fields([_short(field) for field in of_pods])
        rank = Rank.AROUND if getting and not added else Rank.OTHER
        if not added or any("annotations" in field.route.keys for field in of_pods):
            yield Line(rank, f"pod annotations or labels of {new} changed (injectors read them): {told}")
    notes = [field for field in own if not added or "annotations" in field.route.keys]
    if notes:
        holds = family(new.ref) in {Family.SECRET, Family.CONFIG, Family.ACCOUNT} or new.ref.kind == "Namespace"
        text = (
            f"annotations or labels of {new} changed (controllers read them): {told_fields([_short(f) for f in notes])}"
        )
        yield Line(Rank.AROUND if holds else Rank.OTHER, text)


def _short(field: Field) -> Field:
    """A field from `labels` or `annotations` on."""
    steps = field.route.steps
    start = max((i for i, step in enumerate(steps) if step in ("labels", "annotations")), default=0)
    return Field(Route(steps[start:]), field.old, field.new)


def _names(new: Object, fields: list[Field], names: Mapping[str, str]) -> Iterator[Line]:
    """Secrets that a changed field names, under whatever key."""
    kind = family(new.ref)
    unknown, named, speaking = kind is Family.UNKNOWN, dict[str, list[str]](), list[str]()
    for field in fields if kind is not Family.SECRET else ():
        for route, leaf in leaves(field.new, field.route):
            keys = route.keys
            speaks = any(_SPEAKS.search(key) for key in keys)
            if keys in _IDENTITY or not (unknown or speaks or "annotations" in keys):
                continue
            hits = dict.fromkeys(names[word] for word in (*_words(leaf), *keys) if word in names)
            for hit in hits:
                named.setdefault(hit, []).append(str(route))
            if speaks and unknown and not hits:
                speaking.append(f"{route} ({pair(leaf, ABSENT)})")
    for words, routes in named.items():
        yield Line(Rank.GETS, f"{'custom resource ' if unknown else ''}{new} names {words}: {some(routes)}")
    if speaking:
        yield Line(Rank.AROUND, f"custom resource {new} speaks of secrets: {some(speaking)}")


def _words(leaf: Tree) -> tuple[str, ...]:
    return (*_WORD.findall(leaf), leaf) if isinstance(leaf, str) else ()


def _named(tree: Tree, names: Mapping[str, str]) -> set[str]:
    """The Secrets that a whole object names."""
    return {names[word] for _, leaf in leaves(tree) for word in _words(leaf) if word in names}


def _opened(new: Object, fields: list[Field]) -> Iterator[Line]:
    for field in fields:
        if isinstance(field.old, SealedText) and not isinstance(field.new, SealedText | Absent):
            yield Line(Rank.GETS, f"{new} {field.route} is no longer sealed")


def _from_overlay(field: Field) -> bool:
    """Whether what is sealed in a field comes from the private half of this object itself."""
    sealed = [leaf for side in (field.new, field.old) for _, leaf in leaves(side) if isinstance(leaf, SealedText)]
    return all("#" in name or "<" not in name for leaf in sealed for name in leaf.names)


def _all_sealed(field: Field) -> bool:
    """Whether nothing open differs in a field."""
    sides = [leaf for side in (field.old, field.new) for _, leaf in leaves(side)]
    return isinstance(field.new, SealedText) or (bool(sides) and all(isinstance(leaf, SealedText) for leaf in sides))


def _identified(fields: list[Field]) -> list[Field]:
    """Without what only says which object it is."""
    identity: tuple[tuple[Step, ...], ...] = (("kind",), ("apiVersion",))
    kept = [field for field in fields if field.route.steps not in identity or isinstance(field.old, str)]
    return [
        part
        for field in kept
        for part in (
            [Field(field.route / key, ABSENT, child) for key, child in field.new.items()]
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
