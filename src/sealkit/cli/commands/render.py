"""`render`: print a target, merged in memory, with values masked."""

from __future__ import annotations

from enum import StrEnum

import typer

from sealkit.cli import ui
from sealkit.cli.options import TARGET
from sealkit.errors import UsageError
from sealkit.model.objects import Manifest
from sealkit.operations.render_stand_ins import render_stand_ins
from sealkit.operations.select_objects import select
from sealkit.overlay import emit
from sealkit.overlay.render import Rendered
from sealkit.source.config import Config, load_config
from sealkit.source.read_once import work_tree


class Output(StrEnum):
    """What is printed."""

    YAML = "yaml"
    JSON = "json"
    NAME = "name"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("render")(run)


def run(
    target: str = TARGET,
    output: Output = typer.Option(Output.YAML, "-o", "--output", help="The output format; json is one v1 List, as in kubectl."),
    placeholders: bool = typer.Option(False, "--placeholders", help="Print placeholders instead of values. Needs no key."),
    stand_ins: bool = typer.Option(False, "--stand-ins", help="Print made-up values of the same type and length. Needs no key."),
    reveal: bool = typer.Option(
        False, "--reveal", help="Print the values to a pipe; --reveal=terminal also prints to a terminal."
    ),
    reveal_terminal: bool = typer.Option(False, "--reveal-terminal", hidden=True),
    namespace: str = typer.Option("", "-n", "--namespace", help="Only objects in this namespace.", show_default=False),
    selector: str = typer.Option("", "-l", "--selector", help="Only objects with these labels: a=b,c!=d,e,!f.",
                                 show_default=False),
) -> None:  # fmt: skip
    """Merge the public and private files of a target in memory and print the result, with sealed values masked."""
    reveal = reveal or reveal_terminal
    if placeholders + stand_ins + reveal > 1:
        raise UsageError("--placeholders, --stand-ins and --reveal exclude each other", hint="choose one")
    if reveal:
        ui.require_may_reveal(terminal=reveal_terminal)
    events, config = ui.TerminalEvents(), load_config()
    if placeholders or stand_ins:
        rendered = render_stand_ins(config, work_tree(config), events, target)
    else:
        rendered = _render_with_keys(config, events, target, reveal=reveal)
    selected = select(rendered.manifests, config.target(target), namespace, selector)
    if rendered.manifests and not selected:
        events.warning(f"none of the {len(rendered.manifests)} objects of this target is selected")
    show = emit.Show.PLACEHOLDERS if placeholders else emit.Show.VALUES if stand_ins or reveal else emit.Show.MASK
    ui.write(_text(selected, output, show))


def _render_with_keys(config: Config, events: ui.TerminalEvents, target: str | None, *, reveal: bool) -> Rendered:
    # the wall: without keys the code that could use one is not even imported
    from sealkit.operations.render import render, render_masked
    from sealkit.operations.repository import Repository

    return (render if reveal else render_masked)(Repository(config), events, target)


def _text(manifests: list[Manifest], output: Output, show: emit.Show) -> str:
    if output is Output.NAME:
        return emit.names(manifests)
    return emit.as_json(manifests, show) if output is Output.JSON else emit.yaml(manifests, show)
