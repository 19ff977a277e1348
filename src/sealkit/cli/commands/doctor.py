"""`doctor`: is everything as it should be, and what to type next."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError
from sealkit.operations.doctor.check import Level
from sealkit.operations.doctor.recovery import prove_recovery
from sealkit.operations.doctor.run import diagnose
from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("doctor")(run)


def run(
    with_: Path = typer.Option(
        None, "--with", metavar="KEYFILE", help="Only prove that this key (age, ssh or PGP) opens everything.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Check keys, policy, ledger, hooks and machine: one line each, with what to type next.

    Exit code 1 if anything is wrong; a risk is named and does not count.
    """
    repository, wrong = Repository.open(), 0
    for check in prove_recovery(repository, with_) if with_ is not None else diagnose(repository):
        ui.write_lines(str(check))
        wrong += check.level is Level.WRONG
    if wrong:
        raise RefusedError("1 check is wrong" if wrong == 1 else f"{wrong} checks are wrong")
