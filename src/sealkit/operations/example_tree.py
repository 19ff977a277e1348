"""The example tree beside the private tree: which file stands for which, and what it says of a value."""

from __future__ import annotations

from pathlib import PurePosixPath

from sealkit.operations.named_values import Location
from sealkit.operations.repository import Repository
from sealkit.sealed.example import required_values
from sealkit.sealed.stores.store import store_for
from sealkit.source import files
from sealkit.source.config import Config
from sealkit.source.file_tree import inside


def examples(repository: Repository) -> dict[str, str]:
    """The texts of the example tree, by the private path that each stands for. Hidden files and README files are for people."""
    config = repository.config
    if not config.example:
        return {}
    return {
        private_of(config, path): files.decode(repository.tree.read(path), path)
        for path in repository.tree.paths(config.example)
        if not PurePosixPath(path).name.startswith((".", "README"))
    }


def path_of(config: Config, private: str) -> str:
    """The path of the example of a private file."""
    return (PurePosixPath(config.example) / PurePosixPath(private).relative_to(config.private)).as_posix()


def private_of(config: Config, path: str) -> str:
    """The private file that an example stands for."""
    return (PurePosixPath(config.private) / PurePosixPath(path).relative_to(config.example)).as_posix()


def example_of(repository: Repository, private: str) -> tuple[str, str] | None:
    """Path and text of the example of a private file; None where there is none."""
    config = repository.config
    if not config.private or not config.example or not inside(private, config.private):
        return None
    path = path_of(config, private)
    return (path, files.decode(repository.tree.read(path), path)) if (repository.root / path).is_file() else None


def generator_of(repository: Repository, location: Location) -> str | None:
    """The generator that the example names for a leaf; None where it names none."""
    example = example_of(repository, location.path)
    if example is None:
        return None
    path, text = example
    items = store_for(path).parse(text, path).items
    for need in required_values(text, path):
        item = items[need.item]
        if (item.document, item.route) == (location.document, location.route):
            return need.generator or None
    return None
