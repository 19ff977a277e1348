"""The files of a repository as they are on disk, private folders included, each read once."""

from __future__ import annotations

from sealkit.source.config import Config
from sealkit.source.file_tree import SourceTree, WorkTree


class ReadOnce:
    """A tree whose files are read once, so that the bytes that were checked are the bytes that are used."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._contents: dict[str, bytes] = {}

    def paths(self, under: str = "") -> list[str]:
        """Sorted paths of the regular files at or below `under`."""
        return self._tree.paths(under)

    def read(self, path: str) -> bytes:
        """The bytes of one file, as of the first time it was read. Raises SealkitError."""
        if path not in self._contents:
            self._contents[path] = self._tree.read(path)
        return self._contents[path]

    def is_link(self, path: str) -> bool:
        """As in the tree."""
        return self._tree.is_link(path)


def work_tree(config: Config) -> SourceTree:
    """The work tree of a repository, with the private folders even where git ignores them."""
    return ReadOnce(WorkTree(config.root, config.private_folders))
