"""One table says which module has which command; a run imports that module alone."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from sealkit.cli.app import COMMANDS, build


def registered(command: str = "") -> set[str]:
    return set(typer.main.get_command(build(command)).commands)  # type: ignore[attr-defined]


def test_the_table_is_whole() -> None:
    assert registered() == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_module_of_a_command_registers_it(command: str) -> None:
    assert command in registered(command)


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
