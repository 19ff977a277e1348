"""`hook install` writes the git hooks of this clone; `hook run` is what they call."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from sealkit.cli import scan_options, ui
from sealkit.errors import SealkitError, UsageError
from sealkit.operations.hook_script import CHAINED, MARK, script
from sealkit.source import files, git


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="The git hooks of this clone.", no_args_is_help=True)
    group.command("install")(hook_install)
    group.command("run")(hook_run)
    app.add_typer(group, name="hook")


def hook_install(
    uninstall: bool = typer.Option(False, "--uninstall", help="Take them away; hooks that were chained come back."),
) -> None:
    """Install the hooks pre-commit, pre-merge-commit, commit-msg and pre-push, and masked diffs.

    A hook that is there already is kept and runs first. Again: nothing changes.
    """
    root = git.toplevel(Path.cwd())
    done = remove(root) if uninstall else install(root)
    for line in done:
        ui.info(line)
    if not done:
        ui.info("nothing to take away" if uninstall else "nothing to do: the hooks are installed")


def hook_run(
    name: str = typer.Argument(..., metavar="HOOK", help=f"{', '.join(scan_options.HOOKS)}.", show_default=False),
    args: list[str] = typer.Argument(None, metavar="[ARGS]...", help="What git gives the hook.", show_default=False),
) -> None:
    """Answer as this git hook: exit code 0 lets git go on. For other hook managers too."""
    from sealkit.cli.hook_quick_path import run_hook

    if name not in scan_options.HOOKS:
        raise UsageError(f"no hook {name!r}", hint=f"one of: {', '.join(scan_options.HOOKS)}")
    raise typer.Exit(run_hook(name, args or []))


def install(root: Path) -> list[str]:
    """Write the hooks that are missing or older, and set up masked diffs; what was done, one line each. Raises SealkitError."""
    from sealkit.cli.commands import textconv

    folder = hooks_folder(root)
    done = [line for name in scan_options.HOOKS if (line := _write(folder, name)) is not None]
    return done + textconv.setup(root)


def remove(root: Path) -> list[str]:
    """Take our hooks away and put back those that were chained; what was done, one line each. Raises SealkitError."""
    folder = hooks_folder(root)
    done = []
    for name in scan_options.HOOKS:
        path, kept = folder / name, folder / (name + CHAINED)
        if not _ours(path):
            continue
        try:
            path.unlink()
            if kept.exists() or kept.is_symlink():
                kept.rename(path)
        except OSError as error:
            raise SealkitError(f"{path}: {(error.strerror or 'cannot be removed').lower()}") from None
        done.append(f"removed {path}" + (", the hook that was there before is back" if path.exists() else ""))
    return done


def missing(root: Path) -> list[str]:
    """What of it this clone lacks, as nouns."""
    from sealkit.cli.commands import textconv

    folder = hooks_folder(root)
    lacking = [f"the {name} hook" for name in scan_options.HOOKS if not _ours(folder / name)]
    if (diffs := textconv.missing(root)) is not None:
        lacking.append(diffs)
    return lacking + [f"the line `{line}` in .gitattributes" for line in textconv.unlisted(root)]


def hooks_folder(root: Path) -> Path:
    """The folder from which git runs hooks: `core.hooksPath`, else the one that all worktrees share.

    Raises SealkitError.
    """
    named = b""
    # `git.run` itself sets core.hooksPath: each file of settings is asked, the nearest first
    for scope in ("--worktree", "--local", "--global", "--system"):
        named = git.run(["config", scope, "--includes", "--type=path", "--get", "core.hooksPath"], root, check=False)
        if named.strip():
            break
    if text := os.fsdecode(named).rstrip("\n"):
        return root / text
    return git.common_dir(root) / "hooks"


def _write(folder: Path, name: str) -> str | None:
    path, kept = folder / name, folder / (name + CHAINED)
    text = script(name, sys.executable)
    ours = _ours(path)
    if ours and path.read_text() == text and os.access(path, os.X_OK):
        return None
    chained = False
    if not ours and (path.exists() or path.is_symlink()):
        if kept.exists() or kept.is_symlink():
            raise SealkitError(f"{path}: a hook, and {kept.name} beside it is one too", hint="remove one of the two")
        try:
            path.rename(kept)
        except OSError as error:
            raise SealkitError(f"{path}: {(error.strerror or 'cannot be renamed').lower()}") from None
        chained = True
    files.write(path, text.encode(), mode=0o755)
    path.chmod(path.stat().st_mode | 0o111)
    if chained:
        return f"installed {path}; the hook that was there runs first, as {kept.name}"
    return f"{'renewed' if ours else 'installed'} {path}"


def _ours(path: Path) -> bool:
    try:
        return MARK in path.read_text(errors="replace").splitlines()[1:2][0]
    except (OSError, IndexError):
        return False
