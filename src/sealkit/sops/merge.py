"""Three-way merge of the opened text of a sealed file, by value. Pure: plain text in memory in and out, never on disk.

What only they changed is taken over into our text; what both changed alike counts once; what both changed differently is a
conflict, which is named and never guessed. Lists are one value each: their items have no names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sealkit.model.objects import Tree
from sealkit.sops import merge_lines
from sealkit.yamlspan import put
from sealkit.yamlspan.nodes import MappingNode, Node, plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect


class Side(StrEnum):
    """Whose value is taken where both changed it."""

    OURS = "ours"
    THEIRS = "theirs"


Unit = tuple[int, Route]
"""Document and route of one value: a scalar, a whole list, or an empty mapping."""


class Content:
    """What a unit holds. 1, 1.0 and true are not the same."""

    __slots__ = ("tree",)

    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and _typed(self.tree) == _typed(other.tree)

    __hash__ = None  # type: ignore[assignment]


def _typed(tree: Tree) -> object:
    if isinstance(tree, dict):
        return {key: _typed(child) for key, child in tree.items()}
    return [_typed(child) for child in tree] if isinstance(tree, list) else (type(tree), tree)


_EMPTY = Content({})


@dataclass(frozen=True, slots=True)
class Merged:
    """`text` is ours with what was taken from them; `conflicts` are the routes that nobody decided (ours stands there)."""

    text: str
    conflicts: tuple[Unit, ...]


def merge(base: str | None, ours: str, theirs: str, path: str, chosen: Mapping[Route, Side] | None = None) -> Merged:
    """Merge `theirs` into `ours`. `base` None: the file is new on both sides. `chosen` decides conflicts by route;
    the longest route counts, `.` is for all.

    `path` (less an `.enc` at its end) tells YAML and JSON, merged by route, from files of assignments, merged by name, and
    other text, merged by line. Raises SealkitError for text that cannot be
    parsed.
    """
    path = path.removesuffix(".enc")
    if not path.endswith((".yaml", ".yml", ".json")):
        by_name = merge_lines.merge(base or "", ours, theirs, lambda name: _taking(chosen or {}, name))
        if by_name is not None:
            return Merged(by_name[0], tuple((0, name) for name in by_name[1]))
        return _by_line(base or "", ours, theirs, (chosen or {}).get(Route()))
    old, mine, other = (dict(_units(text, path)) if text else {} for text in (base, ours, theirs))
    text, conflicts = ours, []
    # an empty mapping last: others may have put something into it by then
    for unit in sorted(dict.fromkeys([*other, *old]), key=lambda unit: other.get(unit) == _EMPTY):
        was, my, their = old.get(unit), mine.get(unit), other.get(unit)
        if their in (was, my):
            continue
        ours_too = my != was or any(old.get(near) != mine[near] for near in mine if their and _related(near, unit))
        if ours_too and (side := _decided(chosen or {}, unit[1])) is not Side.THEIRS:
            if side is None and (their != _EMPTY or my is not None):
                conflicts.append(unit)
            continue
        text = _taken(text, path, unit, their)
    return Merged(text, tuple(conflicts))


def _units(text: str, path: str) -> Iterator[tuple[Unit, Content]]:
    for document in parse(text, path):
        if document.root is not None:
            for route, node in _values(document.root, Route()):
                yield (document.index, route), Content(plain(node, Dialect.SOPS, path))


def _values(node: Node, route: Route) -> Iterator[tuple[Route, Node]]:
    if isinstance(node, MappingNode) and node.items:
        for key, child in node.items:
            yield from _values(child, route / key.text)
    else:
        yield route, node


def _decided(chosen: Mapping[Route, Side], route: Route) -> Side | None:
    above = (Route(route.steps[:length]) for length in range(len(route), -1, -1))
    return next((chosen[other] for other in above if other in chosen), None)


def _taking(chosen: Mapping[Route, Side], route: Route) -> bool | None:
    side = _decided(chosen, route)
    return None if side is None else side is Side.THEIRS


def _related(one: Unit, other: Unit) -> bool:
    """Whether one lies above the other: a value here, a mapping with values there."""
    shorter, longer = sorted((one[1].steps, other[1].steps), key=len)
    return one != other and one[0] == other[0] and longer[: len(shorter)] == shorter


def _taken(text: str, path: str, unit: Unit, content: Content | None) -> str:
    """`text` with one unit as they have it."""
    document, route = unit
    here = dict(_units(text, path))
    if content is None:
        return put.remove(text, path, route, document) if unit in here else text
    near = [other for other in here if _related(other, unit)]
    if content == _EMPTY and any(len(other[1]) > len(route) for other in near):
        return text
    for index, other in (unit for unit in near if len(unit[1]) < len(route)):
        if here[index, other] != _EMPTY:
            text = put.put(text, path, other, {}, index, replace=True) if other.steps else "{}\n"
    return put.put(text, path, route, content.tree, document, replace=True)


def _by_line(base: str, ours: str, theirs: str, side: Side | None) -> Merged:
    """The classical merge of three texts, for what has no structure that we know: a region that both changed is a conflict."""
    if theirs in {ours, base}:
        return Merged(ours, ())
    if ours == base:
        return Merged(theirs, ())
    old, mine, other = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    result: list[str] = []
    conflict = False
    at = my_at = their_at = 0
    for start, my_start, their_start, length in _agreed(old, mine, other):
        was, my, their = old[at:start], mine[my_at:my_start], other[their_at:their_start]
        if my in (was, their):
            result += their
        elif their == was:
            result += my
        else:
            conflict = conflict or side is None
            result += their if side is Side.THEIRS else my
        result += old[start : start + length]
        at, my_at, their_at = start + length, my_start + length, their_start + length
    return Merged(ours if conflict else "".join(result), ((0, Route()),) if conflict else ())


def _agreed(old: list[str], mine: list[str], other: list[str]) -> Iterable[tuple[int, int, int, int]]:
    """Runs of lines that all three have, as (start in old, in mine, in other, length); the last is empty, at the ends."""
    import difflib

    left = difflib.SequenceMatcher(None, old, mine, autojunk=False).get_matching_blocks()
    right = difflib.SequenceMatcher(None, old, other, autojunk=False).get_matching_blocks()
    for a, my, n in left:
        for b, their, m in right:
            start, end = max(a, b), min(a + n, b + m)
            if start < end:
                yield start, my + start - a, their + start - b, end - start
    yield len(old), len(mine), len(other), 0
