"""`split`: move inline secrets out of manifests into sealed files."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable
from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.errors import UsageError
from sealkit.operations.repository import Repository
from sealkit.operations.split import report_remains, split_paths
from sealkit.operations.split_verify import verify as verify_split
from sealkit.overlay.split import Moved, Proposal
from sealkit.printable import printable


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("split")(run)


def run(
    paths: list[Path] = typer.Argument(
        None, metavar="PATH...", help="Files or folders. A path outside the public tree is copied into it.",
        show_default=False,
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Show what would change, with values masked, and write nothing."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before writing."),
    verify: bool = typer.Option(False, "--verify", help="Write nothing; exit 1 if a sealed value is in plain text anywhere."),
) -> None:  # fmt: skip
    """Move inline secrets out of manifests into sealed files.

    Before it writes, split checks that the merged result equals the input, and that no moved value is left in the public tree, in
    any encoding. Sealed files are written before public files.
    """
    events, repository = ui.TerminalEvents(), Repository.open()
    if verify:
        proved = verify_split(repository, events, paths or [repository.root / (repository.config.public or ".")])
        events.progress(f"proved: {proved} sealed values, none of them is anywhere else")
        return
    if not paths:
        raise UsageError("nothing to split", hint="sealkit split PATH...")
    split = split_paths(repository, events, paths)
    if dry_run:
        ui.write(masked_diff(split.proposal))
    _show_moved(split.proposal.moved)
    if dry_run or not split.writes:
        events.progress("nothing was written" if dry_run else "nothing to split")
        return
    if not yes:
        events.require_yes(
            f"write {len(split.writes)} public and {len(split.proposal.private)} sealed files?",
            hint=f"look first: sealkit split --dry-run {shlex.join(map(str, paths))}, then the same with --yes",
        )
    split.write()
    report_remains(split.remains(), events, written=True)
    example = "sealkit example, " if repository.config.example else ""
    events.hint(f"next: {example}sealkit render; then: git add -A && git commit")


def masked_diff(proposal: Proposal) -> str:
    """A unified diff of the public files in which every moved value is masked."""
    parts: list[str] = []
    for change in proposal.changes:
        if change.before != change.after:
            before, after = change.masked.splitlines(keepends=True), change.after.splitlines(keepends=True)
            lines = difflib.unified_diff(before, after, change.source, change.path)
            parts += [line if line.endswith("\n") else line + "\n" for line in lines]
    return printable("".join(parts))


def _show_moved(moved: Iterable[Moved]) -> None:
    for item in moved:
        weak = "" if item.strong else ", too short or common to be searched for"
        ui.info(f"{item.path}:{item.line} {item.route} -> <sealed:{item.name}> ({item.why}{weak})")
