"""The typer application with the module of the command that is run; here an error becomes a line and an exit code."""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import typer

# typer 0.28 carries its own click; the version is pinned below 0.29
from typer._click import exceptions as click

from sealkit import __version__
from sealkit.cli import ui
from sealkit.cli.command_list import SUMMARIES
from sealkit.errors import Exit, SealkitError
from sealkit.printable import sentence

SET_UP_COMMANDS = frozenset({"init", "bootstrap", "doctor", "hook", "merge-driver", "textconv"})
"""Commands that set a clone up, tell by themselves what it lacks, or are called by git."""
SCANNERS = frozenset({"scan", "audit", "allow", "report", "rule"})
"""Commands that need nothing of a clone: a job of CI runs them in a fresh one."""


def build(command: str = "") -> typer.Typer:
    """The application with the module of one command, so that a run pays only for what it uses. Where it is none that is known
    (help, completion of a name, a typo), with the names of all and their summaries."""
    app = typer.Typer(
        name="sealkit",
        help="Publish Kubernetes manifests, keep their secrets in SOPS files, and merge both in memory at deploy time.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    if command in SUMMARIES:
        importlib.import_module(f"sealkit.cli.commands.{command.replace('-', '_')}").register(app)  # noqa: TID251 - within cli there is no wall
        return app
    for name, summary in SUMMARIES.items():
        app.command(name, help=summary, hidden=not summary)(_only_listed)
    return app


def _only_listed() -> None:
    raise SealkitError("the command comes first, then its options", hint="sealkit --help")


def _command_of(args: Sequence[str], environ: Mapping[str, str]) -> str:
    """The command in the arguments; of a line that a shell wants to complete, in what was typed so far."""
    if "_SEALKIT_COMPLETE" in environ:
        args = environ.get("COMP_WORDS", environ.get("_TYPER_COMPLETE_ARGS", "")).split()[1:]
    return next((word for word in args[:2] if word != "--"), "")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sealkit {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Publish Kubernetes manifests, keep their secrets in SOPS files, and merge both in memory at deploy time."""


def spelled(args: Sequence[str]) -> list[str]:
    """`--reveal` is a flag that may carry `=terminal`, which no option of typer can be: it becomes a flag of its own. What
    follows `--` belongs to a child and is left as it is."""
    end = args.index("--") if "--" in args else len(args)
    return [*("--reveal-terminal" if arg == "--reveal=terminal" else arg for arg in args[:end]), *args[end:]]


def _advise(args: Sequence[str]) -> None:
    """Say first what this clone lacks, so that what the command says is read last."""
    asks = bool({"-h", "--help", "--staged"} & {*args})  # a hook manager runs `scan --staged`
    if args and args[0] in SUMMARIES and args[0] not in SET_UP_COMMANDS | SCANNERS and not asks:
        from sealkit.operations.git_driver_check import warn_not_configured

        with suppress(SealkitError, OSError):
            warn_not_configured(Path.cwd(), ui.TerminalEvents())


def run(args: Sequence[str]) -> int:
    """Run one command; its exit code (design, section 6). No input of a user's ends in a traceback."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _advise(args)
        app = build(_command_of(args, os.environ))
        result = typer.main.get_command(app).main(spelled(args), prog_name="sealkit", standalone_mode=False)
        sys.stdout.flush()
        if result == Exit.INTERRUPTED:  # typer took the Ctrl-C
            ui.error("interrupted")
        return int(result) if isinstance(result, int) else Exit.OK
    except SealkitError as error:
        ui.error(error.message, error.hint)
        return error.exit_code
    except typer.Abort:
        ui.error("interrupted")
        return Exit.INTERRUPTED
    except click.NoArgsIsHelpError:
        return Exit.OK  # typer has printed the help
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        ui.error(sentence(error.format_message()), f"{context.command_path} --help" if context else "sealkit --help")
        return Exit.FAILED
    except KeyboardInterrupt:
        ui.error("interrupted")
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # the reader went away (`| head`); python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
