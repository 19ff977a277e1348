"""`seal` and `rotate`: whole files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.printable import printable
from sealkit.source import filenames, files, git
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("seal")(seal)
    app.command("rotate")(rotate)


def seal(
    paths: list[Path] = typer.Argument(
        None, metavar="FILE...", help="Files in plain text, sealed in place; with --check, files or folders (default: all).",
        show_default=False,
    ),
    check: bool = typer.Option(False, "--check", help="Write nothing, need no key; exit 1 for what is not sealed."),
) -> None:  # fmt: skip
    """Seal files as .sops.yaml says, in place, and sign them."""
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    if check:
        _check(repository, paths or [])
        return
    if not paths:
        raise UsageError("nothing to seal", hint="sealkit seal FILE...")
    before: dict[str, bytes | None] = {}
    texts: dict[str, str] = {}
    for path in dict.fromkeys(repository.config.relative(given) for given in paths):
        data, text = _text(repository, path)
        if text is not None:
            before[path], texts[path] = data, text
    if not texts:
        ui.info("nothing to seal")
        return
    repository.write_sealed(texts, before=before)
    for path in texts:
        ui.info(f"sealed {path}")
        if where := _known_to_git(repository, path):
            ui.warning(
                f"{path}: its plain text stands in the {where} of git",
                "whoever has this repository may have its values: renew them at their source",
            )


def _text(repository: Repository, path: str) -> tuple[bytes, str | None]:
    """The bytes of a file and its sealed text; None where it is sealed already. Raises SealkitError."""
    from sealkit.operations.sealed_edit import regular, text_of
    from sealkit.sealed.detect import is_sealed
    from sealkit.sops.encrypt import seal as sealing

    full = repository.root / path
    regular(repository, path)
    data = files.read(full, path)
    if is_sealed(data):
        ui.info(f"{path}: is sealed already")
        return data, None
    if not data.strip():
        raise SealkitError(f"{path}: is empty", hint=f"write it sealed from the start: sealkit edit {path}")
    if path in {filenames.POLICY, filenames.LEDGER, filenames.CONFIG}:
        raise UsageError(f"{path}: belongs to the house and stays open")
    return data, sealing(path, text_of(path, data), repository.rule_for(path), repository.keyring)


def _check(repository: Repository, paths: list[Path]) -> None:
    """The census of these files or folders, or of everything, one line for each finding on standard output."""
    from sealkit.model.finding import Severity
    from sealkit.sealed.census import survey

    tree, wanted = repository.tree, None
    if paths:
        below = [repository.config.relative(path) for path in paths]
        wanted = [path for path in tree.paths() if any(inside(path, folder) for folder in below)]
        for path, given in zip(below, paths, strict=True):
            if not (repository.root / path).exists():
                raise SealkitError(f"{given}: no such file or folder", hint="check the path")
    found = survey(tree, repository.policy, wanted)
    for one in found:
        where = f"{one.place} {one.route}".rstrip()
        typer.echo(printable(f"{where}: {one.rule} {one.message}"))
    errors = [one for one in found if one.severity is Severity.ERROR]
    if not found:
        ui.info("every file is sealed as it should be")
    if errors:
        raise RefusedError(f"{len(errors)} {'thing is' if len(errors) == 1 else 'things are'} not sealed as they should be",
                           hint=errors[0].hint)  # fmt: skip


def _known_to_git(repository: Repository, path: str) -> str:
    spec = f":(top,literal){path}"
    if git.run(["ls-files", "-z", "--", spec], repository.root):
        return "index"
    found = git.run(["log", "--all", "-n1", "--format=%h", "--", spec], repository.root, check=False)
    return "history" if found else ""


def rotate(
    paths: list[Path] = typer.Argument(None, metavar="[FILE]...", help="Sealed files; default: all.", show_default=False),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say which files, and write nothing."),
) -> None:  # fmt: skip
    """Give every sealed file a new data key, for the recipients it has, as `sops rotate` does.

    Values stay what they are: to change a value at its source as well, see `renew` and `set`.
    """
    from sealkit.operations import reseal
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    sealed = reseal.everything(repository)
    if paths:
        wanted = [repository.config.relative(path) for path in paths]
        if unknown := [path for path in wanted if path not in sealed]:
            if not (repository.root / unknown[0]).exists():
                raise UsageError(f"{unknown[0]}: no such file", hint="check the path")
            raise UsageError(f"{unknown[0]}: not a sealed file", hint=f"sealkit seal {unknown[0]}")
        sealed = {path: sealed[path] for path in wanted}
    if not sealed:
        ui.info("nothing is sealed here")
        return
    repository.warn_waiting(list(sealed))
    texts = reseal.rewrapped(repository, sealed, {}, sealed)
    if not dry_run:
        repository.write_sealed(texts, before=dict(sealed))
    for path in texts:
        ui.info(f"{'would get' if dry_run else 'has'} a new data key: {path}")
