"""Where the repository of a folder is, without git: git would read the settings of a clone to say so.

What comes with a clone leads nowhere outside it: a work tree, a git folder, shared objects or a link that leads out is an error,
unless the place that it leads to says so too (a linked worktree, a submodule) or the user's own settings do.
A hook imports this: see `sealkit.source.git_child` for what that forbids.
"""

from __future__ import annotations

import os

from sealkit.source import git_settings, regular_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sealkit.errors import SealkitError

_OWN = ("HEAD", "index", "config.worktree", "commondir", "gitdir", "MERGE_HEAD")
_COMMON = (
    "config", "packed-refs", "shallow", "objects", "refs", "info", "logs", "worktrees", "reftable", "sealkit", "sealkit/approved",
    "objects/info", "objects/pack", "objects/info/alternates", "info/exclude", "info/attributes", "info/sparse-checkout",
)  # fmt: skip
"""What git and sealkit read by name in a git folder: none may be a pipe or a device, or a link that leads out."""
_EXTENSIONS = frozenset([
    "noop", "noop-v1", "partialclone", "preciousobjects", "worktreeconfig", "objectformat", "compatobjectformat", "refstorage",
    "relativeworktrees",
])  # fmt: skip
"""What a repository may ask of a reader (`extensions.*`). One that asks more is not understood."""


class GitRepository:
    """The git folder of a work tree, the one that all its worktrees share, the top of the work tree (empty in a bare repository),
    and the settings of the clone, which only `sealkit.source.git_shadow` hands to git."""

    __slots__ = ("common_dir", "git_dir", "settings", "top")

    def __init__(self, git_dir: str, common_dir: str, top: str, settings: list[tuple[str, str | None]]) -> None:
        self.git_dir, self.common_dir, self.top, self.settings = git_dir, common_dir, top, settings

    def value(self, name: str) -> str | None:
        """The last value of a setting of the clone itself; `true` for one without a value, None where it is not set."""
        return next(("true" if value is None else value for key, value in reversed(self.settings) if key == name), None)


def find(folder: str | os.PathLike[str] = ".") -> GitRepository | None:
    """The repository that a folder is in, as git finds it; None outside one. Raises SealkitError for one that leads out of
    itself, belongs to another user, or cannot be read."""
    start = os.path.realpath(folder)
    if named := os.environ.get("GIT_DIR"):
        return _named(start, os.path.realpath(os.path.join(start, named)))
    at, device = start, -1
    while True:
        try:
            here = os.stat(at).st_dev
        except OSError:
            here = device
        if device not in {-1, here}:
            return None  # another file system: git stops as well
        if (found := _at(at, start)) is not None:
            return found
        device, parent = here, os.path.dirname(at)
        if parent == at:
            return None
        at = parent


def _at(folder: str, start: str) -> GitRepository | None:
    """The repository whose top, or whose git folder, this folder is."""
    entry = f"{folder}/.git"
    try:
        mode = os.lstat(entry).st_mode
    except OSError:
        mode = 0
    if kind := regular_file.special(mode):
        raise _error(f"{entry}: is {kind}, not a git folder", "remove it")
    form = mode & 0o170000
    if form == 0o040000 and _is_git_dir(entry):
        return _open(entry, folder, start)
    if form == 0o120000 and _is_git_dir(os.path.realpath(entry)):
        return _open(os.path.realpath(entry), folder, start, link=entry)
    if form == 0o100000:
        text = _text(entry)
        git_dir = os.path.realpath(os.path.join(folder, text.removeprefix("gitdir:").strip()))
        if not text.startswith("gitdir:") or not _is_git_dir(git_dir):
            raise _error(f"{entry}: does not name a git folder", "git worktree repair, or clone it again")
        return _open(git_dir, folder, start, link=entry)
    return _open(folder, "", start) if _is_git_dir(folder) else None


def _named(start: str, git_dir: str) -> GitRepository | None:
    """The repository that the variable GIT_DIR names: git sets it for hooks, a person where git cannot find it."""
    if not _is_git_dir(git_dir):
        return None
    common = _common(git_dir, named=os.environ.get("GIT_COMMON_DIR"), start=start)
    found = GitRepository(git_dir, common, start, _settings(git_dir, common))
    if work_tree := os.environ.get("GIT_WORK_TREE"):
        found.top = os.path.realpath(os.path.join(start, work_tree))
    elif common == git_dir:
        place = found.value("core.worktree")
        if place is not None:
            found.top = os.path.realpath(os.path.join(git_dir, place))
            if not f"{start}/".startswith(f"{found.top}/"):
                raise _other_work_tree(git_dir, found.top)
        elif git_settings.is_true(found.value("core.bare") or "false"):
            found.top = ""
    return _checked(found)


def _open(git_dir: str, top: str, start: str, link: str = "") -> GitRepository:
    """The repository of a git folder; `link` is the file or the link at the top that leads to it."""
    _require_owner(*filter(None, (link, top, git_dir)), shown=top or git_dir)
    common = _common(git_dir)
    found = GitRepository(git_dir, common, top, _settings(git_dir, common))
    place = found.value("core.worktree") if common == git_dir else None
    there = os.path.realpath(os.path.join(git_dir, place)) if place is not None else ""
    if link and not f"{git_dir}/".startswith(f"{top}/"):
        known = there == top if common == git_dir else _same(git_dir, f"{git_dir}/gitdir", link)
        if not known:
            hint = f"git -C {common} worktree repair {top}"
            if common == git_dir:
                hint = f"if both are yours: git config --file {git_dir}/config core.worktree {top}"
            raise _error(f"{link}: leads to {git_dir}, which does not know of this work tree", hint)
    if place is not None and there != top:
        raise _other_work_tree(git_dir, there)
    if common == git_dir and git_settings.is_true(found.value("core.bare") or "false"):
        found.top = ""
    if work_tree := os.environ.get("GIT_WORK_TREE"):
        found.top = os.path.realpath(os.path.join(start, work_tree))
    return _checked(found)


