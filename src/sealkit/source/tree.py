"""Three trees with one face: the work tree, the index, and a commit."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Protocol

from sealkit.errors import SealkitError
from sealkit.source import files, git
from sealkit.source.git_objects import read_blobs

_LINK = "120000"
_NO_LINK = "replace it with the file itself"


class Tree(Protocol):
    """A set of files, by POSIX path from the root of the repository."""

    def paths(self, under: str = "") -> list[str]:
        """Sorted paths of the regular files at or below `under`."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises SealkitError."""
        ...


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder's or lies below it; the empty folder holds everything."""
    return folder in {"", ".", path} or path.startswith(folder.rstrip("/") + "/")


class WorkTree:
    """Files on disk. Below a git repository: what git tracks and the untracked that it does not ignore, plus `extra`
    folders that are read even when ignored (a git-ignored private tree).

    No link leads out of it. Only an extra folder may lie elsewhere (a private sibling repository), by a link that its user made:
    one that git tracks came with the clone.
    """

    def __init__(self, root: Path, extra: tuple[str, ...] = ()) -> None:
        self.root = root
        self.extra = extra
        self._real: dict[Path, Path] = {}

    @cached_property
    def _all(self) -> list[str]:
        listed = git.split(git.run(["ls-files", "-z", "-c", "-o", "--exclude-standard", "--deduplicate"], self.root))
        left = [path for path in listed if files.is_staged(path.rpartition("/")[2])]
        if left:  # of a killed writer, unless git tracks it
            tracked = {entry.path for entry in git.ls_index(self.root)}
            listed = [path for path in listed if path not in left or path in tracked]
        found = {path for path in listed if (self.root / path).is_file() or (self.root / path).is_symlink()}
        for folder in self.extra:
            if not self._inside((self.root / folder).resolve()):
                raise SealkitError(f"{folder}: a symbolic link out of the tree, which git tracks", hint=_NO_LINK)
            for path in (self.root / folder).rglob("*"):
                if path.is_file() and ".git" not in path.parts and not files.is_staged(path.name):
                    found.add(path.relative_to(self.root).as_posix())
        return sorted(found)

    def paths(self, under: str = "") -> list[str]:
        return [path for path in self._all if inside(path, under) and not (self.root / path).is_dir()]

    def read(self, path: str) -> bytes:
        full = self.root / path
        try:
            inside = self._inside(full.resolve() if full.is_symlink() else self._folder(full.parent) / full.name)
        except RuntimeError:  # a loop of links; OSError from Python 3.13 on, when it is read
            inside = False
        if not inside:
            raise SealkitError(f"{path}: a symbolic link out of the tree", hint=_NO_LINK)
        return files.read(full, path)

    def _inside(self, real: Path) -> bool:
        return any(real.is_relative_to(base) for base in self._bases)

    @cached_property
    def _bases(self) -> list[Path]:
        """Where files may really lie."""
        own = self.root.resolve()
        elsewhere = {folder: (self.root / folder).resolve() for folder in self.extra}
        return [
            own,
            *(real for folder, real in elsewhere.items() if not real.is_relative_to(own) and self._made(folder)),
        ]

    def _made(self, folder: str) -> bool:
        """Whether the link on the way to a folder is the user's own: git tracks none of its parts."""
        parts = folder.split("/")
        ways = {"/".join(parts[: count + 1]) for count in range(len(parts))}
        return not any(entry.path in ways for entry in git.ls_index(self.root))

    def _folder(self, folder: Path) -> Path:
        if folder not in self._real:
            self._real[folder] = folder.resolve()
        return self._real[folder]


class GitTree:
    """The index (`rev` None) or a commit."""

    def __init__(self, root: Path, rev: str | None = None) -> None:
        self.root = root
        self.rev = rev

    @cached_property
    def entries(self) -> dict[str, git.TreeEntry]:
        """Every file by path."""
        listed = git.ls_index(self.root) if self.rev is None else git.ls_tree(self.root, self.rev)
        return {entry.path: entry for entry in listed}

    def paths(self, under: str = "") -> list[str]:
        return sorted(path for path, entry in self.entries.items() if inside(path, under) and entry.mode[:2] == "10")

    def read(self, path: str) -> bytes:
        entry = self.entries.get(path)
        if entry is None:
            where = self.rev or "the index"
            raise SealkitError(f"{path}: not in {where}")
        if entry.mode == _LINK:
            raise SealkitError(f"{path}: a symbolic link", hint="replace it with the file itself")
        return next(read_blobs(self.root, [entry.oid]))[1]
