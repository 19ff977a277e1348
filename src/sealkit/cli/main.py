"""The entry point. Hook calls are answered before typer is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line on `sys.argv`; the exit code is the process's."""
    from sealkit.cli.app import run

    return run(sys.argv[1:])
