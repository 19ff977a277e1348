"""A git process over plain pipes, for what a hook asks git and for reading many objects.

`os.posix_spawn` and not `subprocess`: importing `subprocess` doubles the time that Python takes to start (measured), and a hook
does little more than start. For the same reason nothing else is imported here.
"""

from __future__ import annotations

import os

from sealkit.source.git_environ import SAFE_OPTIONS, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = 2 << 20
"""Bytes asked for at once. Measured: contents cut from large reads cost 10 us less for each object."""


class GitChildError(Exception):
    """Git is missing, said no, or ended early. The caller asks again in a way that says what is wrong, or says it itself."""


class GitChild:
    """`git ARGS` in `root` (default: the current folder). Its standard error is dropped."""

    def __init__(self, args: Sequence[str], root: str | os.PathLike[str] = ".", *, stdin: bool = False) -> None:
        """Start it. With `stdin` it reads what `send` writes, else what this process reads. Raises GitChildError where git is
        not installed."""
        output, child_output = os.pipe()
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [(os.POSIX_SPAWN_DUP2, child_output, 1)]
        child_input = input_ = -1
        if stdin:
            child_input, input_ = os.pipe()
            actions.append((os.POSIX_SPAWN_DUP2, child_input, 0))
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
        command = ["git", "-C", os.fspath(root), *SAFE_OPTIONS, *args]
        try:
            self._pid = os.posix_spawnp("git", command, environment(), file_actions=actions)
        except OSError as error:
            os.close(output)
            if stdin:
                os.close(input_)
            raise GitChildError from error
        finally:
            os.close(child_output)
            if stdin:
                os.close(child_input)
        self._output, self._input = output, input_
        self._buffer, self._at = b"", 0

    def send(self, data: bytes) -> None:
        """Write its whole standard input and close it. A thread writes, so that neither side waits for the other when both
        pipes are full."""
        from _thread import start_new_thread

        start_new_thread(_write, (self._input, data))
        self._input = -1

    def line(self) -> bytes:
        """The next line without its end. Raises GitChildError where there is none."""
        end = self._buffer.find(b"\n", self._at)
        while end < 0:
            self._fill(len(self._buffer) - self._at + 1)
            end = self._buffer.find(b"\n")
        line = self._buffer[self._at : end]
        self._at = end + 1
        return line

    def read(self, size: int) -> bytes:
        """Exactly this many bytes. Raises GitChildError where there are fewer."""
        self._fill(size)
        data = self._buffer[self._at : self._at + size]
        self._at += size
        return data

    def skip(self, size: int) -> None:
        """Read this many bytes and forget them. Raises GitChildError where there are fewer."""
        while size > 0:
            size -= len(self.read(min(size, _BLOCK)))

    def read_all(self) -> bytes:
        """Everything to the end."""
        parts = [self._buffer[self._at :]]
        while part := os.read(self._output, _BLOCK):
            parts.append(part)
        self._buffer, self._at = b"", 0
        return b"".join(parts)

    def close(self) -> int:
        """Its exit code, once it has ended. What it still writes is dropped: it is told so by a broken pipe."""
        for handle in (self._input, self._output):
            if handle >= 0:
                os.close(handle)
        self._input = self._output = -1
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _fill(self, size: int) -> None:
        """Have at least this many bytes in the buffer, and the next one at its start where it must grow."""
        have = len(self._buffer) - self._at
        if have >= size:
            return
        parts = [self._buffer[self._at :]]
        while have < size:
            part = os.read(self._output, max(_BLOCK, size - have))
            if not part:
                raise GitChildError
            parts.append(part)
            have += len(part)
        self._buffer, self._at = b"".join(parts), 0


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(handle, rest) :]
    except OSError:
        pass  # the child ended: its reader notices
    finally:
        os.close(handle)
