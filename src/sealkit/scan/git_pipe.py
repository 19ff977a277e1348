"""The two questions a hook asks git, over plain pipes: what is staged, and what these objects hold.

`os.posix_spawn` and not `subprocess`, whose import costs a third of a hook's time. Errors of git end in `Broken`: the caller
then takes the long way, which says what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sealkit.source.git_environ import SAFE_OPTIONS, environment

_CHUNK = 900
"""Object names asked for at once: they fit into a pipe that nobody reads yet (64 KiB)."""
_BLOCK = 1 << 20
LINK, MODULE = "120000", "160000"


class Broken(Exception):  # noqa: N818 - not an error of the user's
    """Git is missing, or said no."""


class StagedChange(NamedTuple):
    """One staged path. `status` is git's letter, `mode` and `oid` are those of the index."""

    status: str
    mode: str
    oid: str
    path: str


def absent(oid: str) -> bool:
    """Whether an object id stands for no object: git writes zeros."""
    return not oid.strip("0")


class Object(NamedTuple):
    """What git says of one object, by the name that was asked for and its id: `data` is None where it is missing (its id is
    empty) or larger than the limit."""

    name: str

    oid: str
    size: int
    data: bytes | None


class _Child:
    """A git process with its pipes."""

    def __init__(self, args: Sequence[str], *, fed: bool = False) -> None:
        read, write = os.pipe()
        actions: list[tuple[int, ...] | tuple[int, int, str, int, int]] = [(os.POSIX_SPAWN_DUP2, write, 1)]
        feed = sink = -1
        if fed:
            feed, sink = os.pipe()
            actions.append((os.POSIX_SPAWN_DUP2, feed, 0))
        actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
        try:
            self._pid = os.posix_spawnp("git", ["git", *SAFE_OPTIONS, *args], environment(), file_actions=actions)
        except OSError as error:
            raise Broken from error
        finally:
            os.close(write)
            if fed:
                os.close(feed)
        self._out, self._in = read, sink
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Write to its standard input."""
        try:
            while data:
                data = data[os.write(self._in, data) :]
        except OSError as error:
            raise Broken from error

    def line(self) -> bytes:
        """One line without its end."""
        while b"\n" not in self._rest:
            self._more(_BLOCK)
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def read(self, size: int) -> bytes:
        """Exactly this many bytes."""
        parts, have = [self._rest[:size]], min(size, len(self._rest))
        self._rest = self._rest[size:]
        while have < size:
            part = os.read(self._out, min(_BLOCK, size - have))
            if not part:
                raise Broken
            parts.append(part)
            have += len(part)
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Read this many bytes and forget them."""
        while size > 0:
            size -= len(self.read(min(size, _BLOCK)))

    def all(self) -> bytes:
        """Everything to the end."""
        parts = [self._rest]
        while part := os.read(self._out, _BLOCK):
            parts.append(part)
        return b"".join(parts)

    def _more(self, size: int) -> None:
        part = os.read(self._out, size)
        if not part:
            raise Broken
        self._rest += part

    def close(self) -> int:
        """Its exit code."""
        for handle in (self._in, self._out):
            if handle >= 0:
                os.close(handle)
        self._in = self._out = -1
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


class Objects:
    """One `git cat-file --batch` that answers while it lives."""

    def __init__(self, largest: int) -> None:
        self._child = _Child(["cat-file", "--batch"], fed=True)
        self._largest = largest

    def get(self, names: Iterable[str]) -> Iterator[Object]:
        """What each name (an object id, or `:PATH` for the index) is, in order."""
        wanted = list(names)
        for at in range(0, len(wanted), _CHUNK):
            part = wanted[at : at + _CHUNK]
            self._child.feed("".join(f"{name}\n" for name in part).encode("utf-8", "surrogateescape"))
            for name in part:
                head = self._child.line().split()
                if len(head) != 3 or not head[2].isdigit():  # `NAME missing`, `NAME ambiguous`
                    yield Object(name, "", -1, None)
                    continue
                size = int(head[2])
                if size > self._largest:
                    self._child.skip(size)
                    data = None
                else:
                    data = self._child.read(size)
                self._child.skip(1)
                yield Object(name, head[0].decode(), size, data)

    def close(self) -> None:
        """End the process."""
        self._child.close()


class Staged:
    """A running `git diff --cached`: asked first, read later."""

    def __init__(self) -> None:
        self._child = _Child(
            ["diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-relative", "--no-ext-diff"]
        )

    def changes(self) -> list[StagedChange]:
        """What the index has that HEAD has not; deletions are left out. Raises Broken outside a repository."""
        out = self._child.all()
        if self._child.close():
            raise Broken
        return list(_parse(out))


def _parse(out: bytes) -> Iterator[StagedChange]:
    parts = out.split(b"\0")
    for head, path in zip(parts[::2], parts[1::2], strict=False):
        _, mode, _, oid, status = head.decode("ascii").split()
        if status[0] != "D":
            yield StagedChange(status[0], mode, oid, os.fsdecode(path))
