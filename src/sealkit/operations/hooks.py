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
    if _leads_out(root, folder):
        names = [f"hooks of its own: core.hooksPath leads out of it, to {folder}"]  # not looked at: the clone names it
    else:
        names = [f"the {name} hook" for name in HOOKS if not _is_ours(folder / name)]
    if not git_driver_check.configured(root):
        names.append(git_driver_check.DRIVERS)
    return names + [f"the line `{line}` in .gitattributes" for line in git_drivers.missing_lines(root)]


def hooks_folder(root: Path) -> Path:
    """The folder from which git runs hooks: `core.hooksPath`, else the one that all worktrees share. Raises SealkitError."""
    # the nearest first; the user's own is asked of git, which reads ~ in it
    if own := git.repository(root).value("core.hookspath"):
        return root / (Path.home() / own[2:] if own.startswith("~/") else own)
    if theirs := git.user_values("core.hooksPath", "--type=path"):
        return root / theirs[-1]
    return git.common_dir(root) / "hooks"


def _leads_out(root: Path, folder: Path) -> bool:
    """Whether the clone's own settings put its hooks into a folder outside the work tree and the git folder."""
    found = git.repository(root)
    inside = any(folder.resolve().is_relative_to(place) for place in (found.top, found.common_dir))
    return bool(found.value("core.hookspath")) and not inside


def _install_one(folder: Path, name: str) -> str | None:
    """Write one hook; what was done, or None where it was installed already."""
    path, chained = folder / name, folder / (name + CHAINED)
    text = script(name, sys.executable)
    ours = _is_ours(path)
    if ours and files.read(path) == text.encode() and os.access(path, os.X_OK):
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
        return MARK in files.read(path).decode("utf-8", "replace").splitlines()[1:2][0]
    except (SealkitError, IndexError):
        return False
