"""What sealkit says to a person: on standard error, one line each, control characters made visible."""

from __future__ import annotations

import sys

from sealkit.printable import printable


def error(message: str, hint: str | None = None) -> None:
    """`sealkit: error: …`, and the hint on a line of its own."""
    print(f"sealkit: error: {printable(message)}", file=sys.stderr)
    if hint:
        say_hint(hint)


def warning(message: str, hint: str | None = None) -> None:
    """`sealkit: warning: …`."""
    print(f"sealkit: warning: {printable(message)}", file=sys.stderr)
    if hint:
        say_hint(hint)


def say_hint(text: str) -> None:
    """`sealkit: hint: …`."""
    print(f"sealkit: hint: {printable(text)}", file=sys.stderr)


def info(message: str) -> None:
    """Progress and summaries, on standard error: standard output is the result only."""
    print(printable(message), file=sys.stderr)


def at_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Ask on the terminal; False without one (a pipe never says yes)."""
    if not at_terminal():
        return False
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
