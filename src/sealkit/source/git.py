"""Git plumbing commands, with `-z` and bytes throughout, in an environment with only the git variables that hooks need.

`subprocess` is imported where it is used, so that a hook that only reads configuration starts without it.
`git commit -a` and `git commit FILE` pass a temporary index in GIT_INDEX_FILE. Without that variable, a scan would read another
index than the one that is committed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sealkit.errors import SealkitError
from sealkit.source.git_child import GitChild, GitChildError
from sealkit.source.git_environ import SAFE_OPTIONS, environment


def run(args: Sequence[str], cwd: Path, *, data: bytes | None = None, check: bool = True) -> bytes:
    """The standard output of `git ARGS` in `cwd`, with `data` as its input.

    Raises SealkitError if git is not installed, or if it fails and `check` is set.
    """
    import subprocess

    try:
        result = subprocess.run(
            ["git", *SAFE_OPTIONS, *args], cwd=cwd, env=environment(), capture_output=True, input=data, check=False
        )
    except FileNotFoundError:
        raise SealkitError("git is not installed", hint="install git and run it again") from None
    except NotADirectoryError:
        raise SealkitError(f"{cwd}: not a folder") from None
    if check and result.returncode:
        lines = [line.strip() for line in result.stderr.decode("utf-8", "replace").strip().splitlines()]
        last = lines[-1] if lines else f"exit code {result.returncode}"
        reason = next((line for line in lines if line.startswith("fatal:")), last)
        # git prints the command that makes a folder of another user safe
        hint = next((line for line in lines if line.startswith("git config ")), None)
        command = next(
            arg for index, arg in enumerate(args) if not arg.startswith("-") and args[index - 1 : index] != ["-c"]
        )
        raise SealkitError(f"git {command} failed: {reason}", hint=hint)
    return result.stdout


def query(args: Sequence[str], cwd: Path, *, check: bool = True) -> bytes:
    """The same for a command that only reads and takes no input. It starts git without `subprocess`, whose import doubles the
    start of a short command (measured). A command that fails is run again by `run`, which says why."""
    try:
        child = GitChild(args, cwd)
    except GitChildError:
        return run(args, cwd, check=check)
    out = child.read_all()
    return out if child.close() == 0 or not check else run(args, cwd)


def toplevel(folder: Path) -> Path:
    """The root of the work tree that `folder` is in. Raises SealkitError outside one."""
    try:
        out = query(["rev-parse", "--show-toplevel"], folder).decode().rstrip("\n")
    except SealkitError as error:
        if error.hint or "not a git repository" not in error.message:
            raise  # git is missing; the repository is bare, or belongs to another user
        raise SealkitError(
            f"{folder} is not in a git repository", hint="change to one, or create one: git init"
        ) from None
    return Path(out)


def common_dir(root: Path) -> Path:
    """The git directory that all worktrees of a repository share."""
    out = query(["rev-parse", "--path-format=absolute", "--git-common-dir"], root).decode().rstrip("\n")
    return Path(out)


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
