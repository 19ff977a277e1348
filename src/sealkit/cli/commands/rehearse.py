"""`rehearse`: a test deploy of a target on a temporary local control plane, without a key."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.cli.options import TARGET, seconds
from sealkit.errors import ClusterError, RefusedError
from sealkit.operations.rehearse import rehearse
from sealkit.printable import printable
from sealkit.rehearse.report import text
from sealkit.source.config import load_config


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("rehearse")(run)


def run(
    target: str = TARGET,
    timeout: str = typer.Option("60s", "--timeout", help="How long to wait for controllers: 90s, 5m."),
) -> None:
    """Deploy a target to a temporary local control plane, with made-up values. Needs no key and no cluster."""
    rehearsal = rehearse(load_config(), ui.TerminalEvents(), target, timeout=seconds(timeout))
    ui.write(printable(text(rehearsal)))
    if rehearsal.rejected:
        ref, why = rehearsal.rejected[0]
        raise ClusterError(f"{ref}: {why}", hint="fix it in the public tree, then run it again: sealkit rehearse")
    if rehearsal.undefined:
        ref, kind = rehearsal.undefined[0]
        total = len(rehearsal.undefined) + len(rehearsal.accepted)
        raise RefusedError(
            f"not rehearsed: {len(rehearsal.undefined)} of {total} objects, first {ref} ({kind})",
            hint="put its CustomResourceDefinition into the public tree, or deploy with --dry-run=server where it is installed",
        )
    if rehearsal.unstable:
        raise RefusedError(
            f"{rehearsal.unstable[0]}: a second run would change it again", hint="write it as the server keeps it"
        )
