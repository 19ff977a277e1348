"""The files of a repository under one interface: the work tree, the index, or a commit."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from pathlib import Path
from typing import Protocol

from sealkit.errors import SealkitError
from sealkit.source import files, git
from sealkit.source.git_objects import read_blobs

_SYMLINK_MODE = "120000"
_SYMLINK_HINT = "replace it with the file itself"


class FileTree(Protocol):
    """A set of files, by POSIX path from the root of the repository."""

    def paths(self, under: str = "") -> list[str]:
        """Sorted paths of the files at or below `under`."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises SealkitError."""
        ...


class SourceTree(FileTree, Protocol):
    """A tree of a clone, in which links can be."""

    def is_link(self, path: str) -> bool:
        """Whether one of these paths is a symbolic link, or lies behind one that the clone brought."""
        ...


def text_in(tree: FileTree, path: str) -> str | None:
    """The text of a file of a tree, or None where there is none. Raises SealkitError for one that is not UTF-8."""
    return files.decode(tree.read(path), path) if path in tree.paths() else None


def inside(path: str, folder: str) -> bool:
    """Whether a path is a folder or is below it. The empty folder contains every path."""
    return folder in {"", ".", path} or path.startswith(folder.rstrip("/") + "/")


class WorkTree:
    """The files on disk: tracked files, untracked files that git does not ignore, and all files of the `extra` folders, which
    git may ignore (a git-ignored private tree).

    A symbolic link out of the work tree is an error. The exception is an extra folder (a private sibling repository) behind a
    link that git does not track: the user made it, whereas a tracked one came with the clone.
    """

    def __init__(self, root: Path, extra: tuple[str, ...] = ()) -> None:
        self.root = root
        self.extra = extra
        self._links: set[str] = set()
        self._folders: dict[str, Path | None] = {}

    @cached_property
    def _all(self) -> list[str]:
        listed = git.split(git.query(["ls-files", "-z", "-c", "-o", "--exclude-standard", "--deduplicate"], self.root))
        temporary = {path for path in listed if files.is_staged(path.rpartition("/")[2])}
        if temporary:  # left by a killed process, unless git tracks it
            tracked = {entry.path for entry in git.ls_index(self.root)}
            listed = [path for path in listed if path not in temporary or path in tracked]
        paths = {path for path in listed if self._is_there(path)}
        for folder in self.extra:
            if not self._inside((self.root / folder).resolve()):
                raise SealkitError(
                    f"{folder}: a symbolic link out of the work tree, which git tracks", hint=_SYMLINK_HINT
                )
            for full in (self.root / folder).rglob("*"):
                path = full.relative_to(self.root).as_posix()
                if (
                    ".git" not in full.parts
                    and not files.is_staged(full.name)
                    and full.exists()
                    and self._is_there(path)
                ):
                    paths.add(path)
        return sorted(paths)

    def _is_there(self, path: str) -> bool:
        """Whether something stands at a path that is no folder; a link is remembered. A pipe or a device in place of a file counts:
        `read` says what it is."""
        full = f"{self.root}/{path}"
        try:
            mode = os.lstat(full).st_mode
        except OSError:
            return False
        if stat.S_ISLNK(mode):
            self._links.add(path)
            return not os.path.isdir(full)  # noqa: PTH112 - a Path for each file costs more than the question
        return not stat.S_ISDIR(mode)

    def paths(self, under: str = "") -> list[str]:
        return [path for path in self._all if inside(path, under)] if under else list(self._all)

    def read(self, path: str) -> bytes:
        full = self.root / path
        try:
            allowed = self._inside(full.resolve()) if full.is_symlink() else self._folder(path) is not None
        except RuntimeError:  # a loop of links (from Python 3.13 on: an OSError when the file is read)
            allowed = False
        if not allowed:
            raise SealkitError(f"{path}: a symbolic link out of the work tree", hint=_SYMLINK_HINT)
        return files.read(full, path)

    def is_link(self, path: str) -> bool:
        _ = self._all  # which finds the links
        folder = self._folder(path)
        above = path.rpartition("/")[0]
        return (
            path in self._links
            or folder is None
            or not (folder == self._bases[0] / above or any(folder.is_relative_to(base) for base in self._bases[1:]))
        )

    def _folder(self, path: str) -> Path | None:
        """The resolved folder that a path is in; None where that is outside. Each folder is looked at once."""
        above = path.rpartition("/")[0]
        if above not in self._folders:
            folder = (self.root / above).resolve()
            self._folders[above] = folder if self._inside(folder) else None
        return self._folders[above]

    def _inside(self, path: Path) -> bool:
        return any(path.is_relative_to(base) for base in self._bases)

    @cached_property
    def _bases(self) -> list[Path]:
        """The resolved folders in which files may be: the root, and extra folders behind a link of the user's own."""
        root = self.root.resolve()
        extra = {folder: (self.root / folder).resolve() for folder in self.extra}
        return [
            root,
            *(path for folder, path in extra.items() if not path.is_relative_to(root) and self._untracked(folder)),
        ]

    def _untracked(self, folder: str) -> bool:
        """Whether git tracks neither a folder nor one of its parents as a link."""
        parts = folder.split("/")
        prefixes = {"/".join(parts[: count + 1]) for count in range(len(parts))}
        return not any(entry.path in prefixes for entry in git.ls_index(self.root))


class GitTree:
    """The files of the index (`rev` None) or of a commit."""

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
            raise SealkitError(f"{path}: not in {self.rev or 'the index'}")
        if entry.mode == _SYMLINK_MODE:
            raise SealkitError(f"{path}: a symbolic link", hint=_SYMLINK_HINT)
        return next(read_blobs(self.root, [entry.oid]))[1]

    def is_link(self, path: str) -> bool:
        return path in self.entries and self.entries[path].mode == _SYMLINK_MODE
