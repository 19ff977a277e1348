"""`set`, `unset`, `renew`: one value of a sealed file. Values come from standard input or a prompt, never from argv."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError

if TYPE_CHECKING:
    from sealkit.operations.named_values import Location, NamedValues
    from sealkit.operations.repository import Repository
    from sealkit.operations.sealed_edit import SealedEdit
    from sealkit.yamlspan.scalars import Scalar

_NAME = typer.Argument(metavar="NAME", help="A named value (database.password), or with FILE a route in it.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("set")(set_)
    app.command("unset")(unset)
    app.command("renew")(renew)


def set_(
    name: str = _NAME,
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file; needed for a new value.", show_default=False),
) -> None:  # fmt: skip
    """Set a value from standard input, or from a prompt that does not echo.

    The line break at the end of a value of one line is left out. A number or a truth value that is replaced by one stays one.
    """
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    places = NamedValues(repository)
    spot, new = _target(places, name, file)
    repository.warn_waiting([spot.path])
    value = _given(name)
    rewrite = _opened(repository, spot, new=new)
    rewrite.put(spot.route, _typed(rewrite, spot, value), spot.document)
    if rewrite.same():
        ui.info(f"{spot}: is that value already")
        return
    rewrite.write(must=(spot,))
    ui.info(f"{'added' if new else 'changed'} {spot}")


def unset(
    name: str = _NAME,
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file, where several have it.", show_default=False),
) -> None:  # fmt: skip
    """Take a value out of its sealed file."""
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.references import uses
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    spot = NamedValues(repository).find(name, file)
    repository.warn_waiting([spot.path])
    rewrite = _opened(repository, spot, new=False)
    rewrite.remove(spot.route, spot.document)
    rewrite.write()
    ui.info(f"removed {spot}")
    for path, line in uses(repository, name):
        ui.warning(f"{path}:{line}: still wants <sealed:{name}>", f"sealkit set {name} {spot.path}, or take it out")


def renew(
    name: str = typer.Argument(metavar="NAME", help="A named value, or with FILE a route in it."),
    file: str = typer.Argument(None, metavar="[FILE]", help="The sealed file, where several have it.", show_default=False),
    generator: str = typer.Option(
        "", "--generator", metavar="KIND", help="password, hex:64, alnum:24, base64:32, uuid; default: as the example tree says.",
        show_default=False,
    ),
) -> None:  # fmt: skip
    """Give a value a new one from its generator, and say what must be restarted to take it.

    The generator is what private.example/ says for it (`<generate:hex:64>`).
    """
    from sealkit.operations.example_tree import generator_of
    from sealkit.operations.named_values import NamedValues
    from sealkit.operations.references import restarts
    from sealkit.operations.repository import Repository
    from sealkit.sealed.example import generate_value

    repository = Repository.open()
    spot = NamedValues(repository).find(name, file)
    repository.warn_waiting([spot.path])
    spec = generator or generator_of(repository, spot)
    if spec is None:
        raise UsageError(
            f"{spot}: the example tree has no generator for it", hint=f"sealkit set {name}, or --generator password"
        )
    value = generate_value(spec)
    rewrite = _opened(repository, spot, new=False)
    rewrite.put(spot.route, value, spot.document)
    rewrite.write(must=(spot,))
    ui.info(f"renewed {spot} (<generate:{spec}>)")
    for workload in restarts(repository, name, spot):
        ui.info(f"after sealkit deploy restart: {workload}")


def _target(places: NamedValues, name: str, file: str | None) -> tuple[Location, bool]:
    """Where a value is or will be: the leaf, and whether it is new."""
    from sealkit.operations.named_values import Location, whole
    from sealkit.yamlspan.route import Route

    if file is None and places.is_file(name):
        raise UsageError(f"{name} is a file", hint=f"sealkit edit {name}, or name a value: sealkit set NAME {name}")
    path = places.repository.config.relative(Path(file)) if file is not None else None
    try:
        if path is None or path in places.files:
            return places.find(name, file), False
    except UsageError as error:
        if path is None or places.has(name, path):
            raise UsageError(
                error.message, hint=f"{error.hint}; a new value needs its file: sealkit set {name} FILE"
            ) from None
    if (places.repository.root / path).exists() and path not in places.files:
        raise UsageError(f"{path}: is not sealed", hint=f"sealkit seal {path}")
    route = Route.parse(name)
    if not len(route):
        raise UsageError(f"{name}: not the name of a value", hint="database.password, or a route: .data.key")
    if whole(path):
        raise UsageError(f"{path}: holds one value and has no names", hint=f"sealkit edit {path}")
    return Location(path, route, _document(places, path) if path in places.files else 0), True


def _document(places: NamedValues, path: str) -> int:
    """The document of a file that a new value goes to: the last one of named values, else the first."""
    numbers = [spot.document for spots in places.names.values() for spot in spots if spot.path == path]
    return max(numbers, default=0)


def _opened(repository: Repository, spot: Location, *, new: bool) -> SealedEdit:
    from sealkit.operations.sealed_edit import SealedEdit

    rewrite = SealedEdit(repository, spot.path)
    if not new and rewrite.before is None:
        raise SealkitError(f"{spot.path}: no such file")
    return rewrite


def _given(name: str) -> str:
    """The value from a pipe or the prompt. Raises RefusedError for none."""
    from sealkit.operations.answers import prompt
    from sealkit.source import files

    if ui.at_terminal():
        return prompt(f"new value of {name}")
    text = files.decode(sys.stdin.buffer.read(), "standard input")
    if text.count("\n") == 1 and text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    if not text:
        raise RefusedError("standard input is empty; nothing was written", hint=f"to take it out: sealkit unset {name}")
    return text


def _typed(rewrite: SealedEdit, spot: Location, text: str) -> Scalar:
    """The text, or the number or truth value that it is where it replaces one."""
    from sealkit.yamlspan.scalars import Dialect, resolve

    if rewrite.opened is None:
        return text
    for item, value in zip(rewrite.opened.parsed.items, rewrite.opened.values, strict=True):
        if (item.document, item.route) == (spot.document, spot.route) and not item.comment:
            kind = getattr(value, "kind", type(value))
            read = resolve(text, Dialect.SOPS)
            if kind in {int, float, bool} and (type(read) is kind or (kind is float and type(read) is int)):
                return read
    return text
