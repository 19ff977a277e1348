"""Standard streams that the shell left closed, and errors of the operating system: one line and no traceback."""

from __future__ import annotations

import errno
import os
import sys

_STREAMS = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
_HINTS = {
    errno.ENOSPC: "make room and run it again",
    errno.EDQUOT: "make room and run it again",
    errno.EROFS: "the file system is mounted read-only",
    errno.EACCES: "check its owner: ls -ld",
    errno.EPERM: "check its owner: ls -ld",
}


def reopen_closed() -> None:
    """Open each closed stream on /dev/null. Otherwise the next file that is opened would take its number, and get what is meant
    for the stream. Writing to a closed standard output stays an error, because its output would be lost.
    """
    for number, (name, flags, mode) in enumerate(_STREAMS):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False))  # noqa: SIM115


def report_os_error(error: OSError) -> int:
    """Report an OSError that no command expected; the exit code. An error without a file name is that of standard output."""
    from sealkit.cli import ui

    reason = (error.strerror or str(error)).lower()
    try:  # noqa: SIM105 - every run imports this, and contextlib costs it 0.5 ms
        ui.error(f"{error.filename or 'standard output'}: {reason}", _HINTS.get(error.errno or 0))
    except OSError:
        pass  # standard error is gone, too
    # Python would write the buffers again at exit, and fail again
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 2
