"""`hook install`: install the git hooks of this clone. `hook run`: what these hooks call."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.cli.quick_path import run_hook
from sealkit.errors import UsageError
from sealkit.operations import hooks
from sealkit.operations.hook_script import HOOKS
from sealkit.source import git


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    group = typer.Typer(help="The git hooks of this clone.", no_args_is_help=True)
    group.command("install")(install)
    group.command("run")(run)
    app.add_typer(group, name="hook")


def install(
    uninstall: bool = typer.Option(
        False, "--uninstall", help="Remove the hooks, and restore those that existed before."
    ),
) -> None:
    """Install the hooks pre-commit, pre-merge-commit, commit-msg and pre-push, the merge driver and masked diffs.

    An existing hook is kept and runs first. Running this command again changes nothing.
    """
    root = git.toplevel(Path.cwd())
    done = hooks.remove(root) if uninstall else hooks.install(root)
    for line in done:
        ui.info(line)
    if not done:
        ui.info("nothing to remove" if uninstall else "nothing to do: the hooks are installed")


def run(
    name: str = typer.Argument(..., metavar="HOOK", help=f"{', '.join(HOOKS)}.", show_default=False),
    args: list[str] = typer.Argument(
        None, metavar="[ARGS]...", help="The arguments that git passes to the hook.", show_default=False
    ),
) -> None:
    """Run the checks of one git hook. Exit code 0 lets git continue. Other hook managers can call this too."""
    if name not in HOOKS:
        raise UsageError(f"no hook {name!r}", hint=f"one of: {', '.join(HOOKS)}")
    raise typer.Exit(run_hook(name, args or []))
