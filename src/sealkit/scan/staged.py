"""What a commit would publish: the blobs of the index that differ from HEAD, each one whole.

The work tree is not looked at: what is staged may differ from it. `StagedBlobs.clean` answers the usual case, nothing
suspicious, with little more than git and Hyperscan (measured: a third of the time); everything else takes `staged_scan`.
"""

from __future__ import annotations

import os

from sealkit.source.git_child import GitChild, GitChildError
from sealkit.source.git_objects import GitObject, ObjectReader, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealkit.scan.verdict_cache import VerdictCache

LARGEST = 64 * 1024 * 1024
"""A blob that is larger is not read: it is a finding of its own, or excluded by name."""
_SETTINGS = ("sealkit.yaml", ".sops.yaml")
LINK, _MODULE = "120000", "160000"
_FILE = 0o100000
"""The type of an ordinary file in its mode: `stat.S_IFREG`, without an import."""
DIFF = ("diff", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--no-relative", "--no-ext-diff")


class StagedChange:
    """One staged path. `status` is git's letter, `mode` and `oid` are those of the index, `old_oid` is what HEAD has."""

    __slots__ = ("mode", "oid", "old_oid", "path", "status")

    def __init__(self, status: str, mode: str, oid: str, path: str, old_oid: str = "") -> None:
        self.status, self.mode, self.oid, self.path, self.old_oid = status, mode, oid, path, old_oid


class StagedBlobs:
    """What is staged, read once: changes, their blobs, and the files that say how to judge them."""

    _cache: VerdictCache | None = None

    def __init__(self, root: str | os.PathLike[str] = ".") -> None:
        """Read the index of the repository that `root` is in. Raises GitChildError where git cannot say what is staged."""
        reader = ObjectReader(root, largest=LARGEST, watch=False)
        diff = GitChild(DIFF, root, watch=False)
        from sealkit.scan.prefilter import shared  # while git works

        self.prefilter = shared()
        self.root = root
        self.all_changes = list(staged_changes(diff))
        """With deletions and submodules, as `earlier_blobs` needs them."""
        self.changes = [change for change in self.all_changes if change.status != "D" and change.mode != _MODULE]
        names = [f":{name}" for name in _SETTINGS]
        names += [change.oid for change in self.changes if change.status != "U" and not is_null(change.oid)]
        objects = list(reader.read(names))
        settings, blobs = objects[: len(_SETTINGS)], objects[len(_SETTINGS) :]
        self.settings = {
            name: item.data for name, item in zip(_SETTINGS, settings, strict=True) if item.data is not None
        }
        self.settings_ids: tuple[str, str] = (settings[0].oid, settings[1].oid)
        self.not_added = [name for name in _SETTINGS if name not in self.settings and _stands(root, name)]
        """Settings that stand beside the index, as `sealkit init` leaves them: what they say is private is so already."""
        self.blobs: dict[str, GitObject] = {item.name: item for item in blobs}

    def clean(self) -> bool:
        """Whether nothing needs a second look: no path that the configuration sets apart, no hit, nothing that was not read."""
        clean = self._clean()
        if self._cache is not None:
            self._cache.keep()
        return clean

    def _clean(self) -> bool:
        if not self._ordinary_paths():
            return False
        for change in self.changes:
            blob = self.blobs.get(change.oid)
            if change.status == "U" or (not is_null(change.oid) and (blob is None or blob.data is None)):
                return False
            if blob is not None and blob.data is not None and not self._without_hits(blob.data):
                return False
        return self._without_hits("\n".join(change.path for change in self.changes).encode("utf-8", "surrogateescape"))

    def _ordinary_paths(self) -> bool:
        if self.not_added:
            return False
        if not self.settings:
            return True
        from sealkit.scan import path_cache

        patterns = path_cache.load(*self.settings_ids)
        return patterns is not None and all(patterns.ordinary(change.path) for change in self.changes)

    def _without_hits(self, data: bytes) -> bool:
        from sealkit.scan.archives import archive, text, wide
        from sealkit.scan.key_files import key_file

        if archive(data) or key_file(data):
            return False
        if wide(data):
            data = text(data)
        hits = self.prefilter.hits(data)
        if not hits or not (hits := self._verdicts().unknown(data, hits)):
            return True
        from sealkit.scan.line_verdicts import hot, rests_on

        try:
            if hot(data, hits):
                return False
            self._verdicts().add(data, [(hit, rests_on(data, hit)) for hit in hits])
        except Exception:  # noqa: BLE001 - whatever it was, `scan` says so of that blob alone
            return False
        return True

    def _verdicts(self) -> VerdictCache:
        if self._cache is None:
            from sealkit.scan.verdict_cache import VerdictCache

            self._cache = VerdictCache()
        return self._cache


def _stands(root: str | os.PathLike[str], name: str) -> bool:
    """Whether a file, and no link, stands at the top of the work tree, where git calls hooks."""
    try:
        os.lstat(f"{os.fspath(root)}/.git")
        return os.lstat(f"{os.fspath(root)}/{name}").st_mode & 0o170000 == _FILE
    except OSError:
        return False


def read_staged(root: str | os.PathLike[str] = ".") -> StagedBlobs | None:
    """What is staged, or None where git has to be asked again by someone who can say what is wrong."""
    try:
        return StagedBlobs(root)
    except GitChildError:
        return None


def staged_changes(diff: GitChild) -> Iterator[StagedChange]:
    """Where the index differs from a commit. Raises GitChildError outside a repository."""
    output = diff.read_all()
    if diff.close():
        raise GitChildError
    parts = output.split(b"\0")
    for head, path in zip(parts[::2], parts[1::2], strict=False):
        _, mode, old_oid, oid, status = head.decode("ascii").split()
        yield StagedChange(status[0], mode, oid, os.fsdecode(path), old_oid)
