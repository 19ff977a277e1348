"""Hold README's command list against `--help`: every command is there, and every option named there exists."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import typer

from sealkit.cli.app import build
from sealkit.cli.command_list import SUMMARIES

README = Path(__file__).parent.parent / "README.md"


def commands() -> dict[str, set[str]]:
    """Every visible command (`hook install` for one in a group) and its options."""
    found: dict[str, set[str]] = {}

    def walk(command: object, name: str) -> None:
        children = getattr(command, "commands", None)
        if children:
            for child, inner in children.items():
                walk(inner, f"{name} {child}")
        elif not getattr(command, "hidden", False):
            params = command.params  # type: ignore[attr-defined]
            found[name] = {
                opt for param in params for opt in [*param.opts, *param.secondary_opts] if opt.startswith("-")
            }

    for name in SUMMARIES:
        walk(typer.main.get_command(build(name)).commands[name], name)  # type: ignore[attr-defined]
    return found


def listed(text: str) -> dict[str, set[str]]:
    """The commands of the README's list and the options that it names for each."""
    block = re.search(r"## Commands\n.*?```text\n(.*?)```", text, re.DOTALL)
    if block is None:
        sys.exit("README.md: no command list (a ```text block below '## Commands')")
    found: dict[str, set[str]] = {}
    name = ""
    for line in block[1].splitlines():
        usage = re.split(r"\s{3,}", line.strip())[0]
        if line.startswith("sealkit "):
            words = re.match(r"sealkit ((?:[a-z]+ )*[a-z]+)", usage)
            name = words[1] if words else usage
        found.setdefault(name, set()).update(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", usage))
    return found


def main() -> int:
    """Print what differs; 1 if anything does."""
    real, shown = commands(), listed(README.read_text())
    problems = [f"README.md does not list: sealkit {name}" for name in sorted(real.keys() - shown.keys())]
    problems += [
        f"README.md lists a command that does not exist: sealkit {name}" for name in sorted(shown.keys() - real.keys())
    ]
    for name in sorted(real.keys() & shown.keys()):
        problems += [f"README.md: sealkit {name} has no option {opt}" for opt in sorted(shown[name] - real[name])]
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
