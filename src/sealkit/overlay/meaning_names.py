"""What the labels, annotations and references of an object mean: injectors, replicators and policies read the one, operators follow
the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sealkit.model.difference import ABSENT, Difference
from sealkit.model.tree import Tree
from sealkit.overlay.kinds import Family, family
from sealkit.overlay.masked_tree import leaves
from sealkit.overlay.meaning_lines import Line, Rank, pair, some, told_fields
from sealkit.overlay.meaning_state import Object
from sealkit.yamlspan.route import Route

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SPEAKS = re.compile(r"secret|certificateref|credential", re.IGNORECASE)
"""Keys below which an operator looks for a secret."""
_IDENTITY = (("metadata", "name"), ("metadata", "namespace"), ("kind",), ("apiVersion",))
INFORMS = re.compile(
    r"app\.kubernetes\.io/version|helm\.sh/chart|kubectl\.kubernetes\.io/restartedAt|checksum/[A-Za-z0-9._-]+"
)
"""Labels and annotations that by their definition only inform, or restart a pod."""


def names(new: Object, fields: list[Difference], known: Mapping[str, str]) -> Iterator[Line]:
    """Secrets that a changed field names, under whatever key."""
    kind = family(new.ref)
    unknown, found, speaking = kind is Family.UNKNOWN, dict[str, list[str]](), list[str]()
    for field in fields if kind is not Family.SECRET else ():
        for route, leaf in leaves(field.new, field.route):
            keys = route.keys
            speaks = any(SPEAKS.search(key) for key in keys)
            if keys in _IDENTITY or not (unknown or speaks or "annotations" in keys):
                continue
            hits = dict.fromkeys(known[word] for word in (*_words(leaf), *keys) if word in known)
            for hit in hits:
                found.setdefault(hit, []).append(str(route))
            if speaks and unknown and not hits:
                speaking.append(f"{route} ({pair(leaf, ABSENT)})")
    for words, routes in found.items():
        yield Line(Rank.GETS, f"{'custom resource ' if unknown else ''}{new} names {words}: {some(routes)}")
    if speaking:
        yield Line(Rank.AROUND, f"custom resource {new} speaks of secrets: {some(speaking)}")


def _words(leaf: Tree) -> tuple[str, ...]:
    return (*_WORD.findall(leaf), leaf) if isinstance(leaf, str) else ()


def named(tree: Tree, known: Mapping[str, str]) -> set[str]:
    """The Secrets that a whole object names."""
    return {known[word] for _, leaf in leaves(tree) for word in _words(leaf) if word in known}


def in_metadata(new: Object, field: Difference) -> bool:
    """Whether a field is in the metadata of the object, or of its pods."""
    return "metadata" in (field.route.keys if new.pods else field.route.keys[:1])


def _parts(field: Difference) -> Iterator[Difference]:
    """The labels and annotations in a field, one by one."""
    old, new = dict(leaves(field.old, field.route)), dict(leaves(field.new, field.route))
    for route in {**old, **new}:
        keys = route.keys
        if keys in {("metadata",), ("metadata", "name"), ("metadata", "namespace")}:
            continue
        if not INFORMS.fullmatch(keys[-1]):
            yield Difference(route, old.get(route, ABSENT), new.get(route, ABSENT))


def metadata(new: Object, fields: list[Difference], *, added: bool) -> Iterator[Line]:
    """Labels and annotations: injectors, replicators and policies read them."""
    about = [part for field in fields for part in _parts(field)]
    of_pods = [field for field in about if field.route.keys[0] != "metadata"]
    own = [field for field in about if field.route.keys[0] == "metadata"]
    if of_pods:
        getting = any(container.gets for pod in new.pods.values() for container in pod.containers.values())
        told = told_fields([_short(field) for field in of_pods])
        rank = Rank.AROUND if getting and not added else Rank.OTHER
        if not added or any("annotations" in field.route.keys for field in of_pods):
            yield Line(rank, f"pod annotations or labels of {new} changed (injectors read them): {told}")
    telling = not added or new.ref.kind == "Namespace"
    notes = [field for field in own if telling or "annotations" in field.route.keys]
    if notes:
        holds = family(new.ref) in {Family.SECRET, Family.CONFIG, Family.ACCOUNT} or new.ref.kind == "Namespace"
        text = (
            f"annotations or labels of {new} changed (controllers read them): {told_fields([_short(f) for f in notes])}"
        )
        yield Line(Rank.AROUND if holds else Rank.OTHER, text)


def _short(field: Difference) -> Difference:
    """A field from `labels` or `annotations` on."""
    steps = field.route.steps
    start = max((i for i, step in enumerate(steps) if step in ("labels", "annotations")), default=0)
    return Difference(Route(steps[start:]), field.old, field.new)
