"""`init`: set a repository up, empty or not."""

from __future__ import annotations

import typer

from sealkit.cli.ui import TerminalEvents
from sealkit.operations.init import init
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("init")(run)


def run(
    recipients: list[str] = typer.Option(
        [], "-r", "--recipient", metavar="RECIPIENT",
        help="To whom to seal: age1…, 'ssh-ed25519 …' or a PGP fingerprint; repeat it. Default: your own identities.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Set this repository up: key, .sops.yaml, signing key and ledger, .gitignore, git hooks.

    An existing SOPS repository is taken as it is (layout inline). What exists stays; a second run does what is missing.
    """
    init(Repository.open(), TerminalEvents(), recipients)
