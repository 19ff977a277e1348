"""`render`: both halves of a target, merged in memory and printed masked."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from sealkit.model.objects import Manifest
    from sealkit.operations.repository import Repository
    from sealkit.overlay.emit import Show
    from sealkit.overlay.render import Rendered
    from sealkit.source.config import Target


class Output(StrEnum):
    """What is printed."""

    YAML = "yaml"
    JSON = "json"
    NAME = "name"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("render")(render)


def render(
    target: str = typer.Argument(
        None, metavar="[TARGET]", help="A target of sealkit.yaml; not needed where there is one.", show_default=False
    ),
    output: Output = typer.Option(Output.YAML, "-o", "--output", help="json is one v1 List, as kubectl prints."),
    placeholders: bool = typer.Option(False, "--placeholders", help="Print the placeholders. Needs no key."),
    stand_ins: bool = typer.Option(False, "--stand-ins", help="Print made-up values of type and length. Needs no key."),
    reveal: bool = typer.Option(
        False, "--reveal", help="Print the true values; not to a terminal, unless as --reveal=terminal."
    ),
    reveal_terminal: bool = typer.Option(False, "--reveal-terminal", hidden=True),
    namespace: str = typer.Option("", "-n", "--namespace", help="Only the objects of this namespace.", show_default=False),
    selector: str = typer.Option("", "-l", "--selector", help="Only objects with these labels: a=b,c!=d,e,!f.",
                                 show_default=False),
) -> None:  # fmt: skip
    """Merge and resolve a target in memory, and print it with every sealed value masked."""
    from sealkit.overlay import emit

    if placeholders + stand_ins + (reveal or reveal_terminal) > 1:
        raise UsageError("--placeholders, --stand-ins and --reveal exclude each other", hint="choose one")
    show = emit.Show.MASK
    if placeholders:
        show = emit.Show.PLACEHOLDERS
    elif stand_ins or reveal or reveal_terminal:
        show = emit.Show.VALUES
    if reveal or reveal_terminal:
        may_reveal(terminal=reveal_terminal)
    from sealkit.operations.repository import Repository

    rendered, found = prepare(Repository.open(), target, keyless=placeholders or stand_ins)
    chosen = [m for m in rendered.manifests if _wanted(m, namespace, found.namespace, selector)]
    if rendered.manifests and not chosen:
        ui.warning(f"none of the {len(rendered.manifests)} objects of this target is selected")
    sys.stdout.write(_text(chosen, output, show))


def may_reveal(*, terminal: bool = False) -> None:
    """Raises RefusedError where true values must not be printed: SEALKIT_NO_REVEAL is set, or it would be to a terminal."""
    if os.environ.get("SEALKIT_NO_REVEAL", "") not in {"", "0"}:
        raise RefusedError("SEALKIT_NO_REVEAL is set: true values are not printed here")
    if sys.stdout.isatty() and not terminal:
        raise RefusedError(
            "true values are not printed to a terminal", hint="pipe it to where it is needed, or say --reveal=terminal"
        )


def prepare(repository: Repository, name: str | None, *, keyless: bool) -> tuple[Rendered, Target]:
    """A target by name, rendered in memory; approved, unless no key is used. Says what is not as it should be.

    The tree of a session reads each file once: what is judged is what was opened. Raises SealkitError.
    """
    from sealkit.ledger.unapproved import Observed
    from sealkit.overlay.render import render as rendering
    from sealkit.overlay.stand_ins import StandInOpener

    target = repository.config.target(name)
    opener = StandInOpener() if keyless else repository.opener()
    rendered = rendering(repository.config, target, repository.tree, opener)
    report(rendered)
    if not keyless:
        read = {path: repository.tree.read(path) for path in rendered.files}
        repository.require_approved(Observed(places=rendered.places, reaches=rendered.reaches), read)
    return rendered, target


def report(rendered: Rendered) -> None:
    """Say aloud what is not as it should be, and what was not taken."""
    for warning in rendered.warnings:
        ui.warning(warning)
    if rendered.skipped:
        first, why = rendered.skipped[0]
        more = f", and {len(rendered.skipped) - 1} more" if len(rendered.skipped) > 1 else ""
        ui.warning(f"not rendered: {first} ({why}){more}")


def _wanted(manifest: Manifest, namespace: str, default: str, selector: str) -> bool:
    from sealkit.overlay.places import located

    if namespace and located(manifest.ref, default).namespace != namespace:
        return False
    metadata = manifest.body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return matches(selector, labels if isinstance(labels, dict) else {})


def matches(selector: str, labels: dict[str, object]) -> bool:
    """Whether labels satisfy a selector of the equality kind, as kubectl's `-l`. Raises UsageError."""
    for term in filter(None, (part.strip() for part in selector.split(","))):
        if any(mark in term for mark in "() "):
            raise UsageError(f"-l {term}: not understood", hint="write a=b, a!=b, a or !a, with commas between")
        key, unequal, value = term.partition("!=")
        if not unequal:
            key, equal, value = term.partition("=")
            value = value.removeprefix("=")
            if not equal:
                if (term.lstrip("!") in labels) == term.startswith("!"):
                    return False
                continue
        held = labels.get(key)
        if (held is not None and str(held) == value) == bool(unequal):
            return False
    return True


def _text(manifests: list[Manifest], output: Output, show: Show) -> str:
    from sealkit.overlay import emit

    if output is Output.NAME:
        return emit.names(manifests)
    return emit.as_json(manifests, show) if output is Output.JSON else emit.yaml(manifests, show)
