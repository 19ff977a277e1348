"""Where a scan reads its settings (`sealkit.yaml`, `.sops.yaml`, allow list) and which revisions it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sealkit.errors import SealkitError, UsageError
from sealkit.source import files, git
from sealkit.source.file_tree import WorkTree
from sealkit.source.filenames import CONFIG, POLICY
from sealkit.source.git_objects import ObjectReader

Read = Callable[[str], bytes | None]
"""The bytes of a file by its path from the root, or None where there is none. May raise SealkitError."""
_LARGEST = 1 << 24
"""Settings of more bytes are not read."""


def from_index(root: Path, settings: Mapping[str, bytes]) -> Read:
    """Files of the index of the repository that `root` is in; `settings` are those of
    `sealkit.yaml` and `.sops.yaml` that were read already."""

    def read(path: str) -> bytes | None:
        if path in {CONFIG, POLICY}:
            return settings.get(path)
        return next(ObjectReader(root, largest=_LARGEST).read([f":{path}"])).data

    return read


def from_disk(root: Path) -> Read:
    """Files of the work tree, as they are."""

    def read(path: str) -> bytes | None:
        full = root / path
        if full.is_symlink():
            # neither followed, it may lead out of the clone, nor taken for a missing file: that would judge by no policy
            raise SealkitError(f"{path}: a symbolic link", hint="replace it with the file itself")
        return files.read(full, path) if full.exists() and not full.is_dir() else None

    return read


def from_commit(root: Path, revision: str) -> Read:
    """Files of a commit. One that does not exist has none."""

    def read(path: str) -> bytes | None:
        name = f"{revision}:{path}"
        if git.run(["cat-file", "-t", name], root, check=False).strip() != b"blob":
            return None
        return git.run(["cat-file", "blob", name], root)

    return read


def resolve_range(root: Path, revisions: str) -> list[str]:
    """`A..B`, or `A` for what came since, as the revisions of `history.audit`: B, and not A. Raises UsageError."""
    old, dots, new = revisions.replace("...", "..").partition("..")
    return [resolve_commit(root, (new if dots else "") or "HEAD"), f"^{resolve_commit(root, old or 'HEAD')}"]


def resolve_commit(root: Path, revision: str) -> str:
    """The id of a commit. Raises UsageError for a revision that does not exist."""
    out = git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], root, check=False)
    if not out.strip():
        raise UsageError(
            f"{revision}: no such revision", hint="name two commits: A..B; in a shallow clone: git fetch --unshallow"
        )
    return out.decode().strip()


def top_or_self(folder: Path) -> Path:
    """The top of the work tree that a folder is in, or the folder itself outside a repository."""
    found = git.find(folder)
    return Path(found.top) if found is not None and found.top else folder


def work_tree(root: Path) -> WorkTree | None:
    """The files of a repository, or None where `root` is in none."""
    found = git.find(root)
    return WorkTree(root) if found is not None and found.top else None
