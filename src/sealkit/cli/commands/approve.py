"""`approve`: show what is not approved, masked, and sign it."""

from __future__ import annotations

import typer

from sealkit.cli.ui import TerminalEvents
from sealkit.errors import RefusedError
from sealkit.operations import approvals, approve
from sealkit.operations.repository import Repository
from sealkit.source.filenames import LEDGER
from sealkit.wording import counted


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("approve")(run)


def run(
    names: list[str] = typer.Argument(
        None, metavar="[PATH]...", help="Files or folders to approve; required without a terminal.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Show what is not approved as a diff, with values masked, say what it means, and sign it with the signing key.

    Each sealed file is decrypted first. A file that none of your keys decrypts, or whose MAC is wrong, is not signed.
    """
    events, repository = TerminalEvents(), Repository.open()
    items = approve.find(repository, names or [])
    if not items:
        events.progress("everything is approved")
        return
    for line in approve.describe(repository, items):
        events.progress(line)
    if events.interactive:
        if not approvals.confirm_all(events, items, ""):
            raise RefusedError("declined; nothing was signed")
    elif not names:
        changes = counted(sum(not item.implied for item in items), "change", "is")
        raise RefusedError(
            f"{changes} not approved, and this is not a terminal",
            hint=f"run it on a terminal, or name what you looked at: sealkit approve {approve.shell_names(items)}",
        )
    approvals.approve(repository, items)
    signed = sum(not item.implied for item in items)
    events.progress(f"signed {signed} in {LEDGER}; commit it together with what it approves")
