"""Asking the person at the terminal: always `/dev/tty`, never standard input, which may be data."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sealkit.errors import NoIdentityError
from sealkit.printable import one_line

_TTY = Path("/dev/tty")


def present() -> bool:
    """Whether this process has a terminal to ask on."""
    try:
        os.close(os.open(_TTY, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def passphrase(question: str, source: str) -> str:
    """What the person types, not echoed. Raises NoIdentityError, naming the source, without a terminal or an answer."""
    import getpass

    require(source)
    try:
        return getpass.getpass(f"{one_line(question)}: ")
    except (EOFError, OSError):
        raise NoIdentityError(f"{source}: no passphrase was given") from None


def answer(question: str, source: str) -> str:
    """What the person types, echoed (a name, a number, yes or no). Raises NoIdentityError without a terminal."""
    require(source)
    try:
        with _TTY.open("r+b", buffering=0) as tty:
            tty.write(f"{one_line(question)}: ".encode())
            return tty.readline().decode("utf-8", "replace").strip()
    except OSError:
        raise NoIdentityError(f"{source}: no answer was given") from None


def require(source: str) -> None:
    """Raises NoIdentityError, naming the source, where nobody can be asked."""
    if not present():
        raise NoIdentityError(
            f"{source}: needs a passphrase or an answer, and there is no terminal to ask on",
            hint="run it in a terminal, or use an identity that needs none, e.g. SOPS_AGE_KEY_FILE",
        )


def tell(text: str) -> None:
    """Show what a plugin says (touch the key now), where somebody is there to see it."""
    with suppress(OSError), _TTY.open("wb", buffering=0) as tty:
        tty.write(f"{one_line(text)}\n".encode())
