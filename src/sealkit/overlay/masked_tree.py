"""Trees without sealed values: what stands for each is its placeholder. And what differs between two of them.

Whoever explains a change works on these trees alone, so that no value can get into an explanation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from sealkit.model.difference import ABSENT, Absent, Difference
from sealkit.model.list_items import labels
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Tree
from sealkit.overlay.resolve import Resolved
from sealkit.yamlspan.route import Route, Step

_PLACEHOLDER = re.compile(r"(?<!<)<sealed:(?P<name>[^|<>]*)(?:\|[^<>]*)?>")
_TOP: Final = Route()


class SealedText(str):
    """What stands for a leaf with a sealed value: the text of the public file (`postgres://<sealed:db.password>@db`), or
    `<sealed:FILE#ROUTE>` for a leaf of an overlay object."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"sealed {super().__repr__()}"

    @property
    def names(self) -> tuple[str, ...]:
        """The placeholders in it, without filters, each once."""
        found = dict.fromkeys(f"<sealed:{match['name']}>" for match in _PLACEHOLDER.finditer(self))
        return tuple(found) or ("a sealed value",)


def masked(tree: Tree) -> Tree:
    """A copy in which a `SealedText` stands for each sealed leaf, and mappings are in the order of their keys."""
    if type(tree) is str:
        return tree
    if isinstance(tree, Mapping):
        copy: dict[str, Tree] = {}
        for key in sorted(tree, key=str):
            copy[str(key)] = masked(tree[key])
        return copy
    if isinstance(tree, list):
        return [masked(child) for child in tree]
    if isinstance(tree, Sensitive):
        if isinstance(tree, Resolved) and tree.written:
            return SealedText(tree.written)
        return SealedText(f"<sealed:{', '.join(map(str, tree.origins))}>")
    return tree


def same(old: object, new: object) -> bool:
    """Whether two masked trees are equal, types included."""
    return old is new or repr(old) == repr(new)


def differences(old: Tree | Absent, new: Tree | Absent, route: Route = _TOP) -> list[Difference]:
    """Every node that differs. List items are known by their name or another key, else by what they hold."""
    found: list[Difference] = []
    waiting = [(route, old, new)]
    while waiting:
        at, before, after = waiting.pop()
        if same(before, after) or (_empty(before) and _empty(after)):
            continue
        if before is ABSENT and isinstance(after, list) and not _flat(after):
            before = []  # so that its items are told one by one
        if isinstance(before, dict) and isinstance(after, dict):
            pairs = [(at / key, before.get(key, ABSENT), after.get(key, ABSENT)) for key in {**before, **after}]
            waiting += reversed(pairs)
        elif isinstance(before, list) and isinstance(after, list) and not _flat(before, after):
            waiting += reversed(list(_items(at, before, after)) or [(at, tuple(before), tuple(after))])  # type: ignore[list-item]
        else:
            found.append(Difference(at, _as_list(before), _as_list(after)))
    return found


def leaves(tree: Tree | Absent, route: Route = _TOP) -> Iterator[tuple[Route, Tree]]:
    """All leaves of a tree with their routes, list items by name. Empty mappings and lists count as leaves."""
    waiting: list[tuple[Route, Tree | Absent]] = [(route, tree)]
    while waiting:
        at, node = waiting.pop()
        if isinstance(node, dict) and node:
            waiting += [(at / key, child) for key, child in reversed(list(node.items()))]
        elif isinstance(node, list) and node:
            steps = labels(node)
            waiting += [(at / step, child) for step, child in reversed(list(zip(steps, node, strict=True)))]
        elif node is not ABSENT:
            yield at, node


def _items(route: Route, old: list[Tree], new: list[Tree]) -> Iterator[tuple[Route, Tree | Absent, Tree | Absent]]:
    """The items of two lists, paired; none if they differ in their order alone."""
    before, after = labels(old, new), labels(new, old)
    if all(not isinstance(step, int) for step in (*before, *after)):
        left, right = dict(zip(before, old, strict=True)), dict(zip(after, new, strict=True))
        pairs: list[tuple[Step, Tree | Absent, Tree | Absent]]
        pairs = [(step, left.get(step, ABSENT), right.get(step, ABSENT)) for step in {**left, **right}]
    else:
        pairs = _unnamed(old, new)
    changed = [(route / step, one, other) for step, one, other in pairs if not same(one, other)]
    yield from changed


def _unnamed(old: list[Tree], new: list[Tree]) -> list[tuple[Step, Tree | Absent, Tree | Absent]]:
    """Items without a name: equal ones belong together; what is left belongs together in its order."""
    there: dict[str, int] = {}
    for item in new:
        there[repr(item)] = there.get(repr(item), 0) + 1
    gone = [index for index, item in enumerate(old) if not _take(there, repr(item))]
    here: dict[str, int] = {}
    for item in old:
        here[repr(item)] = here.get(repr(item), 0) + 1
    come = [index for index, item in enumerate(new) if not _take(here, repr(item))]
    pairs: list[tuple[Step, Tree | Absent, Tree | Absent]] = []
    for place in range(max(len(gone), len(come))):
        one = old[gone[place]] if place < len(gone) else ABSENT
        other = new[come[place]] if place < len(come) else ABSENT
        pairs.append((come[place] if place < len(come) else gone[place], one, other))
    return pairs


def _take(counts: dict[str, int], key: str) -> bool:
    if not counts.get(key):
        return False
    counts[key] -= 1
    return True


def _flat(*lists: list[Tree]) -> bool:
    """Lists of leaves are one node: their order matters, and an index says little."""
    return all(not isinstance(item, dict | list) for items in lists for item in items)


def _empty(tree: object) -> bool:
    """Null is nothing; an empty mapping is something: `egress: [{}]` allows all."""
    return tree is ABSENT or tree is None


def _as_list(tree: object) -> Tree | Absent:
    return list(tree) if isinstance(tree, tuple) else tree  # type: ignore[return-value]
