"""A repository that is named by a folder or by an address. An address is cloned into a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sealkit.errors import SealkitError, UsageError
from sealkit.operations.events import Events
from sealkit.source import git

_SAFE = (
    "-c", "protocol.ext.allow=never", "-c", "core.symlinks=false", "-c", "fetch.recurseSubmodules=false",
)  # fmt: skip
"""A hostile address must not run a program of its choice (design, promise 1)."""


@contextmanager
def repository_at(where: str, events: Events) -> Iterator[Path]:
    """The folder of a repository (default: the current one), or a mirror of an address that is removed at the end.

    Raises SealkitError for a folder without a repository, UsageError for an address with a password in it.
    """
    if not is_address(where):
        yield _existing(Path(where or "."))
        return
    if where.startswith("-"):
        raise UsageError(f"{where}: not an address")
    shown = without_password(where)
    if shown != where and ":" in where.partition("://")[2].partition("@")[0]:
        raise UsageError(
            f"{shown}: an address with a password, which other programs would see",
            hint="leave it out: git asks its credential helper",
        )
    folder = Path(tempfile.mkdtemp(prefix="sealkit-audit-"))  # 0700
    try:
        events.progress(f"cloning {shown}")
        yield _mirror(where, shown, folder / "mirror.git")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_address(where: str) -> bool:
    """Whether this names a repository elsewhere: a URL, or HOST:PATH where no such path exists."""
    return "://" in where or (":" in where and not Path(where).exists())


def without_password(address: str) -> str:
    """An address without the user and the password in it."""
    scheme, slashes, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}" if slashes else address


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        raise SealkitError(f"{folder}: no such folder", hint="name a repository, or its address")
    if git.find(folder) is None:
        raise SealkitError(f"{folder} is not in a git repository", hint="name one: sealkit audit PATH")
    return folder


def _mirror(where: str, shown: str, target: Path) -> Path:
    try:
        git.run_outside(
            [*_SAFE, "clone", "--mirror", "--quiet", "--template=", "--", where, str(target)], target.parent
        )
    except SealkitError as error:
        message = error.message.replace(where, shown)
        raise SealkitError(message, hint="check the address; private ones need your git to know a login") from None
    return target
