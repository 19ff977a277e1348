"""Files on disk, as they are: the ones given, or everything that git tracks or would take in."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.scan.context import Context
from sealkit.scan.engine import LARGEST, order, policies, scan_blob, unreadable
from sealkit.sealed.sops_block_checks import once_per_rule
from sealkit.source import regular_file
from sealkit.source.file_tree import WorkTree


def scan(root: Path, paths: Iterable[str], context: Context) -> list[Finding]:
    """Every finding of these files (POSIX paths from `root`). A link is not followed: the path that it holds is scanned."""
    found: list[Finding] = []
    held: dict[str, bytes] = {}
    for path in dict.fromkeys(paths):
        if context.excluded(path):
            continue
        context.tally.scanned += 1
        data = read(root / path)
        if isinstance(data, bytes):
            held |= {path: data} if path.endswith(("sops.yaml", "sops.yml")) else {}
            found += scan_blob(path, data, context)
        else:
            found.append(unreadable(path, data))
    return sorted(once_per_rule(dict.fromkeys(found + policies(held, context))), key=order)


def read(path: Path) -> bytes | str:
    """The bytes of a file, those of a link being where it leads; or why it cannot be read."""
    try:
        if path.is_symlink():
            return os.fsencode(path.readlink())
        if path.stat().st_size > LARGEST:
            return f"{path.stat().st_size // 1_000_000} MB are more than is read"
        return regular_file.read(path)
    except OSError as error:
        return (error.strerror or "cannot be read").lower()


def below(root: Path, given: Iterable[Path], tree: WorkTree | None) -> Iterator[str]:
    """The files that are named, and those in the folders that are named. In a repository a folder is what git tracks and
    what it does not ignore; a file is taken even where it is ignored. Raises SealkitError for a path that is not there."""
    for path in given:
        full = path if path.is_absolute() else Path.cwd() / path
        name = os.path.relpath(full, root)
        if name.startswith(".."):
            raise SealkitError(f"{path}: outside {root}", hint="scan it from there")
        relative = "" if name == "." else Path(name).as_posix()
        if full.is_symlink() or not full.is_dir():
            if not full.exists() and not full.is_symlink():
                raise SealkitError(f"{path}: no such file or folder", hint="check the path")
            yield relative
        elif tree is not None:
            yield from tree.paths(relative)
        else:
            yield from _walk(root, full)


def _walk(root: Path, folder: Path) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            yield (Path(where) / name).relative_to(root).as_posix()
