"""`doctor`: is everything as it should be, here and on this machine; and the proof that a recovery key opens everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.errors import RefusedError, SealkitError
from sealkit.printable import printable

if TYPE_CHECKING:
    from sealkit.operations.doctor.checks import Check
    from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("doctor")(doctor)


def doctor(
    with_: Path = typer.Option(
        None, "--with", metavar="KEYFILE", help="Only prove that this key (age, ssh or PGP) opens everything.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Check keys, policy, ledger, hooks and machine: one line each, with what to type next.

    Exit code 1 if anything is wrong; a risk is named and does not count.
    """
    from sealkit.operations.doctor import checks
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    wrong = 0
    for check in _recovery(repository, with_) if with_ is not None else checks.run(repository):
        typer.echo(printable(str(check)))
        wrong += check.level is checks.Level.WRONG
    if wrong:
        raise RefusedError(f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong")


def _recovery(repository: Repository, path: Path) -> Iterator[Check]:
    """Whether one key opens every sealed file, and is named by every rule for those to come."""
    from sealkit.operations import reseal
    from sealkit.operations.doctor.checks import Check, Level
    from sealkit.operations.recovery_key import keyring_of
    from sealkit.sops.decrypt import open_files

    sealed = reseal.everything(repository)
    with keyring_of(path, repository.environ) as keyring:
        own = {one.recipient for one in keyring.own()}
        opened = open_files(sealed, keyring)
        for error in keyring.problems:
            yield Check(Level.WRONG, "recovery", error.message, error.hint or "")
    closed = [name for name, found in opened.items() if isinstance(found, SealkitError)]
    for name in closed:
        yield Check(
            Level.WRONG, "recovery", f"{path} does not open {name}", "sealkit recipients add, with its recipient"
        )
    if not sealed:
        yield Check(Level.NOTE, "recovery", "nothing is sealed yet")
    elif not closed:
        yield Check(Level.OK, "recovery", f"{path} opens all {len(sealed)} sealed files")
    for number, rule in enumerate(repository.policy.rules if repository.policy else (), 1):
        if own and not own & set(rule.recipients):
            yield Check(Level.WRONG, "recovery", f"rule {number} of .sops.yaml does not name it, so new files will not open",
                        f"sealkit recipients add {next(iter(own))}")  # fmt: skip
