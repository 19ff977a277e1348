"""`bootstrap`: move into a house that was cloned, with keys and values of one's own; or know it again on a new machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sealkit.cli import say
from sealkit.errors import NoIdentityError, RefusedError, SealkitError

if TYPE_CHECKING:
    from sealkit.cli.house.movein import Move
    from sealkit.cli.session import Session


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
    the house key, the ledger and sealed files that no key here opens are replaced; everything else stays.
    """
    from sealkit.cli.house import moveplan
    from sealkit.cli.house.answers import Answers
    from sealkit.cli.session import Session

    session = Session.open()
    moving = moveplan.begun(session)
    if not moving and moveplan.at_home(session):
        _home_again(session)
        return
    given = Answers.read(answers)
    move = moveplan.plan(session, recipients, replace=replace)
    given.require(move.asked)
    _agreed(move, yes=yes)
    for line in move.carry_out(given):
        say.info(line)
    for name in given.unused():
        say.warning(f"the answer to {name} was not asked for")
    say.say_hint("next: sealkit deploy; and keep it: git add -A && git commit")


def _agreed(move: Move, *, yes: bool) -> None:
    """What is about to happen, and the question. Raises RefusedError where it is declined, or nobody can be asked."""
    for line in move.intended():
        say.info(line)
    if yes or not move.questionable:
        return
    if not say.at_terminal():
        raise RefusedError(
            "nobody is here to be asked; nothing was written",
            hint="read the lines above, then: sealkit bootstrap --yes",
        )
    if not say.confirm("do this?"):
        raise RefusedError("declined; nothing was written")


def _home_again(session: Session) -> None:
    """A new machine of somebody who lives here: nothing is made, the clone is set up."""
    from sealkit.cli.house.starting import install

    say.info("this is your house: its sealed files open with a key at hand, so nothing is generated")
    ledger = session.ledger
    if ledger is not None:
        say.info(f"the house key is pinned on this machine: {ledger.house}")
    gone = [
        path
        for path, entry in (ledger.files() if ledger else {}).items()
        if entry and not (session.root / path).exists()
    ]
    for path in gone:
        say.warning(f"{path}: the ledger holds it and it is not here")
    try:
        session.house_key()
    except NoIdentityError:
        say.info("the house key does not open here: this machine may deploy, not approve")
    except SealkitError as error:
        say.warning(error.message, error.hint or "make a ledger: sealkit init")
    for line in install(session):
        say.info(line)
    if gone:
        # not: approve it. That would sign that these files are gone for good
        say.say_hint(
            "next: bring them (a repository of their own: clone it there; a submodule: git submodule update --init)"
        )
        return
    waits = session.warn_waiting()
    say.say_hint("next: sealkit approve, then: sealkit deploy" if waits else "next: sealkit deploy")
