"""Pipes, devices and sockets where git reads files by itself: it would wait for them without end."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from sealkit.source import regular_file
from sealkit.source.git_repository import GitRepository

_READ_BY_GIT = frozenset([".gitignore", ".gitattributes", ".gitmodules", ".mailmap", ".git"])
_NOT_READ = ("fsmonitor--daemon.ipc",)
"""A socket that belongs in a git folder."""


def find_special(repository: GitRepository) -> tuple[str, str] | None:
    """The first that stands in the git folder, or in the work tree under a name that git reads; its path, and what it is."""
    return next(_in_git_dir(repository.common_dir), None) or next(_in_work_tree(repository.top), None)


def _in_git_dir(folder: str) -> Iterator[tuple[str, str]]:
    for base, _, names in os.walk(folder):
        for name in names:
            if name not in _NOT_READ:
                yield from _special(f"{base}/{name}")


def _in_work_tree(top: str) -> Iterator[tuple[str, str]]:
    for base, folders, names in os.walk(top) if top else ():
        if base == top and ".git" in folders:
            folders.remove(".git")
        for name in _READ_BY_GIT.intersection(names):
            path = f"{base}/{name}"
            yield from _special(path)
            if name == ".git" and base != top and Path(path).is_file():  # git looks whether a repository is there
                text = regular_file.read(path).decode("utf-8", "surrogateescape")
                yield from _special(str(Path(base, text.removeprefix("gitdir:").strip(), "HEAD")))


def _special(path: str) -> Iterator[tuple[str, str]]:
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode) and (kind := regular_file.special(mode)):
        yield path, kind
