"""One table lists the commands; a run imports the module of its command alone, help and completion none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer._click.core import Command

from sealkit.cli.app import build, run
from sealkit.cli.command_list import SUMMARIES
from sealkit.errors import SealkitError

MODULES = {path.stem for path in (Path(__file__).parents[2] / "src/sealkit/cli/commands").glob("[a-z]*.py")}


def registered(command: str = "") -> dict[str, Command]:
    return typer.main.get_command(build(command)).commands  # type: ignore[attr-defined, no-any-return]


def test_the_table_is_whole() -> None:
    assert {name.replace("-", "_") for name in SUMMARIES} == MODULES
    assert list(registered()) == list(SUMMARIES)


@pytest.mark.parametrize("command", SUMMARIES)
def test_a_command_is_listed_as_its_own_help_says(command: str) -> None:
    help_text = (registered(command)[command].help or "").partition("\n\n")[0]
    summary = "" if registered(command)[command].hidden else " ".join(help_text.split())
    assert SUMMARIES[command] == summary


def test_what_is_only_listed_never_runs() -> None:
    with pytest.raises(SealkitError, match="the command comes first"):
        registered()["get"].callback()  # type: ignore[misc]


@pytest.mark.parametrize("args", [["rule"], ["--", "rule"]])
def test_options_of_the_program_may_end(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(args) == 0
    assert "SK101" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("sealkit re", ["renew", "recipients", "review", "render", "rehearse", "report"]),
        ("sealkit ", [name for name, summary in SUMMARIES.items() if summary]),
        ("sealkit recipients ", ["list", "add", "remove", "sync"]),
        ("sealkit render --reveal", ["--reveal"]),
    ],
)
def test_a_shell_completes(line: str, shown: list[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_SEALKIT_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [Path(sys.executable).parent / "sealkit"],
        env={**os.environ, **words},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [word for word in done.stdout.split() if not word.startswith("--reveal-")] == shown


@pytest.mark.parametrize("args", [[], ["--help"], ["recipients"]])
def test_help_is_printed_once(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(args) == 0
    assert capsys.readouterr().out.count("Usage:") == 1


def test_a_run_imports_what_it_uses() -> None:
    code = "import sys; from sealkit.cli.app import run; run(['get', '--help']); print('SEEN', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seen = done.stdout.partition("SEEN ")[2].split()
    assert "sealkit.cli.commands.get" in seen
    assert not {name for name in seen if name.startswith(("sealkit.cli.commands.deploy", "sealkit.scan", "kubernetes"))}


def test_a_typo_names_what_is_near() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sealkit.cli.main", "rendr"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "sealkit: error:" in done.stderr
    assert "render" in done.stderr
