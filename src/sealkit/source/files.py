"""Read files, and write them atomically: a temporary file in the same folder, fsync, rename."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.source import regular_file

BOM = "\ufeff"
_TEMPORARY = re.compile(r"\.(?P<name>.+)\.(?P<pid>[1-9][0-9]{0,9})-[a-z0-9_]{8}\.tmp", re.DOTALL)


def decode(data: bytes, path: str) -> str:
    """UTF-8 bytes as text, without a byte order mark. Raises SealkitError with path, line and the likely encoding."""
    try:
        return data.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = "UTF-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "latin-1"
        raise SealkitError(f"{path}:{line}: not UTF-8", hint=f"convert it: iconv -f {guess} -t utf-8 {path}") from None


def read(path: Path, shown: str | None = None) -> bytes:
    """The bytes of a regular file. `shown` is what messages call it. Raises SealkitError if it cannot be read; what is a pipe, a
    device or a socket is not opened."""
    name = shown or str(path)
    try:
        return regular_file.read(path)
    except FileNotFoundError:
        raise SealkitError(f"{name}: no such file", hint="check the path") from None
    except IsADirectoryError:
        raise SealkitError(f"{name}: is a folder, not a file", hint="name the files in it") from None
    except regular_file.SpecialFileError as error:
        raise SealkitError(f"{name}: {error.strerror}", hint="put a file in its place, or name another") from None
    except OSError as error:
        raise SealkitError(f"{name}: {(error.strerror or 'cannot be read').lower()}") from None


def read_named(path: Path, shown: str | None = None) -> bytes:
    """The same for what a person names on the command line or in a variable: it may be a pipe (`<(command)`, `/dev/stdin`), unless
    that stands in a git work tree, where it may have come with the clone."""
    try:
        piped = stat.S_ISFIFO(path.stat().st_mode)
        if piped and not any((folder / ".git").exists() for folder in path.absolute().parents):
            return path.read_bytes()
    except OSError:
        pass  # `read` says why
    return read(path, shown)


def write(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replace or create a file. If the process is killed at any moment, either the old or the new file is complete.

    Creates the parent folder. An existing file keeps its permissions; a new one gets `mode` (default: 0o666 less the umask).
    Raises SealkitError.
    """
    temporary = stage(path, data, mode=mode)
    commit(temporary, path)


def stage(path: Path, data: bytes, *, mode: int | None = None) -> Path:
    """Write and fsync `data` to a temporary file beside `path`, for `commit` to rename or `drop` to remove.

    Removes temporary files that a killed process left for the same path. Raises SealkitError.
    """
    import tempfile

    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{os.getpid()}-", suffix=".tmp")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fchmod(stream.fileno(), _mode(path, mode))
            os.fsync(stream.fileno())
        return temporary
    except OSError as error:
        if temporary is not None:
            drop(temporary)
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be written').lower()}") from None


def commit(temporary: Path, path: Path) -> None:
    """Rename a staged file to `path` and fsync the folder. Raises SealkitError."""
    try:
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        drop(temporary)
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be written').lower()}") from None


def drop(temporary: Path) -> None:
    """Remove a staged file."""
    with contextlib.suppress(OSError):
        temporary.unlink()


@contextlib.contextmanager
def stage_all(contents: Mapping[Path, bytes]) -> Iterator[Callable[[], None]]:
    """Stage many files, and give the function that renames all of them into place. What is still staged at the end is removed.

    A full disk leaves every file as it was. Raises SealkitError.
    """
    staged: list[tuple[Path, Path]] = []

    def commit_all() -> None:
        for temporary, path in staged:
            commit(temporary, path)

    try:
        for path, data in contents.items():
            staged.append((stage(path, data), path))
        yield commit_all
    finally:
        for temporary, _ in staged:
            drop(temporary)


def replace_all(contents: Mapping[Path, bytes]) -> None:
    """Replace or create many files; all are staged before the first is renamed. Raises SealkitError."""
    with stage_all(contents) as commit_all:
        commit_all()


def is_staged(name: str) -> bool:
    """Whether a file name is one that `stage` makes: a leftover of a killed process, not a file of the repository."""
    return _TEMPORARY.fullmatch(name) is not None


def _remove_stale(path: Path) -> None:
    prefix = f".{path.name}."
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
    for name in names:
        match = _TEMPORARY.fullmatch(name)
        if match is not None and match["name"] == path.name and not _alive(int(match["pid"])):
            drop(path.parent / name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # a process of another user
    return True


def _mode(path: Path, mode: int | None) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_mode & 0o777
    if mode is not None:
        return mode
    umask = os.umask(0o022)
    os.umask(umask)
    return 0o666 & ~umask
