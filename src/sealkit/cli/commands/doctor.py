"""`doctor`: check keys, files, ledger, clone and machine."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError
from sealkit.operations.doctor.check import Level
from sealkit.operations.doctor.recovery import prove_recovery
from sealkit.operations.doctor.run import diagnose
from sealkit.operations.repository import Repository
from sealkit.wording import counted


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("doctor")(run)


def run(
    with_: Path = typer.Option(
        None,
        "--with",
        metavar="KEYFILE",
        help="Only test whether this recovery key (age, ssh or PGP) decrypts every sealed file.",
        show_default=False,
    ),
) -> None:
    """Check keys, .sops.yaml, sealed files, ledger, git hooks and machine. Prints one line per check, with the next command.

    Exit code 1 if a check is wrong. A risk does not change the exit code.
    """
    repository, wrong = Repository.open(), 0
    for check in prove_recovery(repository, with_) if with_ is not None else diagnose(repository):
        ui.write_lines(str(check))
        wrong += check.level is Level.WRONG
    if wrong:
        raise RefusedError(f"{counted(wrong, 'check', 'is')} wrong")
