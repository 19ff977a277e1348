"""The git hooks of a clone: install them beside those that exist, remove them, say which are missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.operations import git_driver_check, git_drivers
from sealkit.operations.hook_script import CHAINED, HOOKS, MARK, script
from sealkit.source import files, git


def install(root: Path) -> list[str]:
    """Write the hooks that are missing or older, and set up masked diffs; what was done, one line each. Raises SealkitError."""
    folder = hooks_folder(root)
    done = [line for name in HOOKS if (line := _install_one(folder, name)) is not None]
    return done + git_drivers.install(root)


def remove(root: Path) -> list[str]:
    """Remove our hooks and put back those that were chained; what was done, one line each. Raises SealkitError."""
    folder = hooks_folder(root)
    done = []
    for name in HOOKS:
        path, chained = folder / name, folder / (name + CHAINED)
        if not _is_ours(path):
            continue
        try:
            path.unlink()
            if chained.exists() or chained.is_symlink():
                chained.rename(path)
        except OSError as error:
            raise SealkitError(f"{path}: {(error.strerror or 'cannot be removed').lower()}") from None
        done.append(f"removed {path}" + (", the hook that was there before is back" if path.exists() else ""))
    return done


def missing(root: Path) -> list[str]:
    """What `install` would add to this clone, as nouns. Raises SealkitError."""
    folder = hooks_folder(root)
    names = [f"the {name} hook" for name in HOOKS if not _is_ours(folder / name)]
    if not git_driver_check.configured(root):
        names.append(git_driver_check.DRIVERS)
    return names + [f"the line `{line}` in .gitattributes" for line in git_drivers.missing_lines(root)]


def hooks_folder(root: Path) -> Path:
    """The folder from which git runs hooks: `core.hooksPath`, else the one that all worktrees share. Raises SealkitError."""
    value = b""
    # `git.run` itself sets core.hooksPath: each file of settings is asked, the nearest first
    for scope in ("--worktree", "--local", "--global", "--system"):
        value = git.run(["config", scope, "--includes", "--type=path", "--get", "core.hooksPath"], root, check=False)
        if value.strip():
            break
    if text := os.fsdecode(value).rstrip("\n"):
        return root / text
    return git.common_dir(root) / "hooks"


def _install_one(folder: Path, name: str) -> str | None:
    """Write one hook; what was done, or None where it was installed already."""
    path, chained = folder / name, folder / (name + CHAINED)
    text = script(name, sys.executable)
    ours = _is_ours(path)
    if ours and path.read_text() == text and os.access(path, os.X_OK):
        return None
    chain = not ours and (path.exists() or path.is_symlink())
    if chain:
        if chained.exists() or chained.is_symlink():
            raise SealkitError(f"{path}: a hook, and {chained.name} beside it is one too", hint="remove one of the two")
        try:
            path.rename(chained)
        except OSError as error:
            raise SealkitError(f"{path}: {(error.strerror or 'cannot be renamed').lower()}") from None
    files.write(path, text.encode(), mode=0o755)
    path.chmod(path.stat().st_mode | 0o111)
    if chain:
        return f"installed {path}; the hook that was there runs first, as {chained.name}"
    return f"{'renewed' if ours else 'installed'} {path}"


def _is_ours(path: Path) -> bool:
    try:
        return MARK in path.read_text(errors="replace").splitlines()[1:2][0]
    except (OSError, IndexError):
        return False
