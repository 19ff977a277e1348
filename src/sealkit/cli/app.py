"""The typer application: one command group per file, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

# typer 0.28 carries its own click; the version is pinned below 0.29
from typer._click import exceptions as click

from sealkit import __version__
from sealkit.cli import (
    deploying,
    doctoring,
    editing,
    exampling,
    getting,
    gitting,
    hooking,
    merging,
    moving,
    recipients,
    rehearsing,
    renaming,
    rendering,
    say,
    scanning,
    sealing,
    splitting,
    starting,
    trust,
    values,
)
from sealkit.errors import Exit, SealkitError

app = typer.Typer(
    name="sealkit",
    help="Open your Kubernetes house without giving away the keys.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# every group registers its commands on the app
GROUPS = (
    starting, moving, doctoring, splitting, sealing, editing, getting, values, renaming, recipients, trust, merging, exampling,
    rendering, deploying, rehearsing, scanning, hooking, gitting,
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sealkit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Open your Kubernetes house without giving away the keys."""


for group in GROUPS:
    group.register(app)


def spelled(args: Sequence[str]) -> list[str]:
    """`--reveal` is a flag that may carry `=terminal`, which no option of typer can be: it becomes a flag of its own. What
    follows `--` belongs to a child and is left as it is."""
    end = args.index("--") if "--" in args else len(args)
    return [*("--reveal-terminal" if arg == "--reveal=terminal" else arg for arg in args[:end]), *args[end:]]


def run(args: Sequence[str]) -> int:
    """Run one command; its exit code (design, section 6). No input of a user's ends in a traceback."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        result = typer.main.get_command(app).main(spelled(args), prog_name="sealkit", standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else Exit.OK
    except SealkitError as error:
        say.error(error.message, error.hint)
        return error.exit_code
    except typer.Abort:
        say.error("interrupted")
        return Exit.INTERRUPTED
    except click.NoArgsIsHelpError as error:
        typer.echo(error.ctx.get_help() if error.ctx else "")
        return Exit.OK
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        say.error(
            say.sentence(error.format_message()), f"{context.command_path} --help" if context else "sealkit --help"
        )
        return Exit.FAILED
    except KeyboardInterrupt:
        say.error("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # the reader went away (`| head`); python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
