"""The files of a repository that are approved, and nothing else: what a renderer gets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.ledger.inputs import Inputs
from sealkit.ledger.unapproved import Unapproved
from sealkit.source.file_tree import inside


class VerifiedTree:
    """A tree in memory, of the bytes whose digests were compared with the ledger. A file that nobody signed is not there: to
    forget one breaks a build, and never lets it in."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = dict(contents)

    @classmethod
    def of(cls, inputs: Inputs, waiting: Iterable[Unapproved] = ()) -> VerifiedTree:
        """The inputs without what waits for approval."""
        left_out = {item.path for item in waiting}
        return cls({path: file.data for path, file in inputs.files.items() if path not in left_out})

    def paths(self, under: str = "") -> list[str]:
        """Sorted paths of the files at or below `under`."""
        return sorted(path for path in self._contents if inside(path, under))

    def read(self, path: str) -> bytes:
        """The bytes of one file. Raises SealkitError for one that is not there."""
        if path not in self._contents:
            raise SealkitError(f"{path}: not approved, or not there", hint="sealkit approve")
        return self._contents[path]

    def write_to(self, folder: Path, under: str = "") -> None:
        """Write it below a private, empty folder, for a program that reads files: regular files that only the owner reads.

        Raises SealkitError for a folder that is not empty or that others may enter.
        """
        found = folder.lstat()
        if found.st_mode & 0o077 or found.st_uid != os.geteuid() or any(folder.iterdir()):
            raise SealkitError(f"{folder}: not an empty folder of one's own", hint="it is made by: mkdtemp")
        for path in self.paths(under):
            if path.startswith("/") or ".." in path.split("/"):  # a commit can name it; a work tree cannot
                raise SealkitError(f"{path}: leads out of the repository", hint="remove it from the commit")
            full = folder / path
            full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(full, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(self._contents[path])
