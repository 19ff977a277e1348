"""Read a file that must be a regular one: a pipe, a device or a socket in its place never blocks, it is an error at once.

A hook imports this: see `sealkit.source.git_child` for what that forbids.
"""

from __future__ import annotations

import os

_BLOCK = 1 << 20
_KINDS = {0o010000: "a named pipe", 0o020000: "a device", 0o060000: "a device", 0o140000: "a socket"}
"""What `stat.S_IFMT` gives for what is neither a file, nor a folder, nor a link."""


class SpecialFileError(OSError):
    """A pipe, a device or a socket stands where a file should; `strerror` says which."""


def special(mode: int) -> str:
    """What a mode stands for, as a noun: "a named pipe", "a device", "a socket"; empty for a file, a folder and a link."""
    return _KINDS.get(mode & 0o170000, "")


def read(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file; links are followed. Raises OSError, SpecialFileError for what is no regular file."""
    _require(os.stat(path).st_mode, path)  # to open a device may do something
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    try:
        status = os.fstat(handle)
        _require(status.st_mode, path)
        parts = []
        while part := os.read(handle, max(_BLOCK, status.st_size + 1)):
            parts.append(part)
        return b"".join(parts)
    finally:
        os.close(handle)


def _require(mode: int, path: str | os.PathLike[str]) -> None:
    if kind := special(mode):
        raise SpecialFileError(0, f"is {kind}, not a file", os.fspath(path))
