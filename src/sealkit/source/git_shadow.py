"""What git gets in place of a clone's own configuration: a folder for GIT_COMMON_DIR with a `config` of the settings that git
cannot read the repository without, and links to its objects and refs.

A list of the settings that run a program, or that name a path or an address, would never be complete, and an include cannot be
taken back on the command line. The list of those that we rely on is short. So git does not read `config` and `config.worktree` of
a clone at all. The user's own configuration (`~/.gitconfig`) counts as ever.
A hook imports this: see `sealkit.source.git_child` for what that forbids.
"""

from __future__ import annotations

import atexit
import os
from _thread import allocate_lock

from sealkit.source import git_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sealkit.source.git_repository import GitRepository

_LINKED = ("objects", "refs", "packed-refs", "info", "shallow", "worktrees", "logs", "reftable")
_SWITCHES = (
    "core.filemode", "core.ignorecase", "core.symlinks", "core.precomposeunicode", "core.protecthfs", "core.protectntfs",
    "core.sparsecheckout", "core.sparsecheckoutcone", "index.sparse",
)  # fmt: skip
_WORDS = {
    "extensions.objectformat": ("sha1", "sha256"), "extensions.compatobjectformat": ("sha1", "sha256"),
    "extensions.refstorage": ("files", "reftable"),
}  # fmt: skip
_OURS = "sealkit."
"""`git config sealkit.…`: our own settings of a clone."""

_lock = allocate_lock()
_held: dict[tuple[str, str], list[str | int]] = {}
"""By git folder and text of the configuration: the folder that stands for it, and how many processes of git use it."""


def configuration(repository: GitRepository) -> str:
    """The text of the configuration that git gets. Raises SealkitError for a value that cannot be meant."""
    version = repository.value("core.repositoryformatversion") or "0"
    lines = [
        "[core]",
        f"\trepositoryformatversion = {int(version)}",
    ]  # core.bare: see GIT_IMPLICIT_WORK_TREE in git_child
    for name in _SWITCHES:
        value = repository.value(name)
        if value is not None:
            lines.append(_line(name, str(git_settings.is_true(value)).lower()))
    for name, words in _WORDS.items():
        if (value := repository.value(name)) is not None:
            if value not in words:
                from sealkit.errors import SealkitError

                raise SealkitError(f"{repository.common_dir}/config: {name} {value[:40]!r} is not known")
            lines.append(_line(name, value))
    ours = [name for name, _ in repository.settings if name.startswith(_OURS) and name.count(".") == 1]
    lines += [_line(name, git_settings.quoted(repository.value(name) or "")) for name in dict.fromkeys(ours)]
    return "\n".join(lines) + "\n"


def acquire(repository: GitRepository) -> tuple[str, str]:
    """The key of a folder for GIT_COMMON_DIR (see `place`), which exists until `release`. Raises SealkitError."""
    key = (repository.common_dir, configuration(repository))
    with _lock:
        if key not in _held:
            if not _held:
                atexit.unregister(_remove_all)
                atexit.register(_remove_all, os.getpid())
            _held[key] = [_make(*key), 0]
        _held[key][1] = int(_held[key][1]) + 1
    return key


def place(key: tuple[str, str]) -> str:
    """The folder of a key."""
    return str(_held[key][0])


def release(key: tuple[str, str]) -> None:
    """Git has ended: the folder is removed with the last that used it."""
    with _lock:
        folder, users = _held[key]
        _held[key][1] = int(users) - 1
        if users == 1:
            del _held[key]
            _remove(str(folder))


def _make(common_dir: str, text: str) -> str:
    name = f"sealkit-git-{os.urandom(8).hex()}"
    for base in (os.environ.get("XDG_RUNTIME_DIR"), os.environ.get("TMPDIR"), "/tmp", "/dev/shm", "/var/tmp"):  # noqa: S108
        if not base or not os.path.isabs(base):
            continue
        folder = f"{base}/{name}"
        try:
            os.mkdir(folder, 0o700)
        except OSError:
            continue
        try:
            for entry in _LINKED:
                if os.path.lexists(f"{common_dir}/{entry}"):
                    os.symlink(f"{common_dir}/{entry}", f"{folder}/{entry}")
            handle = os.open(f"{folder}/config", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, text.encode("utf-8", "surrogateescape"))
            finally:
                os.close(handle)
        except OSError:
            _remove(folder)
            continue
        return folder
    from sealkit.errors import SealkitError

    raise SealkitError(
        "there is no folder for temporary files that can be written", hint="name one: export TMPDIR=FOLDER"
    )


def _remove_all(pid: int) -> None:
    """At the end of this process, and not of one that it forked: what a git still holds that nobody waited for."""
    if os.getpid() == pid:
        for folder, _ in _held.values():
            _remove(str(folder))


def _remove(folder: str) -> None:
    try:
        for entry in os.listdir(folder):
            os.unlink(f"{folder}/{entry}")
        os.rmdir(folder)
    except OSError:
        pass  # somebody else tidies the folder of temporary files


def _line(name: str, value: str) -> str:
    section, _, key = name.partition(".")
    return f"[{section}]\n\t{key} = {value}"
