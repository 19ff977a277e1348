"""A git process in the repository of a folder, for what a hook asks git and for reading many objects.

Git is told where the repository is, and gets a folder of `sealkit.source.git_shadow` in place of the clone's configuration. A hook
imports this, so neither `subprocess` nor `pathlib` is imported here (see `sealkit.source.git_process`).
"""

from __future__ import annotations

import os

from sealkit.source import git_repository, git_shadow
from sealkit.source.git_process import GitChildError, GitProcess

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GitChild", "GitChildError", "NoRepositoryError"]
_PATIENCE = 1000
"""Milliseconds of silence after which it is looked whether git waits for a pipe that never speaks."""


class NoRepositoryError(GitChildError):
    """The folder is in no repository."""


class GitChild(GitProcess):
    """`git ARGS` in `root` (default: the current folder)."""

    def __init__(
        self, args: Sequence[str], root: str | os.PathLike[str] = ".", *,
        stdin: bool = False, stderr: bool = False, watch: bool = True,
    ) -> None:  # fmt: skip
        """Start it. `watch` looks what is wrong where it says nothing (a hook does without: it reads objects that git has just
        written). Raises GitChildError where git is not installed, NoRepositoryError, and SealkitError for a repository that
        leads out of itself."""
        found = git_repository.find(root)
        if found is None:
            raise NoRepositoryError
        self._repository, self._watch = found, watch
        self._shadow = git_shadow.acquire(found)
        variables = {"GIT_DIR": found.git_dir, "GIT_COMMON_DIR": git_shadow.place(self._shadow)}
        # without a work tree git would take the current folder for one
        variables |= {"GIT_WORK_TREE": found.top} if found.top else {"GIT_IMPLICIT_WORK_TREE": "0"}
        try:
            super().__init__(args, os.fspath(root), variables, stdin=stdin, stderr=stderr)
        except BaseException:
            git_shadow.release(self._shadow)
            raise

    def close(self) -> int:
        """Its exit code, once it has ended. What it still writes is dropped: it is told so by a broken pipe."""
        try:
            return super().close()
        finally:
            git_shadow.release(self._shadow)

    def _read(self, size: int) -> bytes:
        if self._watch:
            import select

            poll = select.poll()
            poll.register(self._output, select.POLLIN)
            if not poll.poll(_PATIENCE):
                self._watch = False
                self._look()
        return super()._read(size)

    def _look(self) -> None:
        """Raises SealkitError, and ends git, where a pipe or a device stands in place of a file that git reads by itself."""
        from sealkit.source.special_files import find_special

        found = find_special(self._repository)
        if found is not None:
            from sealkit.errors import SealkitError

            os.kill(self._pid, 9)
            self.close()
            raise SealkitError(f"{found[0]}: is {found[1]}, not a file", hint=f"remove it: rm {found[0]}")
