"""Small files in the user's cache folder that only save time: what is missing, foreign or broken is made anew.

No `pathlib` and no `tempfile`: a hook imports this.
"""

from __future__ import annotations

import os
import time

_LARGEST = 8 * 1024 * 1024
"""A cached file that is larger is not ours."""
_KINDS = ("scan-", "verdicts-", "paths-")
"""How the names of the files begin that belong to one state of the code or of a repository."""
_DAY = 86400
_UNUSED = 30 * _DAY
"""After so many seconds without use, a file is removed. Another version of sealkit, or another repository, may still need a
younger one."""


def folder() -> str:
    """Where they are kept."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117
        base = os.path.expanduser("~/.cache")  # noqa: PTH111
    return f"{base}/sealkit"


def read(name: str) -> bytes | None:
    """The content of a cached file, or None where there is none or somebody else could have written it."""
    try:
        handle = os.open(f"{folder()}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid() or status.st_mode & 0o022 or status.st_size > _LARGEST:
            return None
        if status.st_mtime < time.time() - _DAY:
            os.utime(handle)  # its last use; the time of access is often not kept
        parts = []
        while part := os.read(handle, _LARGEST):
            parts.append(part)
        return b"".join(parts)
    except OSError:
        return None
    finally:
        os.close(handle)


def keep(name: str, data: bytes) -> None:
    """Write a file, 0600, by rename. One that cannot be written costs time, nothing else. With a new one, those go that nobody has
    used for long."""
    temporary = f"{folder()}/.{name}.{os.getpid()}"
    new = not os.path.lexists(f"{folder()}/{name}")
    try:
        os.makedirs(folder(), mode=0o700, exist_ok=True)  # noqa: PTH103
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)
        os.rename(temporary, f"{folder()}/{name}")  # noqa: PTH104
        if new:
            _remove_unused()
    except OSError:
        return


def _remove_unused() -> None:
    """Remove the files of this module, finished or not, that were not used for long. What is in use was opened before: it stays
    readable, and the next run makes it anew."""
    oldest = time.time() - _UNUSED
    with os.scandir(folder()) as entries:
        for entry in entries:
            if not entry.name.lstrip(".").startswith(_KINDS) or not entry.is_file(follow_symlinks=False):
                continue
            try:
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    os.unlink(entry.path)  # noqa: PTH108
            except OSError:  # another run was faster
                continue


_FOLDERS = ("scan", "secrets", "secrets/text", "secrets/tokens")
_states: list[str] = []


def state_of_code() -> str:
    """What changes when the code of the scanner does, for the names of cached files: the version, the time and size of each file.

    Whole folders, and no list of files: one that is left out would leave a stale cache.
    """
    if not _states:
        from sealkit import __version__

        here = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120
        rows = [__version__]
        for folder in _FOLDERS:
            try:
                with os.scandir(f"{here}/{folder}") as entries:
                    files = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".py")]
            except OSError:  # no files, as in a zip: the version alone
                continue
            rows += sorted(f"{name} {status.st_mtime_ns} {status.st_size}" for name, status in files)
        _states.append("\n".join(rows))
    return _states[0]
