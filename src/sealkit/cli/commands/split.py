"""`split`: move inline secrets into the sealed half, prove it, and write the sealed half first."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, UsageError
from sealkit.printable import printable

if TYPE_CHECKING:
    from sealkit.overlay.split import Moved, Proposal
    from sealkit.scan.known_values import Search


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("split")(split)


def split(
    paths: list[Path] = typer.Argument(
        None, metavar="PATH...", help="Files or folders; one outside the public tree is copied into it.",
        show_default=False,
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change, masked, and write nothing."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    verify: bool = typer.Option(False, "--verify", help="Prove it again; exit 1 while a value remains anywhere."),
) -> None:  # fmt: skip
    """Move inline secrets out of manifests into sealed files.

    Before anything is written it is proved that both halves give the input back, and that no value that was moved still
    stands in the public tree, in any encoding. The sealed half is on disk before the public half is replaced.
    """
    from sealkit.operations.repository import Repository
    from sealkit.operations.split import Run
    from sealkit.operations.split_inputs import gather

    repository = Repository.open()
    if verify:
        from sealkit.operations.split_verify import verify as again

        again(repository, paths or [repository.root / (repository.config.public or ".")])
        return
    if not paths:
        raise UsageError("nothing to split", hint="sealkit split PATH...")
    gathered = gather(repository.config, paths)
    run = Run(repository, gathered)
    proposal = run.propose()
    run.prove()
    for path, why in [*gathered.left, *proposal.left]:
        ui.warning(f"left alone: {path} ({why})")
    if dry_run:
        typer.echo(masked_diff(proposal), nl=False)
    _say_moved(proposal.moved)
    if dry_run or not run.writes:
        ui.info("nothing was written" if dry_run else "nothing to split")
        return
    if not yes:
        if not ui.at_terminal():
            raise RefusedError(
                "nobody is here to be asked; nothing was written",
                hint=f"look first: sealkit split --dry-run {shlex.join(map(str, paths))}, then the same with --yes",
            )
        if not ui.confirm(f"write {len(run.writes)} public and {len(proposal.private)} sealed files?"):
            raise RefusedError("declined; nothing was written")
    run.write()
    report(run.remains(), done=True)
    example = "sealkit example, " if repository.config.example else ""
    ui.say_hint(f"next: {example}sealkit render; then: git add -A && git commit")


def masked_diff(proposal: Proposal) -> str:
    """A unified diff of the public half in which every value that goes is masked."""
    parts: list[str] = []
    for change in proposal.changes:
        if change.before != change.after:
            before, after = change.masked.splitlines(keepends=True), change.after.splitlines(keepends=True)
            lines = difflib.unified_diff(before, after, change.source, change.path)
            parts += [line if line.endswith("\n") else line + "\n" for line in lines]
    return printable("".join(parts))


def _say_moved(moved: Iterable[Moved]) -> None:
    for item in moved:
        weak = "" if item.strong else ", too short or common to be searched for"
        ui.info(f"{item.path}:{item.line} {item.route} -> <sealed:{item.name}> ({item.why}{weak})")


def report(found: Search, *, done: bool) -> None:
    """List what still stands, and which values that makes worthless."""
    for item in found.standing:
        commit = f" (commit {item.commit})" if item.commit else ""
        ui.warning(f"{item.name} still stands in {item.where}: {item.path}{commit}: renew this value")
    if found.skipped:
        ui.warning(f"{found.skipped} files or objects were not searched")
    names = sorted({item.name for item in found.standing})
    if names and done:
        ui.say_hint(
            f"whoever has this repository may have them: change them at their source, then: sealkit set {names[0]}"
        )
    ui.info(f"searched {found.blobs} blobs of the index and the history")
