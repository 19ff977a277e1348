"""Prompts on the terminal: always on `/dev/tty`, never on standard input, which may be data."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sealkit.errors import NoIdentityError
from sealkit.printable import one_line

_TTY = Path("/dev/tty")


def has_terminal() -> bool:
    """Whether this process has a terminal."""
    try:
        os.close(os.open(_TTY, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def ask_secret(question: str, source: str) -> str:
    """Ask for a passphrase or PIN, without echo. Raises NoIdentityError if there is no terminal or no answer.

    `source` is what messages call the key.
    """
    import getpass

    require_terminal(source)
    try:
        return getpass.getpass(f"{one_line(question)}: ")
    except (EOFError, OSError):
        raise NoIdentityError(f"{source}: no passphrase was given") from None


def ask(question: str, source: str) -> str:
    """Ask a question, with echo (a name, a number, yes or no). Raises NoIdentityError if there is no terminal or no answer."""
    require_terminal(source)
    try:
        with _TTY.open("r+b", buffering=0) as tty:
            tty.write(f"{one_line(question)}: ".encode())
            return tty.readline().decode("utf-8", "replace").strip()
    except OSError:
        raise NoIdentityError(f"{source}: no answer was given") from None


def require_terminal(source: str) -> None:
    """Raises NoIdentityError, with the source in its message, if there is no terminal."""
    if not has_terminal():
        raise NoIdentityError(
            f"{source}: needs a passphrase or an answer, and there is no terminal",
            hint="run it in a terminal, or use an identity without a passphrase: SOPS_AGE_KEY_FILE=FILE",
        )


def show(text: str) -> None:
    """Show a message, such as "touch the key now", if there is a terminal."""
    with suppress(OSError), _TTY.open("wb", buffering=0) as tty:
        tty.write(f"{one_line(text)}\n".encode())
