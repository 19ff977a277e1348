"""A place: a file with one line for a name `@N@` and a value `@V@`, and how both are written there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One place: how names and values are written (`names`, `quote`), and what a reference looks like in its language (`own`)."""

    family: str
    file: str
    text: str
    names: str = "snake"
    quote: str = "raw"
    own: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether the place takes a name of its own, and not the fixed one of its format."""
        return "@N@" in self.text