def _is_git_dir(folder: str) -> bool:
    """Whether git takes a folder for a git folder."""
    if not os.path.lexists(f"{folder}/HEAD"):
        return False
    common = f"{folder}/../.." if os.path.lexists(f"{folder}/commondir") else folder
    return ("GIT_OBJECT_DIRECTORY" in os.environ or os.path.isdir(f"{common}/objects")) and os.path.isdir(
        f"{common}/refs"
    )


def _common(git_dir: str, *, named: str | None = None, start: str = "") -> str:
    """The git folder that all worktrees share."""
    if named:
        return os.path.realpath(os.path.join(start, named))
    file = f"{git_dir}/commondir"
    if not os.path.lexists(file):
        return git_dir
    parent = os.path.dirname(os.path.dirname(git_dir))
    if not _same(git_dir, file, parent) or os.path.basename(os.path.dirname(git_dir)) != "worktrees":
        raise _error(f"{file}: leads out of the repository", "clone it again")
    return parent


def _same(base: str, file: str, place: str) -> bool:
    """Whether the path in a file, seen from `base`, is this place."""
    return os.path.lexists(file) and os.path.realpath(os.path.join(base, _text(file).strip())) == os.path.realpath(
        place
    )


def _settings(git_dir: str, common: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    for file in (f"{common}/config", f"{git_dir}/config.worktree"):
        if os.path.lexists(file):
            if not os.path.realpath(file).startswith((f"{common}/", f"{git_dir}/")):
                raise _error(
                    f"{file}: leads out of this clone, to {os.path.realpath(file)}", "clone it again: git clone"
                )
            try:
                found += git_settings.parse(_text(file))
            except git_settings.BadSettingsError as error:
                raise _error(
                    f"{file}:{error}: not a line of git's configuration", "look at it: git config --list"
                ) from None
        if ("extensions.worktreeconfig", "true") not in found:
            break
    version = next((value for name, value in reversed(found) if name == "core.repositoryformatversion"), None) or "0"
    if version not in {"0", "1"}:
        raise _error(
            f"{common}/config: a repository of format {version[:20]}, which is not known", "sealkit reads 0 and 1"
        )
    unknown = {name for name, _ in found if name.startswith("extensions.")} - {
        f"extensions.{name}" for name in _EXTENSIONS
    }
    if unknown and version == "1":
        raise _error(f"{common}/config: {min(unknown)[:80]}: not known", "it may need a newer sealkit")
    return found


def _checked(found: GitRepository) -> GitRepository:
    """The same, once none of the files that are read by name in its git folder leads out or is no file."""
    for folder, names in ((found.git_dir, _OWN), (found.common_dir, _COMMON)):
        for name in names:
            path = f"{folder}/{name}"
            try:
                mode = os.lstat(path).st_mode
                if mode & 0o170000 == 0o120000:
                    there = os.path.realpath(path)
                    inside = [f"{place}/" for place in (found.common_dir, found.git_dir, found.top) if place]
                    if not f"{there}/".startswith(tuple(inside)):
                        raise _error(f"{path}: leads out of this clone, to {there}", "clone it again: git clone")
                    mode = os.stat(path).st_mode
            except OSError:
                continue
            if kind := regular_file.special(mode):
                raise _error(f"{path}: is {kind}, not a file", "remove it")
    _require_own_objects(found)
    return found


def _require_own_objects(found: GitRepository) -> None:
    """Raises SealkitError for objects that lie in another repository, unless the user's own settings name it."""
    file = f"{found.common_dir}/objects/info/alternates"
    if not os.path.lexists(file):
        return
    from sealkit.source.git_process import user_values

    allowed = {os.path.realpath(value) for value in user_values("sealkit.alternates")}
    for line in _text(file).splitlines():
        there = os.path.realpath(os.path.join(f"{found.common_dir}/objects", line))
        if line.strip() and not line.startswith("#") and there not in allowed:
            hint = f"git config --global --add sealkit.alternates {there}"
            raise _error(f"{file}: leads to the objects of another repository, {there}", f"if that is yours: {hint}")


def _require_owner(*paths: str, shown: str) -> None:
    """Raises SealkitError where another user owns one of these, and the user's own `safe.directory` does not name it."""
    users = {os.geteuid()}
    if 0 in users and (sudo := os.environ.get("SUDO_UID", "")).isdigit():
        users.add(int(sudo))
    if all(os.lstat(path).st_uid in users for path in paths):
        return
    from sealkit.source.git_process import user_values

    safe = False
    for value in user_values("safe.directory"):
        safe = bool(value) and (
            safe or value == "*" or os.path.realpath(value) == shown
            or (value.endswith("/*") and f"{shown}/".startswith(f"{os.path.realpath(value[:-2])}/"))
        )  # fmt: skip
    if not safe:
        hint = f"git config --global --add safe.directory {shown}"
        raise _error(f"{shown}: a repository of another user (dubious ownership)", hint)


def _text(file: str) -> str:
    try:
        return regular_file.read(file).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise _error(f"{file}: {(error.strerror or 'cannot be read').lower()}") from None


def _other_work_tree(git_dir: str, there: str) -> SealkitError:
    return _error(
        f"{git_dir}: its core.worktree is another folder, {there}",
        f"git config --file {git_dir}/config --unset core.worktree",
    )


def _error(message: str, hint: str | None = None) -> SealkitError:
    from sealkit.errors import SealkitError

    return SealkitError(message, hint=hint)
