"""`bootstrap`: make a cloned repository your own, or set up a new machine."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from sealkit.cli.ui import TerminalEvents
from sealkit.operations.answers import Answers
from sealkit.operations.bootstrap import is_member, move_in, set_up_machine
from sealkit.operations.repository import Repository
from sealkit.source import files


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("bootstrap")(run)


def run(
    answers: str = typer.Option(
        None,
        "--answers",
        metavar="FILE|-",
        help="A YAML file of NAME: VALUE for the values that private.example/ asks for; - is stdin.",
        show_default=False,
    ),
    recipients: list[str] = typer.Option(
        [],
        "-r",
        "--recipient",
        metavar="RECIPIENT",
        help="A recipient to seal to; can be repeated. Default: your own keys.",
        show_default=False,
    ),
    replace: bool = typer.Option(
        False,
        "--replace",
        help="Also replace sealed files that are not in the last commit, and remove those without an example.",
    ),
    yes: bool = typer.Option(
        False, "--yes", help="Do not ask before files are replaced and destinations are approved."
    ),
) -> None:
    """Make a cloned repository your own, with your key, values and ledger. In your own repository, set up this machine.

    Values come from private.example/: they are generated, or read from --answers or the terminal. Replaces the recipients in
    .sops.yaml, the signing key, the ledger, and sealed files that none of your keys decrypts. Everything else stays.
    """
    events, repository = TerminalEvents(), Repository.open()
    if is_member(repository):
        set_up_machine(repository, events)
        return
    move_in(repository, events, _answers(events, answers), recipients=recipients, replace=replace, yes=yes)


def _answers(events: TerminalEvents, source: str | None) -> Answers:
    """The answers in a file, or on standard input for `-`. Raises SealkitError."""
    if source is None:
        return Answers(events)
    path = "standard input" if source == "-" else source
    data = sys.stdin.buffer.read() if source == "-" else files.read_named(Path(source), source)
    return Answers.parse(events, files.decode(data, path), path)
