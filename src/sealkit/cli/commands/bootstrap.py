"""`bootstrap`: move into a house that was cloned, with keys and values of one's own; or know it again on a new machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import NoIdentityError, RefusedError, SealkitError

if TYPE_CHECKING:
    from sealkit.operations.bootstrap import BootstrapPlan
    from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("bootstrap")(bootstrap)


def bootstrap(
    answers: str = typer.Option(
        None, "--answers", metavar="FILE|-", help="YAML of NAME: VALUE for what the example asks; - is standard input.",
        show_default=False,
    ),
    recipients: list[str] = typer.Option(
        [], "-r", "--recipient", metavar="RECIPIENT", help="To whom to seal; repeat it. Default: your own identities.",
        show_default=False,
    ),
    replace: bool = typer.Option(
        False, "--replace", help="Also replace sealed files that git does not hold, and remove those without an example."
    ),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before files are replaced and places approved."),
) -> None:  # fmt: skip
    """Move into a cloned house: your own key, values, policy and ledger. On your own house it sets up this machine.

    Values come from private.example/: generated, or asked for on the terminal or in --answers. The recipients in .sops.yaml,
    the signing key, the ledger and sealed files that no key here opens are replaced; everything else stays.
    """
    from sealkit.operations import bootstrap_plan
    from sealkit.operations.answers import Answers
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    moving = bootstrap_plan.begun(repository)
    if not moving and bootstrap_plan.at_home(repository):
        _home_again(repository)
        return
    given = Answers.read(answers)
    move = bootstrap_plan.plan(repository, recipients, replace=replace)
    given.require(move.asked)
    _agreed(move, yes=yes)
    for line in move.carry_out(given):
        ui.info(line)
    for name in given.unused():
        ui.warning(f"the answer to {name} was not asked for")
    ui.say_hint("next: sealkit deploy; and keep it: git add -A && git commit")


def _agreed(move: BootstrapPlan, *, yes: bool) -> None:
    """What is about to happen, and the question. Raises RefusedError where it is declined, or nobody can be asked."""
    for line in move.intended():
        ui.info(line)
    if yes or not move.questionable:
        return
    if not ui.at_terminal():
        raise RefusedError(
            "nobody is here to be asked; nothing was written",
            hint="read the lines above, then: sealkit bootstrap --yes",
        )
    if not ui.confirm("do this?"):
        raise RefusedError("declined; nothing was written")


def _home_again(repository: Repository) -> None:
    """A new machine of somebody who lives here: nothing is made, the clone is set up."""
    from sealkit.cli.commands.init import install

    ui.info("this is your house: its sealed files open with a key at hand, so nothing is generated")
    ledger = repository.ledger
    if ledger is not None:
        ui.info(f"the signing key is pinned on this machine: {ledger.signer}")
    gone = [
        path
        for path, entry in (ledger.files() if ledger else {}).items()
        if entry and not (repository.root / path).exists()
    ]
    for path in gone:
        ui.warning(f"{path}: the ledger holds it and it is not here")
    try:
        repository.signing_key()
    except NoIdentityError:
        ui.info("the signing key does not open here: this machine may deploy, not approve")
    except SealkitError as error:
        ui.warning(error.message, error.hint or "make a ledger: sealkit init")
    for line in install(repository):
        ui.info(line)
    if gone:
        # not: approve it. That would sign that these files are gone for good
        ui.say_hint(
            "next: bring them (a repository of their own: clone it there; a submodule: git submodule update --init)"
        )
        return
    waits = repository.warn_waiting()
    ui.say_hint("next: sealkit approve, then: sealkit deploy" if waits else "next: sealkit deploy")
