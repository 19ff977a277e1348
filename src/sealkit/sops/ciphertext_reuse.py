"""Which old ciphertext a new leaf may keep: the one that stood at its place, or, in a list, the one that moved there.

A value is bound to its mapping keys and not to its place in a list, so within these the same value of the same type is the
same sealed value. Each ciphertext is given out once: two equal leaves do not come to share a nonce.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from sealkit.sealed.stores.parsed import Item
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_Place = tuple[int, Route, bool, int]
"""Document, route, whether it is a comment, and how many stood there before it."""


class Ciphertexts:
    """The sealed leaves of a file as it was: `values` are the clear ones, for the items in `sealing`."""

    def __init__(self, items: Sequence[Item], values: Sequence[Scalar], sealing: Sequence[bool]) -> None:
        self._items = items
        self._places: dict[_Place, int] = {}
        self._moved: dict[tuple[object, ...], deque[int]] = defaultdict(deque)
        self._taken: set[int] = set()
        self._values = values
        for index, place in enumerate(_places(items)):
            if sealing[index] and items[index].value:
                self._places[place] = index
                self._moved[_sort(items[index], values[index])].append(index)

    def assign(self, items: Sequence[Item], sealing: Sequence[bool]) -> dict[int, str]:
        """The ciphertext that each new item keeps, by its index; items that are not in it are sealed anew."""
        kept: dict[int, str] = {}
        places = _places(items)
        wanted = [index for index in range(len(items)) if sealing[index]]
        for index in wanted:
            old = self._places.get(places[index])
            if old is not None and _same(self._values[old], items[index].value):
                kept[index] = self._take(old)
        for index in wanted:
            if index not in kept:
                queue = self._moved.get(_sort(items[index], items[index].value))
                while queue and queue[0] in self._taken:
                    queue.popleft()
                if queue:
                    kept[index] = self._take(queue.popleft())
        return kept

    def _take(self, index: int) -> str:
        self._taken.add(index)
        return str(self._items[index].value)


def _places(items: Sequence[Item]) -> list[_Place]:
    counted: dict[tuple[int, Route, bool], int] = defaultdict(int)
    found = []
    for item in items:
        key = (item.document, item.route, bool(item.comment))
        found.append((*key, counted[key]))
        counted[key] += 1
    return found


def _sort(item: Item, value: Scalar) -> tuple[object, ...]:
    """What two leaves share that may have each other's ciphertext."""
    return (bool(item.comment), item.route.keys, type(value), repr(value) if isinstance(value, float) else value)


def _same(one: Scalar, other: Scalar) -> bool:
    return type(one) is type(other) and (one == other or (one != one and other != other))  # noqa: PLR0124 - NaN
