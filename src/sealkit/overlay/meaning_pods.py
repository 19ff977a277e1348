"""What a change of a workload means: which containers get a value that they did not get, and what else changed around those that
get one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sealkit.model.difference import ABSENT, Absent, Difference
from sealkit.model.tree import Tree, as_text
from sealkit.overlay.masked_tree import SealedText, differences, leaves
from sealkit.overlay.meaning_lines import Line, Rank, pair, shown, some, with_another
from sealkit.overlay.meaning_state import Container, Object, Pod
from sealkit.overlay.pod_specs import CONTAINERS, references, repository
from sealkit.yamlspan.route import Name, Route, Step

_PROBES = {"livenessProbe": "liveness probe", "readinessProbe": "readiness probe", "startupProbe": "startup probe"}
_PATIENCE = frozenset(
    {
        "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold",
        "terminationGracePeriodSeconds",
    }
)  # fmt: skip
_NOUNS = {
    "image": "image",
    "command": "command",
    "args": "list of arguments",
    "envFrom": "source of its environment",
    "lifecycle": "lifecycle hook",
    "workingDir": "working directory",
    "securityContext": "security context",
    **_PROBES,
}
_HARMLESS = frozenset({"resources", "resizePolicy"})
_PLACED = frozenset({"nodeSelector", "nodeName", "tolerations", "affinity"})
_HARMLESS_IN_POD = frozenset(
    {
        "terminationGracePeriodSeconds", "activeDeadlineSeconds", "priorityClassName", "priority", "preemptionPolicy",
        "topologySpreadConstraints", "restartPolicy", "resources", "overhead",
    }
)  # fmt: skip
_USUAL = frozenset({"volumes", "serviceAccountName", "serviceAccount"})
"""Of a new pod, what its containers get through these is told."""
_POD_NOUNS = {"serviceAccountName": "service account", "serviceAccount": "service account"}


def pods(old: Object | None, new: Object) -> Iterator[Line]:
    """The lines for the pod specs of one object; `old` is None for an object that was not there."""
    before = old.pods if old else {}
    for route, pod in new.pods.items():
        where = str(new) if len(new.pods) == 1 else f"{new} {route}"
        yield from _pod(where, before.get(route), pod)
    for route, pod in before.items():
        if route not in new.pods:
            yield from (Line(Rank.LESS, f"container {one.name} of {new} is gone") for one in pod.containers.values())


def _pod(where: str, old: Pod | None, new: Pod) -> Iterator[Line]:
    before = old.containers if old else {}
    for key, container in new.containers.items():
        route = new.route / key.partition("/")[0] / Name(container.name)
        if (known := before.get(key)) is None:
            yield from _added(where, route, container)
        else:
            yield from _changed(where, route, known, container)
    for key, container in before.items():
        if key not in new.containers:
            yield Line(Rank.LESS, f"container {container.name} of {where} is gone")
    if [*before] != [*new.containers] and set(before) == set(new.containers):
        yield Line(Rank.OTHER, f"the containers of {where} stand in another order")
    yield from _around(where, old, new)


def _added(where: str, route: Route, container: Container) -> Iterator[Line]:
    who = f"container {container.name} of {where}"
    image = as_text(container.body.get("image")) or "none of its own"
    values = [words for words in container.gets if words in container.own]
    for words in [
        *(words for words in container.gets if words not in container.own),
        *([some(values, 4)] if values else []),
    ]:
        yield Line(Rank.GETS, f"{who} gets {words} (a new container, image {shown(image)})")
    runs = [
        f"{key} {shown(container.body[key])}" for key in ("command", "args", "lifecycle") if container.body.get(key)
    ]
    for field in differences({}, container.body):
        yield from (line for line in goes_to(where, route, field) if line.text.endswith(")"))
    if runs or not container.gets:
        rank = Rank.AROUND if container.gets else Rank.OTHER
        yield Line(rank, f"{who} is new: {', '.join([f'image {shown(image)}', *runs])}")


def _changed(where: str, route: Route, old: Container, new: Container) -> Iterator[Line]:
    who = f"container {new.name} of {where}"
    fresh = [words for words in new.gets if words not in old.gets]
    yield from (Line(Rank.GETS, f"{who} gets {words}") for words in fresh if words not in new.own)
    yield from (Line(Rank.LESS, f"{who} no longer gets {words}") for words in old.gets if words not in new.gets)
    getting = f"{who} gets {some(new.gets)}" if new.gets else who
    rank = Rank.AROUND if new.gets else Rank.OTHER
    for field in differences(old.body, new.body):
        if _silent(field):
            continue
        yield from goes_to(where, route, field)
        if _told_already(field, fresh):
            continue
        if field.route.steps == ("image",) and (tags := _tags(field)):
            yield Line(Rank.TAG, f"image tag of {who}: {tags}")
        else:
            yield Line(rank, f"{getting} {with_another(_noun(field.route.steps), field)}")


def goes_to(where: str, above: Route, field: Difference) -> Iterator[Line]:
    """The lines for sealed values in a changed field: which go there now, around which the text changed, which go no more."""
    old = {route: leaf for route, leaf in leaves(field.old, field.route) if isinstance(leaf, SealedText)}
    new = {route: leaf for route, leaf in leaves(field.new, field.route) if isinstance(leaf, SealedText)}
    for route, leaf in new.items():
        place = f"{where} {_joined(above, route)}"
        known = old.get(route)
        fresh = [name for name in leaf.names if known is None or name not in known.names]
        around = f" ({shown(leaf)})" if leaf not in leaf.names else ""
        yield from (Line(Rank.GETS, f"{name} goes to {place}{around}") for name in fresh)
        if known is not None and not fresh:
            yield Line(Rank.AROUND, f"the text around {', '.join(leaf.names)} in {place} changed ({pair(leaf, known)})")
    for route, leaf in old.items():
        gone = [name for name in leaf.names if route not in new or name not in new[route].names]
        yield from (Line(Rank.LESS, f"{name} no longer goes to {where} {_joined(above, route)}") for name in gone)


def _joined(above: Route, route: Route) -> Route:
    return Route((*above.steps, *route.steps))


def _silent(field: Difference) -> bool:
    head, *more = field.route.steps or ("",)
    if head in _HARMLESS:
        return True
    if head == "ports":
        return not any("hostPort" in str(step) for step in more) and "hostPort" not in f"{field.new!r} {field.old!r}"
    return head in _PROBES and len(more) == 1 and more[0] in _PATIENCE


def _told_already(field: Difference, fresh: list[str]) -> bool:
    """Whether all that a new field does is to give what other lines tell."""
    if isinstance(field.new, SealedText):
        return isinstance(field.old, SealedText | Absent)
    if field.new is ABSENT or (field.old is not ABSENT and not isinstance(field.old, Mapping | list)):
        return False
    named = {f"{kind} {name}" for kind, _, name in references(_without_absent(field.new), "")}
    if named and named <= set(fresh):
        return True
    item = field.new
    return isinstance(item, Mapping) and item.keys() == {"name", "value"} and isinstance(item["value"], SealedText)


def _without_absent(tree: Tree | Absent) -> Tree:
    return None if isinstance(tree, Absent) else tree


def _tags(field: Difference) -> str:
    """The tags of an image of which nothing else changed, as `1 -> 2`."""
    old, new = as_text(_without_absent(field.old)), as_text(_without_absent(field.new))
    name = repository(new)
    if not name or repository(old) != name or isinstance(field.new, SealedText) or isinstance(field.old, SealedText):
        return ""
    return f"{_tag(old, name)} -> {_tag(new, name)}"


def _tag(image: str, name: str) -> str:
    return shown(image.removeprefix(name).removeprefix(":") or "none")


def _noun(steps: tuple[Step, ...]) -> str:
    head, *more = steps or ("field",)
    if head == "env" and more:
        rest = more[1:] if more[1:] != ["value"] else []
        return f"environment variable {_label(more[0])}{f' {Route(tuple(rest))}' if rest else ''}"
    if head in {"volumeMounts", "volumeDevices"} and more:
        return f"mount {_label(more[0])}"
    noun = _NOUNS.get(str(head), str(head))
    return f"{noun} {Route(tuple(more))}" if more else noun


def _label(step: Step) -> str:
    return step.name if isinstance(step, Name) else str(step)


def _around(where: str, old: Pod | None, new: Pod) -> Iterator[Line]:
    """What changed in a pod spec outside of its containers. Of a new pod: what is not as usual."""
    getting = some(dict.fromkeys(words for one in new.containers.values() for words in one.gets))
    fields = differences(_outside(old), _outside(new))
    rank = Rank.AROUND if getting else Rank.OTHER
    who = f"{where} gets {getting}" if getting else where
    mounting = {words for one in new.containers.values() for words in one.gets}
    for field in fields:
        head = field.route.steps[0] if len(field.route) else ""
        if head in _HARMLESS_IN_POD or (old is None and head in _USUAL):
            continue
        yield from goes_to(where, new.route, field)
        if _told_already(field, [words for words in mounting if not _had(old, words)]):
            continue
        if head in _PLACED:
            yield Line(Rank.OTHER, f"{where} runs on other nodes: {field.route} ({pair(field.new, field.old)})")
            continue
        rest = Route(field.route.steps[1:])
        noun = _POD_NOUNS.get(
            str(head), f"volume {_label(rest.steps[0])}" if head == "volumes" and len(rest) else str(head)
        )
        if head == "volumes":
            rest = Route(rest.steps[1:])
        yield Line(rank, f"{who} {with_another(f'{noun} {rest}' if len(rest) else noun, field)}")


def _had(old: Pod | None, words: str) -> bool:
    return old is not None and any(words in one.gets for one in old.containers.values())


def _outside(pod: Pod | None) -> Tree:
    """A pod spec without its containers and without the older name of the service account where both say the same."""
    body = pod.body if pod else {}
    both = body.get("serviceAccount") == body.get("serviceAccountName")
    aside = {*CONTAINERS, *(["serviceAccount"] if both else [])}
    return {key: child for key, child in body.items() if key not in aside}
