"""`init`: set up a repository."""

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
        help="A recipient to seal to: age1…, 'ssh-ed25519 …' or a PGP fingerprint; can be repeated. Default: your keys.",
        show_default=False,
    ),
    may_approve: list[str] = typer.Option(
        [], "--may-approve", metavar="RECIPIENT",
        help="A recipient that may approve, besides your own keys; can be repeated. Others can only read and deploy.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Set up this repository: key, .sops.yaml, signing key and ledger, .gitignore, git hooks.

    Creates only what is missing, so you can run it again. In an existing SOPS repository no file is moved (layout inline).
    """
    init(Repository.open(), TerminalEvents(), recipients, may_approve)
