"""`get`: one opened file or value on standard output, for a pipe. One of the few modules that may reveal a value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from sealkit.reveal import reveal

if TYPE_CHECKING:
    from sealkit.operations.named_values import Location
    from sealkit.sops.decrypt import Opened
    from sealkit.yamlspan.scalars import Scalar


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("get")(get)


def get(
    name: str = typer.Argument(metavar="FILE|NAME", help="A sealed file, or a named value (database.password)."),
    route: str = typer.Argument(None, metavar="[ROUTE]", help="One value of the file: .stringData.KEY.", show_default=False),
    reveal_terminal: bool = typer.Option(False, "--reveal-terminal", hidden=True),
) -> None:  # fmt: skip
    """Print an opened file, or one value exactly as it is, to a pipe.

    A terminal is refused unless as --reveal=terminal, and everything is while SEALKIT_NO_REVEAL is set.
    """
    from sealkit.cli.commands.render import may_reveal
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.repository import Repository
    from sealkit.sops.decrypt import open_file
    from sealkit.sops.encrypt import plain

    may_reveal(terminal=reveal_terminal)
    repository = Repository.open()
    places = NamedValues(repository)
    file = route is not None or places.is_file(name)
    spot = None if file and route is None else places.find(route if file else name, name if file else None)
    path = spot.path if spot is not None else places.file(name)
    repository.warn_waiting([path])
    opened = open_file(path, places.files[path], repository.keyring)
    text = plain(opened) if spot is None else shown(_value(opened, spot))
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def shown(value: Scalar) -> str:
    """A scalar as text: numbers and truth values as YAML writes them, null as nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _value(opened: Opened, spot: Location) -> Scalar:
    for item, value in zip(opened.parsed.items, opened.values, strict=True):
        if (item.document, item.route) == (spot.document, spot.route) and not item.comment:
            return reveal(value)
    raise AssertionError(f"{spot} was found without a key")  # the same text was parsed twice
