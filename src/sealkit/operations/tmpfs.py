"""A folder that lies in memory alone, for an editor that insists on a file; and editors told to keep no copies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sealkit.cli import ui
from sealkit.errors import SealkitError
from sealkit.printable import printable
from sealkit.source import files

_PREFIX = "sealkit-edit-"
_IN_MEMORY = frozenset({"tmpfs", "ramfs"})
_VIM = ("-n", "-i", "NONE", "-c", "set nobackup nowritebackup noundofile noswapfile")
"""After the user's own settings: `-c` has the last word, and -n keeps the swap file off from the start."""
_EMACS = ("--eval", "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)")
_QUIET: dict[str, tuple[str, ...]] = {
    "vim": _VIM, "nvim": _VIM, "gvim": ("-f", *_VIM), "nano": ("--ignorercfiles",), "emacs": _EMACS,
    "vi": (), "ed": (), "ex": (),
}  # fmt: skip
"""What each editor must be told so that it keeps no swap file, backup, undo file or history."""


@contextlib.contextmanager
def folder(environ: Mapping[str, str]) -> Iterator[Path]:
    """A new folder (mode 0700) on a file system that lies in memory; gone at the end, also after SIGTERM and SIGHUP. What a
    killed run left behind is removed by the next.

    Raises SealkitError where there is no such file system.
    """
    base = _base(environ)
    _sweep(base)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    lock = os.open(place / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - a signal handler's form
    raise SystemExit(128 + number)


def _base(environ: Mapping[str, str]) -> Path:
    for name in (environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108 - checked to lie in memory
        if name and os.access(name, os.W_OK) and _filesystem(Path(name).resolve()) in _IN_MEMORY:
            return Path(name)
    raise SealkitError(
        "no file system here lies in memory, so an editor would write the opened file to the disk",
        hint="change one value instead: sealkit set NAME, or mount a tmpfs and name it in XDG_RUNTIME_DIR",
    )


def _filesystem(path: Path) -> str:
    """The type of the file system that a path is on; empty where the system does not say (it is no Linux)."""
    best, kind = Path(), ""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            fields, _, tail = line.partition(" - ")
            where = Path(fields.split()[4].encode().decode("unicode_escape"))
            # of several mounts on one place the last lies on top
            if path.is_relative_to(where) and len(where.parts) >= len(best.parts):
                best, kind = where, tail.split()[0]
    return kind


def _sweep(base: Path) -> None:
    """Remove what killed runs of this user left: nobody holds the lock of such a folder."""
    for place in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if place.is_symlink() or place.stat().st_uid != os.getuid():
                continue
            lock = os.open(place / ".lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(lock)


def editor(environ: Mapping[str, str]) -> list[str]:
    """The editor as sops chooses it (SOPS_EDITOR, then VISUAL, EDITOR, vim, nano, vi), with what keeps it quiet.

    Raises SealkitError where there is none.
    """
    named = next((environ[name] for name in ("SOPS_EDITOR", "VISUAL", "EDITOR") if environ.get(name, "").strip()), "")
    try:
        words = shlex.split(named) if named else _found(environ)
    except ValueError:
        raise SealkitError("EDITOR is no command line", hint="export EDITOR=vim") from None
    program = shutil.which(words[0], path=environ.get("PATH")) if words else None
    if program is None:
        raise SealkitError(
            f"no editor: {words[0] if words else 'vim, nano, vi'} is not installed", hint="export EDITOR=nano"
        )
    name = Path(words[0]).name
    if name == "vi" and "vim" in Path(program).resolve().name:
        name = "vim"
    if name not in _QUIET:
        ui.warning(f"{name} may keep copies of what it opens (swap, backup, history)", "export SOPS_EDITOR=vim")
    return [words[0], *_QUIET.get(name, ()), *words[1:]]


def _found(environ: Mapping[str, str]) -> list[str]:
    return next(([name] for name in ("vim", "nano", "vi") if shutil.which(name, path=environ.get("PATH"))), [])


def edited(command: list[str], path: Path, environ: Mapping[str, str]) -> bytes:
    """Let a person edit a file in memory; its bytes afterwards. Raises SealkitError where the editor fails."""
    try:
        # what the editor keeps in its own temporary files stays in memory as well
        done = subprocess.run([*command, str(path)], env={**environ, "TMPDIR": str(path.parent)}, check=False)
    except OSError as error:
        raise SealkitError(f"{command[0]}: {(error.strerror or 'cannot be started').lower()}") from None
    if done.returncode:
        raise SealkitError(f"{Path(command[0]).name} ended with {done.returncode}; nothing was written")
    return files.read(path, path.name)


def again(question: str) -> bool:
    """Whether to go on; yes unless a person says no, no where there is none."""
    if not ui.at_terminal():
        return False
    print(f"{printable(question)} [Y/n] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    return bool(answer) and answer.strip().lower() not in {"n", "no"}
