"""A value from a sealed file: it can be passed on, compared and masked, but not printed."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import NoReturn

from sealkit.printable import MASK
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Where a value came from: the sealed file (POSIX path from the root of the repository), its document (from 0) and route."""

    path: str
    route: Route
    document: int = 0

    def __str__(self) -> str:
        return f"{self.path}#{self.route}"


class Sensitive:
    """A scalar that holds a sealed value, whole or in part.

    `mask` is what may be shown (`postgres://app:***@db/shop`), `origins` are where its parts came from.
    `str`, `format` and `repr` give the mask; pickling and ordering raise TypeError. Only `sealkit.reveal` returns the value.
    """

    __slots__ = ("_value", "mask", "origins")

    def __init__(self, value: Scalar, *, mask: str = MASK, origins: tuple[Origin, ...] = ()) -> None:
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
        value, other_value = self._value, other._value if isinstance(other, Sensitive) else other
        if type(value) is not type(other_value):
            return False
        if isinstance(value, str) and isinstance(other_value, str):
            return hmac.compare_digest(
                value.encode("utf-8", "surrogatepass"), other_value.encode("utf-8", "surrogatepass")
            )
        return value == other_value

    def __hash__(self) -> int:
        return hash((type(self._value), self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a sealed value cannot be pickled")
