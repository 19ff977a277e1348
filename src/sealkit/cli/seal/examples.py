"""The example tree beside the private tree: which file is for which, and what it says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sealkit.source import files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.cli.seal.locating import Spot
    from sealkit.cli.session import Session
    from sealkit.source.config import House


def examples(session: Session) -> dict[str, str]:
    """The texts of the example tree by the private path that each is for. Hidden files and read-me files are for people."""
    house = session.house
    if not house.example:
        return {}
    return {
        private_of(house, path): files.decode(session.tree.read(path), path)
        for path in session.tree.paths(house.example)
        if not PurePosixPath(path).name.startswith((".", "README"))
    }


def path_of(house: House, private: str) -> str:
    """Where the example of a private file stands."""
    return (PurePosixPath(house.example) / PurePosixPath(private).relative_to(house.private)).as_posix()


def private_of(house: House, path: str) -> str:
    """The private file that an example is for."""
    return (PurePosixPath(house.private) / PurePosixPath(path).relative_to(house.example)).as_posix()


def example_of(session: Session, private: str) -> tuple[str, str] | None:
    """Path and text of the example of a private file; None where there is none."""
    house = session.house
    if not house.private or not house.example or not inside(private, house.private):
        return None
    path = path_of(house, private)
    return (path, files.decode(session.tree.read(path), path)) if (session.root / path).is_file() else None


def generator_of(session: Session, spot: Spot) -> str | None:
    """The generator that the example names for a leaf; None where it names none."""
    from sealkit.sealed.example import wanted
    from sealkit.sealed.store import store_for

    found = example_of(session, spot.path)
    if found is None:
        return None
    path, text = found
    items = store_for(path).parse(text, path).items
    for one in wanted(text, path):
        if (items[one.item].document, items[one.item].route) == (spot.document, spot.route):
            return one.generator or None
    return None
