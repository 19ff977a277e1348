"""The one lock of a repository for writing sealed files and the ledger."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from sealkit.errors import SealkitError

_FOLDER = "sealkit"


@contextlib.contextmanager
def hold(common_dir: Path, patience: float = 10.0) -> Iterator[None]:
    """Hold the lock of everyone who writes sealed files or the ledger. Waits `patience` seconds, then raises SealkitError.

    The lock is the kernel's (flock): it is gone with the process that held it, however that ended.
    """
    path = common_dir / _FOLDER / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be locked').lower()}") from None
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise SealkitError(
                        "another sealkit is writing in this repository",
                        hint="wait until it has finished and run it again",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
