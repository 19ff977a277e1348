"""Which ciphertexts an edited file keeps, so that an unchanged value stays byte for byte in its file.

A value keeps the ciphertext from its own route, or that of an equal value under the same mapping keys: list indexes are not
authenticated, so list items can move. Each ciphertext is used once, so that two equal values never share a nonce.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from sealkit.sealed.stores.parsed import Item
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_Place = tuple[int, Route, bool, int]
"""Document, route, whether it is a comment, and how many items have the same three before it."""


class Ciphertexts:
    """The ciphertexts of a file before an edit. `values` are the decrypted items; `sealing` says which items are sealed."""

    def __init__(self, items: Sequence[Item], values: Sequence[Scalar], sealing: Sequence[bool]) -> None:
        self._items = items
        self._places: dict[_Place, int] = {}
        self._by_value: dict[tuple[object, ...], deque[int]] = defaultdict(deque)
        self._used: set[int] = set()
        self._values = values
        for index, place in enumerate(_places(items)):
            if sealing[index] and items[index].value:
                self._places[place] = index
                self._by_value[_value_key(items[index], values[index])].append(index)

    def assign(self, items: Sequence[Item], sealing: Sequence[bool]) -> dict[int, str]:
        """The ciphertext that each new item keeps, by the index of the item. The others must be encrypted again."""
        reused: dict[int, str] = {}
        places = _places(items)
        to_seal = [index for index in range(len(items)) if sealing[index]]
        for index in to_seal:
            old = self._places.get(places[index])
            if old is not None and _same(self._values[old], items[index].value):
                reused[index] = self._use(old)
        for index in to_seal:
            if index not in reused:
                queue = self._by_value.get(_value_key(items[index], items[index].value))
                while queue and queue[0] in self._used:
                    queue.popleft()
                if queue:
                    reused[index] = self._use(queue.popleft())
        return reused

    def _use(self, index: int) -> str:
        self._used.add(index)
        return str(self._items[index].value)


def _places(items: Sequence[Item]) -> list[_Place]:
    counted: dict[tuple[int, Route, bool], int] = defaultdict(int)
    places = []
    for item in items:
        key = (item.document, item.route, bool(item.comment))
        places.append((*key, counted[key]))
        counted[key] += 1
    return places


def _value_key(item: Item, value: Scalar) -> tuple[object, ...]:
    """Equal for two items that may use the same ciphertext."""
    return (bool(item.comment), item.route.keys, type(value), repr(value) if isinstance(value, float) else value)


def _same(first: Scalar, second: Scalar) -> bool:
    return type(first) is type(second) and (first == second or (first != first and second != second))  # noqa: PLR0124 - NaN
