"""What sealkit says to a person: on standard error, one line each, control characters made visible."""

from __future__ import annotations

import re
import sys

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """Text from outside without control and direction characters, so that it cannot draw on the terminal."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def sentence(text: str) -> str:
    """A foreign message in our form: one line, lower case at the start, no full stop."""
    line = " ".join(text.split()).rstrip(".")
    return line[:1].lower() + line[1:] if line[1:2].islower() else line


def error(message: str, hint: str | None = None) -> None:
    """`sealkit: error: …`, and the hint on a line of its own."""
    print(f"sealkit: error: {clean(message)}", file=sys.stderr)
    if hint:
        say_hint(hint)


def warning(message: str, hint: str | None = None) -> None:
    """`sealkit: warning: …`."""
    print(f"sealkit: warning: {clean(message)}", file=sys.stderr)
    if hint:
        say_hint(hint)


def say_hint(text: str) -> None:
    """`sealkit: hint: …`."""
    print(f"sealkit: hint: {clean(text)}", file=sys.stderr)


def info(message: str) -> None:
    """Progress and summaries, on standard error: standard output is the result only."""
    print(clean(message), file=sys.stderr)


def at_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def confirm(question: str) -> bool:
    """Ask on the terminal; False without one (a pipe never says yes)."""
    if not at_terminal():
        return False
    print(f"{clean(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
