"""`trust`: take the signing key of a repository on this machine."""

from __future__ import annotations

import typer

from sealkit.cli.ui import TerminalEvents
from sealkit.operations.repository import Repository
from sealkit.operations.trust import trust


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("trust")(run)


def run(
    signer: str = typer.Argument(
        metavar="SIGNER", help="The signing key in full, as someone you trust told you: ed25519: and 43 characters."
    ),
) -> None:
    """Trust a signing key for this repository on this machine. Needed where neither this machine nor one of your keys knows it.

    Do not copy it from the error message alone: compare it with another machine (`sealkit doctor`), or ask who may approve.
    """
    trust(Repository.open(), TerminalEvents(), signer)
