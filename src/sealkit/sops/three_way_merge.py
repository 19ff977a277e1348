"""Three-way merge of the decrypted text of a sealed file, by value. Pure: plain text in memory in and out, never on disk.

A value that only they changed is merged into our text. A value that both sides changed to the same is no conflict; one that they
changed differently is. A list is one value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sealkit.sops import merge_assignments
from sealkit.yamlspan import put
from sealkit.yamlspan.nodes import MappingNode, Node, plain
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, Value


class Side(StrEnum):
    """The side whose value resolves a conflict."""

    OURS = "ours"
    THEIRS = "theirs"


Unit = tuple[int, Route]
"""Document and route of one value: a scalar, a whole list, or an empty mapping."""


class Content:
    """The value of a unit. Unlike in Python, 1, 1.0 and true differ."""

    __slots__ = ("tree",)

    def __init__(self, tree: Value) -> None:
        self.tree = tree

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and _typed(self.tree) == _typed(other.tree)

    __hash__ = None  # type: ignore[assignment]


def _typed(tree: Value) -> object:
    if isinstance(tree, Mapping):
        return {key: _typed(child) for key, child in tree.items()}
    return [_typed(child) for child in tree] if isinstance(tree, list) else (type(tree), tree)


_EMPTY = Content({})


@dataclass(frozen=True, slots=True)
class Merged:
    """The result: our text with their changes, and the unresolved conflicts, at which the text has our value."""

    text: str
    conflicts: tuple[Unit, ...]


def merge(base: str | None, ours: str, theirs: str, path: str, chosen: Mapping[Route, Side] | None = None) -> Merged:
    """Merge `theirs` into `ours`. `base` is None if the file is new on both sides.

    `chosen` resolves conflicts by route: the longest matching route counts, and `.` matches all. The suffix of `path` (without
    `.enc`) decides how to merge: YAML and JSON by route, files of assignments by name, other text by line.
    Raises SealkitError for text that cannot be parsed.
    """
    path = path.removesuffix(".enc")
    if not path.endswith((".yaml", ".yml", ".json")):
        by_name = merge_assignments.merge(base or "", ours, theirs, lambda name: _takes_theirs(chosen or {}, name))
        if by_name is not None:
            return Merged(by_name[0], tuple((0, name) for name in by_name[1]))
        return _by_line(base or "", ours, theirs, (chosen or {}).get(Route()))
    old, our_units, their_units = (dict(_units(text, path)) if text else {} for text in (base, ours, theirs))
    text, conflicts = ours, []
    # empty mappings last: by then, other units may have put values into them
    for unit in sorted(dict.fromkeys([*their_units, *old]), key=lambda unit: their_units.get(unit) == _EMPTY):
        before, our_value, their_value = old.get(unit), our_units.get(unit), their_units.get(unit)
        if their_value in (before, our_value):
            continue
        changed_here = our_value != before or any(
            old.get(other) != our_units[other] for other in our_units if their_value and _related(other, unit)
        )
        if changed_here and (side := _chosen_side(chosen or {}, unit[1])) is not Side.THEIRS:
            if side is None and (their_value != _EMPTY or our_value is not None):
                conflicts.append(unit)
            continue
        text = _with_theirs(text, path, unit, their_value)
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


def _chosen_side(chosen: Mapping[Route, Side], route: Route) -> Side | None:
    prefixes = (Route(route.steps[:length]) for length in range(len(route), -1, -1))
    return next((chosen[prefix] for prefix in prefixes if prefix in chosen), None)


def _takes_theirs(chosen: Mapping[Route, Side], route: Route) -> bool | None:
    side = _chosen_side(chosen, route)
    return None if side is None else side is Side.THEIRS


def _related(first: Unit, second: Unit) -> bool:
    """Whether one unit is above the other: a value on one side, a mapping with values on the other."""
    shorter, longer = sorted((first[1].steps, second[1].steps), key=len)
    return first != second and first[0] == second[0] and longer[: len(shorter)] == shorter


def _with_theirs(text: str, path: str, unit: Unit, content: Content | None) -> str:
    """`text` with their value of one unit."""
    document, route = unit
    units = dict(_units(text, path))
    if content is None:
        return put.remove(text, path, route, document) if unit in units else text
    related = [other for other in units if _related(other, unit)]
    if content == _EMPTY and any(len(other[1]) > len(route) for other in related):
        return text
    for index, other in (unit for unit in related if len(unit[1]) < len(route)):
        if units[index, other] != _EMPTY:
            text = put.put(text, path, other, {}, index, replace=True) if other.steps else "{}\n"
    return put.put(text, path, route, content.tree, document, replace=True)


def _by_line(base: str, ours: str, theirs: str, side: Side | None) -> Merged:
    """Merge text without a known structure by line: a region that both sides changed differently is a conflict."""
    if theirs in {ours, base}:
        return Merged(ours, ())
    if ours == base:
        return Merged(theirs, ())
    old, our_lines, their_lines = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    result: list[str] = []
    conflict = False
    old_end = our_end = their_end = 0
    for start, our_start, their_start, length in _common_runs(old, our_lines, their_lines):
        before = old[old_end:start]
        our_part, their_part = our_lines[our_end:our_start], their_lines[their_end:their_start]
        if our_part in (before, their_part):
            result += their_part
        elif their_part == before:
            result += our_part
        else:
            conflict = conflict or side is None
            result += their_part if side is Side.THEIRS else our_part
        result += old[start : start + length]
        old_end, our_end, their_end = start + length, our_start + length, their_start + length
    return Merged(ours if conflict else "".join(result), ((0, Route()),) if conflict else ())


def _common_runs(old: list[str], ours: list[str], theirs: list[str]) -> Iterable[tuple[int, int, int, int]]:
    """Runs of lines that all three have, as (start in old, in ours, in theirs, length); the last is empty, at the ends."""
    import difflib

    in_ours = difflib.SequenceMatcher(None, old, ours, autojunk=False).get_matching_blocks()
    in_theirs = difflib.SequenceMatcher(None, old, theirs, autojunk=False).get_matching_blocks()
    for a, our_start, n in in_ours:
        for b, their_start, m in in_theirs:
            start, end = max(a, b), min(a + n, b + m)
            if start < end:
                yield start, our_start + start - a, their_start + start - b, end - start
    yield len(old), len(ours), len(theirs), 0
