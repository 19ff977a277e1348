"""The terminal: messages on standard error, one line each, questions, and the result on standard output."""

from __future__ import annotations

import os
import sys

from sealkit.errors import RefusedError
from sealkit.operations.events import Events
from sealkit.printable import printable


def error(message: str, hint: str | None = None) -> None:
    """`sealkit: error: …`, and the hint on a line of its own."""
    _say("error: " + message)
    if hint:
        show_hint(hint)


def warning(message: str, hint: str | None = None) -> None:
    """`sealkit: warning: …`, and the hint on a line of its own."""
    _say("warning: " + message)
    if hint:
        show_hint(hint)


def show_hint(text: str) -> None:
    """`sealkit: hint: …`."""
    _say("hint: " + text)


def info(message: str) -> None:
    """Progress and summaries: on standard error, because standard output is the result only."""
    print(printable(message), file=sys.stderr)


def write(text: str) -> None:
    """The result, on standard output, as it is."""
    sys.stdout.write(text)
    sys.stdout.flush()


def write_lines(*lines: str) -> None:
    """The result in lines; text from outside cannot draw on the terminal."""
    write("".join(f"{printable(line)}\n" for line in lines))


class TerminalEvents(Events):
    """Tells on standard error, and asks where standard input is a terminal."""

    @property
    def interactive(self) -> bool:
        """Whether standard input is a terminal."""
        return sys.stdin.isatty()

    def progress(self, message: str) -> None:
        """A line on standard error."""
        info(message)

    def warning(self, message: str, hint: str | None = None) -> None:
        """A warning on standard error."""
        warning(message, hint)

    def hint(self, text: str) -> None:
        """A hint on standard error."""
        show_hint(text)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask on the terminal; False without one (a pipe never says yes)."""
        if not self.interactive:
            return False
        choices = "[Y/n]" if default else "[y/N]"
        print(f"{printable(question)} {choices} ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip().lower()
        return answer in {"y", "yes"} or (default and bool(line) and not answer)

    def ask_secret(self, what: str) -> str:
        """A value that is typed without echo. Raises RefusedError for an empty one, or without a terminal."""
        if not self.interactive:
            return super().ask_secret(what)
        import getpass  # imports termios and more, for the few runs that ask

        try:
            value = getpass.getpass(f"{printable(what)}: ", stream=sys.stderr)
        except EOFError:
            raise RefusedError("no answer; nothing was written") from None
        if not value:
            raise RefusedError("an empty answer; nothing was written", hint="run it again")
        return value


def require_may_reveal(*, terminal: bool = False) -> None:
    """Raises RefusedError where true values must not be printed: SEALKIT_NO_REVEAL is set, or standard output is a terminal and
    `terminal` (`--reveal=terminal`) does not allow it."""
    if os.environ.get("SEALKIT_NO_REVEAL", "") not in {"", "0"}:
        raise RefusedError("SEALKIT_NO_REVEAL is set: true values are not printed here")
    if sys.stdout.isatty() and not terminal:
        raise RefusedError(
            "true values are not printed to a terminal",
            hint="pipe them to where they are needed, or use --reveal=terminal",
        )


def _say(text: str) -> None:
    print(f"sealkit: {printable(text)}", file=sys.stderr)
