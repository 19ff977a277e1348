"""The one place that starts git: a process over plain pipes.

`os.posix_spawn` and not `subprocess`: importing `subprocess` doubles the time that Python takes to start (measured), and a hook
does little more than start. For the same reason little else is imported here.
"""

from __future__ import annotations

import os

from sealkit.source.git_environ import SAFE_OPTIONS, environment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BLOCK = 2 << 20
"""Bytes asked for at once. Measured: contents cut from large reads cost 10 us less for each object."""


class GitChildError(Exception):
    """Git is missing, said no, or ended early. The caller asks again in a way that says what is wrong, or says it itself."""


class GitProcess:
    """`git ARGS`, in no repository unless `variables` name one."""

    def __init__(
        self, args: Sequence[str], folder: str, variables: Mapping[str, str], *,
        stdin: bool = False, stderr: bool = False, options: Sequence[str] = SAFE_OPTIONS,
    ) -> None:  # fmt: skip
        """Start it in `folder`. With `stdin` it reads what `send` writes, else what this process reads; with `stderr` its
        messages are kept for `messages`, else dropped. Raises GitChildError where git is not installed."""
        output, child_output = os.pipe()
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [(os.POSIX_SPAWN_DUP2, child_output, 1)]
        ends = [child_output]
        self._input = self._errors = -1
        if stdin:
            child_input, self._input = os.pipe()
            ends.append(child_input)
            actions.append((os.POSIX_SPAWN_DUP2, child_input, 0))
        if stderr:
            self._errors, child_errors = os.pipe()
            ends.append(child_errors)
            actions.append((os.POSIX_SPAWN_DUP2, child_errors, 2))
        else:
            actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
        command = ["git", "-C", folder, *options, *args]
        self._output, self._buffer, self._at = output, b"", 0
        self._messages: list[bytes] = []
        try:
            self._pid = os.posix_spawnp("git", command, environment() | dict(variables), file_actions=actions)
        except OSError as error:
            self._close_pipes()
            raise GitChildError from error
        finally:
            for end in ends:
                os.close(end)
        if stderr:
            from _thread import allocate_lock, start_new_thread

            self._heard = allocate_lock()
            self._heard.acquire()
            start_new_thread(self._hear, ())

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
        while part := self._read(_BLOCK):
            parts.append(part)
        self._buffer, self._at = b"", 0
        return b"".join(parts)

    def messages(self) -> str:
        """What it wrote to its standard error, once it has ended."""
        self._heard.acquire()
        return b"".join(self._messages).decode("utf-8", "replace")

    def close(self) -> int:
        """Its exit code, once it has ended. What it still writes is dropped: it is told so by a broken pipe."""
        self._close_pipes()
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def _close_pipes(self) -> None:
        for handle in (self._input, self._output):
            if handle >= 0:
                os.close(handle)
        self._input = self._output = -1

    def _read(self, size: int) -> bytes:
        return os.read(self._output, size)

    def _hear(self) -> None:
        while part := os.read(self._errors, _BLOCK):
            self._messages.append(part)
        os.close(self._errors)
        self._heard.release()

    def _fill(self, size: int) -> None:
        """Have at least this many bytes in the buffer, and the next one at its start where it must grow."""
        have = len(self._buffer) - self._at
        if have >= size:
            return
        parts = [self._buffer[self._at :]]
        while have < size:
            part = self._read(max(_BLOCK, size - have))
            if not part:
                raise GitChildError
            parts.append(part)
            have += len(part)
        self._buffer, self._at = b"".join(parts), 0


def user_values(name: str, *options: str) -> list[str]:
    """All values of a setting of git in the files of the user and of the machine; no repository is looked at.
    `options` are those of `git config`. Raises GitChildError where git is not installed."""
    command = ["config", "-z", "--includes", *options, "--get-all", name]
    child = GitProcess(command, "/", {"GIT_DIR": os.devnull}, options=())  # SAFE_OPTIONS would be among the values
    out = child.read_all()
    child.close()
    return [os.fsdecode(value) for value in out.split(b"\0")[:-1]]


def _write(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[os.write(handle, rest) :]
    except OSError:
        pass  # the child ended: its reader notices
    finally:
        os.close(handle)
