"""Git plumbing commands, with `-z` and bytes throughout, in an environment with only the git variables that hooks need.

`git commit -a` and `git commit FILE` pass a temporary index in GIT_INDEX_FILE. Without that variable, a scan would read another
index than the one that is committed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.source import git_process, git_repository
from sealkit.source.git_child import GitChild, GitChildError, NoRepositoryError
from sealkit.source.git_process import GitProcess
from sealkit.source.git_repository import GitRepository


def run(args: Sequence[str], cwd: Path, *, data: bytes | None = None, check: bool = True) -> bytes:
    """The standard output of `git ARGS` in the repository of `cwd`, with `data` as its input.

    Raises SealkitError if git is not installed, or if it fails and `check` is set.
    """
    if not cwd.is_dir():
        raise SealkitError(f"{cwd}: not a folder")
    try:
        child = GitChild(args, cwd, stdin=True, stderr=True)
    except NoRepositoryError:
        if check:
            raise _no_repository(cwd) from None
        return b""
    except GitChildError:
        raise _not_installed() from None
    return _output(child, args, data, check=check)


def run_outside(args: Sequence[str], cwd: Path) -> bytes:
    """The same in no repository: only the user's own settings count. Raises SealkitError."""
    try:
        child = GitProcess(args, str(cwd), {"GIT_CEILING_DIRECTORIES": str(cwd.parent)}, stdin=True, stderr=True)
    except GitChildError:
        raise _not_installed() from None
    return _output(child, args, None, check=True)


def query(args: Sequence[str], cwd: Path, *, check: bool = True) -> bytes:
    """The same as `run` for a command that only reads and takes no input. A command that fails is run again by `run`, which says
    why."""
    try:
        child = GitChild(args, cwd)
    except GitChildError:
        return run(args, cwd, check=check)
    out = child.read_all()
    return out if child.close() == 0 or not check else run(args, cwd)


def find(folder: Path) -> GitRepository | None:
    """The repository that a folder is in; None outside one. Raises SealkitError for one that leads out of itself."""
    return git_repository.find(folder)


def repository(folder: Path) -> GitRepository:
    """The repository that a folder is in. Raises SealkitError outside one."""
    if (found := find(folder)) is None:
        raise _no_repository(folder)
    return found


def toplevel(folder: Path) -> Path:
    """The root of the work tree that a folder is in. Raises SealkitError outside one."""
    found = repository(folder)
    if not found.top:
        raise SealkitError(
            f"{folder} is in a bare repository or a git folder, not in a work tree", hint="change to one"
        )
    return Path(found.top)


def common_dir(root: Path) -> Path:
    """The git directory that all worktrees of a repository share."""
    return Path(repository(root).common_dir)


def _output(child: GitProcess, args: Sequence[str], data: bytes | None, *, check: bool) -> bytes:
    child.send(data or b"")
    out = child.read_all()
    code = child.close()
    messages = child.messages()
    if check and code:
        lines = [line.strip() for line in messages.strip().splitlines()]
        last = lines[-1] if lines else f"exit code {code}"
        reason = next((line for line in lines if line.startswith("fatal:")), last)
        command = next(
            arg for index, arg in enumerate(args) if not arg.startswith("-") and args[index - 1 : index] != ["-c"]
        )
        raise SealkitError(f"git {command} failed: {reason}")
    return out


def _not_installed() -> SealkitError:
    return SealkitError("git is not installed", hint="install git and run it again")


def _no_repository(folder: Path) -> SealkitError:
    return SealkitError(f"{folder} is not in a git repository", hint="change to one, or create one: git init")


def user_values(name: str, *options: str) -> list[str]:
    """All values of a setting in the user's own configuration and the machine's, not the clone's. Raises SealkitError."""
    try:
        return git_process.user_values(name, *options)
    except GitChildError:
        raise _not_installed() from None


def split(out: bytes) -> list[str]:
    """NUL-separated paths as text. Bytes that are not UTF-8 become surrogates, which the file system functions accept."""
    return [os.fsdecode(part) for part in out.split(b"\0") if part]


class TreeEntry(NamedTuple):
    """One file of an index or a commit: git mode, object id and path from the root."""

    mode: str
    oid: str
    path: str


def ls_tree(root: Path, rev: str) -> list[TreeEntry]:
    """All files of a commit. Raises SealkitError for an unknown revision."""
    if not run(["rev-parse", "--verify", "-q", "--end-of-options", f"{rev}^{{tree}}"], root, check=False):
        raise SealkitError(
            f"{rev}: no such revision", hint="list them: git branch --all; in a shallow clone: git fetch --unshallow"
        )
    out = run(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", rev], root)
    entries = []
    for record in out.split(b"\0"):
        if record:
            meta, _, path = record.partition(b"\t")
            mode, _kind, oid = meta.decode().split()
            entries.append(TreeEntry(mode, oid, os.fsdecode(path)))
    return entries


def ls_index(root: Path, stage: int = 0) -> list[TreeEntry]:
    """All files of the index at one stage (0: merged; 1, 2, 3: base, ours, theirs of a conflict)."""
    out = query(["ls-files", "-s", "-z", "--full-name", "--", ":/"], root)
    entries = []
    for record in out.split(b"\0"):
        if record:
            meta, _, path = record.partition(b"\t")
            mode, oid, number = meta.decode().split()
            if int(number) == stage:
                entries.append(TreeEntry(mode, oid, os.fsdecode(path)))
    return entries
