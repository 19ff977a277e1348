"""Standard streams as a shell may leave them: closed, full, gone. What the system refuses is one line and no traceback."""

from __future__ import annotations

import errno
import os
import sys

_STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
_HINTS = {
    errno.ENOSPC: "make room and run it again",
    errno.EDQUOT: "make room and run it again",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "whose is it? ls -ld",
    errno.EPERM: "whose is it? ls -ld",
}


def whole() -> None:
    """Open a closed stream on nothing: the next file that is opened would take its number, and get what is meant for it.

    What was to be written to a closed standard output is lost, so writing to it stays an error.
    """
    for number, (name, flags, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def refused(error: OSError) -> int:
    """Say what the system refused and no command expected; the exit code. Without a file it was standard output."""
    from sealkit.cli import ui

    reason = (error.strerror or str(error)).lower()
    try:  # noqa: SIM105 - every run imports this, and contextlib costs it 0.5 ms
        ui.error(f"{error.filename or 'standard output'}: {reason}", _HINTS.get(error.errno or 0))
    except OSError:
        pass  # standard error is gone, too
    # what is buffered would be written, and refused, once more at exit
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 2
