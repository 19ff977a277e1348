"""The example tree beside the private tree: which file is for which, and what it says."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from sealkit.source import files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.operations.named_values import Location
    from sealkit.operations.repository import Repository
    from sealkit.source.config import Config


def examples(repository: Repository) -> dict[str, str]:
    """The texts of the example tree by the private path that each is for. Hidden files and read-me files are for people."""
    config = repository.config
    if not config.example:
        return {}
    return {
        private_of(config, path): files.decode(repository.tree.read(path), path)
        for path in repository.tree.paths(config.example)
        if not PurePosixPath(path).name.startswith((".", "README"))
    }


def path_of(config: Config, private: str) -> str:
    """Where the example of a private file stands."""
    return (PurePosixPath(config.example) / PurePosixPath(private).relative_to(config.private)).as_posix()


def private_of(config: Config, path: str) -> str:
    """The private file that an example is for."""
    return (PurePosixPath(config.private) / PurePosixPath(path).relative_to(config.example)).as_posix()


def example_of(repository: Repository, private: str) -> tuple[str, str] | None:
    """Path and text of the example of a private file; None where there is none."""
    config = repository.config
    if not config.private or not config.example or not inside(private, config.private):
        return None
    path = path_of(config, private)
    return (path, files.decode(repository.tree.read(path), path)) if (repository.root / path).is_file() else None


def generator_of(repository: Repository, spot: Location) -> str | None:
    """The generator that the example names for a leaf; None where it names none."""
    from sealkit.sealed.example import required_values
    from sealkit.sealed.stores.store import store_for

    found = example_of(repository, spot.path)
    if found is None:
        return None
    path, text = found
    items = store_for(path).parse(text, path).items
    for one in required_values(text, path):
        if (items[one.item].document, items[one.item].route) == (spot.document, spot.route):
            return one.generator or None
    return None
