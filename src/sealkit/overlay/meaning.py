"""What a change means for sealed values and for who may reach them: an explanation beside the diff, best effort.

It gates nothing: whoever approves reads the diff. Lists of dangers here only choose words and order; what is on none of them is
told as well, except for what is known to be harmless (replicas, resources, patience of a probe).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sealkit.overlay.kinds import Family, family
from sealkit.overlay.masked_tree import same
from sealkit.overlay.meaning_access import access, powers
from sealkit.overlay.meaning_lines import Line, Rank
from sealkit.overlay.meaning_objects import Around, account_of_new, objects, removed
from sealkit.overlay.meaning_pods import pods
from sealkit.overlay.meaning_state import Object, State, shared
from sealkit.overlay.render import Rendered
from sealkit.printable import one_line


def meaning(before: Rendered, after: Rendered) -> list[str]:
    """One line for each thing that a change does, the most dangerous first; no line for what did not change.

    Both are whole renderings of one target, with stand-ins. A sealed value is never in a line: its placeholder is.
    """
    namespace = after.namespace or before.namespace
    try:
        lines = [*_lines(State(before.manifests, namespace), State(after.manifests, namespace))]
    except RecursionError:
        lines = [Line(Rank.READS, "the change is nested too deep to be explained: read the diff")]
    if before.manifests and before.namespace != after.namespace:
        moved = f"the namespace of the target is {after.namespace or 'none'}, was {before.namespace or 'none'}"
        lines.insert(0, Line(Rank.READS, f"{moved}: every object without one of its own goes there"))
    ordered = sorted(dict.fromkeys(lines), key=lambda line: line.rank)
    return list(dict.fromkeys(one_line(line.text) for line in ordered))


def _lines(before: State, after: State) -> Iterator[Line]:
    granted = list(access(before, after))
    around = Around(after, {**before.names(), **after.names()})
    yield from (line for line, _ in granted)
    rights = powers(after)
    spoken = {name for _, role in granted for name in role.split(" by ")}
    for old, new in _changes(before, after):
        if new is None:
            yield from removed(old) if old else ()
            continue
        lines = list(chain(objects(old, new, around), pods(old, new), account_of_new(new, rights, old)))
        yield from lines
        if old is None and not lines and family(new.ref) is not Family.HARMLESS and str(new) not in spoken:
            yield Line(Rank.OTHER, f"{new} added")
    known = shared(before)
    for (who, volume), other in shared(after).items():
        if (who, volume) not in known:
            yield Line(Rank.GETS, f"{who} shares volume {volume} with {other}, which gets sealed values")


def _changes(before: State, after: State) -> Iterator[tuple[Object | None, Object | None]]:
    """Every object of which the two states differ, or of which what its containers get differs."""
    for key in {**before.objects, **after.objects}:
        old, new = before.objects.get(key), after.objects.get(key)
        if old is None or new is None or not same(old.body, new.body) or _gets(old) != _gets(new):
            yield old, new


def _gets(item: Object) -> list[list[str]]:
    return [[*container.gets] for pod in item.pods.values() for container in pod.containers.values()]
