"""A leaf that came from a sealed file: it can be carried, compared and masked, but not printed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import NoReturn

from sealkit.yamlspan.route import Route

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a value came from: the sealed file (POSIX path from the root of the repository) and the route in it."""

    path: str
    route: Route
    document: int = 0

    def __str__(self) -> str:
        return f"{self.path}#{self.route}"


class Sensitive:
    """A scalar that holds a sealed value, whole or in part.

    `mask` is what may be shown (`postgres://app:***@db/shop`), `origins` where its parts came from.
    Printing, formatting and repr give the mask; pickling and ordering are refused. Only `sealkit.reveal` gets the value.
    """

    __slots__ = ("_value", "mask", "origins")

    def __init__(self, value: Scalar, *, mask: str = "***", origins: tuple[Origin, ...] = ()) -> None:
        self._value = value
        self.mask = mask
        self.origins = origins

    def _disclose(self) -> Scalar:
        return self._value

    @property
    def kind(self) -> type:
        """The Python type of the value: str, int, float or bool."""
        return type(self._value)

    @property
    def empty(self) -> bool:
        """Whether the value is the empty string or null."""
        return self._value is None or self._value == ""

    def __str__(self) -> str:
        return self.mask

    def __format__(self, spec: str) -> str:
        return format(self.mask, spec)

    def __repr__(self) -> str:
        return f"Sensitive({self.mask!r})"

    def __eq__(self, other: object) -> bool:
        mine, theirs = self._value, other._value if isinstance(other, Sensitive) else other
        if type(mine) is not type(theirs):
            return False
        if isinstance(mine, str) and isinstance(theirs, str):
            return hmac.compare_digest(mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass"))
        return mine == theirs

    def __hash__(self) -> int:
        return hash((type(self._value), self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sealed value is not pickled")
