"""What a deploy reads of a repository, and what else the ledger names: files with their digests, folders with their names.

A file that is not here is not there for a renderer. Symbolic links and submodules are never here. No key is needed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import free_spans
from sealkit.ledger.entries import ConfigEntry, FileEntry, PathEntry, PublicEntry
from sealkit.ledger.folders import CONFIGURATION, is_listed, names_digest
from sealkit.ledger.recipient_names import recipient_names
from sealkit.ledger.text import Ledger
from sealkit.sealed.file import SealedFile, normalised
from sealkit.source import filenames
from sealkit.source.config import Config
from sealkit.source.file_tree import GitTree, SourceTree, inside
from sealkit.source.git_objects import read_blobs
from sealkit.source.path_patterns import glob


class InputFile:
    """One file: its path, the kind of its entry (`file`, `public`, `config`), and its bytes as they are signed and used."""

    def __init__(self, path: str, kind: str, data: bytes, sealed: SealedFile | None = None) -> None:
        """`sealed` is the sealed file of these bytes, where it was read before."""
        self.path = path
        self.kind = kind
        self.data = normalised(data)
        self.sealed = (sealed or SealedFile(path, data)) if kind == FileEntry.kind else None

    @cached_property
    def sha256(self) -> str:
        """The digest of its bytes, as `file_digest` tells it of what is on disk."""
        # not `file_digest` of what is normalised already: it would turn CR CR LF into LF, and another text would pass
        return self.sealed.digest if self.sealed is not None else hashlib.sha256(self.data).hexdigest()

    @cached_property
    def to(self) -> tuple[str, ...]:
        """Who a sealed file is sealed to, as the ledger writes it."""
        return recipient_names(self.sealed.recipients) if self.sealed is not None else ()

    @cached_property
    def free(self) -> tuple[free_spans.FreeSpan, ...]:
        """The free spans of a public file."""
        return free_spans.free_spans(self.path, self.data) if self.kind == PublicEntry.kind else ()

    @property
    def blanked(self) -> str:
        """The digest of its bytes with the free spans blanked; empty without any."""
        return hashlib.sha256(free_spans.blanked(self.data, self.free)).hexdigest() if self.free else ""

    def entry(self, version: int) -> PathEntry:
        """What approves it as it is."""
        if self.kind == FileEntry.kind:
            return FileEntry(self.path, version, self.sha256, self.to)
        if self.kind == ConfigEntry.kind:
            return ConfigEntry(self.path, version, self.sha256)
        return PublicEntry(self.path, version, self.sha256, self.blanked)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Files by path, and the digest of the names of each folder that a deploy reads by its path. `links` are the symbolic links
    below public folders, which are left out."""

    files: Mapping[str, InputFile]
    folders: Mapping[str, str]
    links: tuple[str, ...] = ()

    @property
    def sealed(self) -> dict[str, SealedFile]:
        """The sealed files, and those that the ledger names as sealed."""
        return {path: file.sealed for path, file in self.files.items() if file.sealed is not None}


def is_deployed(config: Config, ledger: Ledger | None) -> bool:
    """Whether the public files are sealkit's to deploy. A repository that only seals and scans (Flux opens its files) has no lines
    for public files: it names neither a public tree nor a target, and nobody approved a public file."""
    known = ledger.paths().values() if ledger is not None else ()
    return bool(config.public or config.targets or any(isinstance(entry, PublicEntry) for entry in known))


def read_inputs(
    config: Config,
    tree: SourceTree,
    ledger: Ledger | None,
    *,
    deploys: bool | None = None,
    handed: Callable[[str], bool] | None = None,
) -> Inputs:
    """The inputs of all targets in a tree. `deploys` says that public files count; without it, `is_deployed` does. `handed` says
    which other paths a program gets that `exec` starts; without it, `exec.reads` of the configuration does.

    Raises RefusedError for two paths that a file system may take for one, and SealkitError for a file that cannot be read though
    the ledger names it or a deploy reads it.
    """
    named = ledger.paths() if ledger is not None else {}
    deploys = is_deployed(config, ledger) if deploys is None else deploys
    scope = _Scope(config, deploys=deploys, handed=handed or reads_of(config))
    found: dict[str, InputFile] = {}
    links = []
    for path, data in _contents(tree):
        if scope.is_public(path) and (data is None or tree.is_link(path)):
            links.append(path)
            continue
        if data is None:
            continue
        kind = scope.kind_of(path, data, named.get(path))
        if kind:
            found[path] = InputFile(path, kind, data)
    folders = _folders(found, scope)
    _require_distinct(found)
    return Inputs(found, folders, tuple(links))


def reads_of(config: Config) -> Callable[[str], bool]:
    """Whether a path matches a pattern of `exec.reads`."""
    patterns = [glob(pattern) for pattern in config.reads or ()]
    return lambda path: any(pattern.match(path) for pattern in patterns)


class _Scope:
    """Which paths are inputs."""

    def __init__(self, config: Config, *, deploys: bool, handed: Callable[[str], bool]) -> None:
        self._handed = handed
        self._targets = [config.target(name) for name in config.targets or (None,)] if deploys else []
        self._reserved = {filenames.LEDGER, filenames.SIGNING_KEY, config.allow, *CONFIGURATION}
        self._example = f"{config.example}/" if config.example else "\0"
        self._folders = [
            (_prefixes(target.public), _prefixes(({config.private, *target.private} - {""}) - {*target.public}))
            for target in self._targets
        ]

    def is_public(self, path: str) -> bool:
        """Whether it is below a public folder of a target, and not of the private half; or a program gets it."""
        if path in self._reserved:
            return False
        for public, private in self._folders:
            if path.startswith(public) and not path.startswith(private) and not path.startswith(self._example):
                return True
        return self._handed(path)

    def roots(self) -> set[str]:
        """The public and the private folders of the targets."""
        return {folder for target in self._targets for folder in (*target.public, *target.private)}

    def kind_of(self, path: str, data: bytes, known: PathEntry | None) -> str:
        """The kind of its entry; empty for what is no input."""
        if path in CONFIGURATION:
            return ConfigEntry.kind
        if SealedFile(path, data).is_sealed:
            return FileEntry.kind
        if self.is_public(path):
            return PublicEntry.kind
        return known.kind if known is not None else ""


def _prefixes(folders: Iterable[str]) -> tuple[str, ...]:
    """What the paths below these folders begin with; the empty folder contains every path."""
    return tuple(f"{folder}/" if folder else "" for folder in folders)


def _contents(tree: SourceTree) -> Iterator[tuple[str, bytes | None]]:
    """Every file of a tree; those of a commit through one git child. None for a link that leads out of it: it is never opened, and
    scan reports it. Raises SealkitError for another one that cannot be read: a pipe in place of a file, say."""
    if isinstance(tree, GitTree):
        entries = [tree.entries[path] for path in tree.paths()]
        blobs = dict(read_blobs(tree.root, list(dict.fromkeys(entry.oid for entry in entries))))
        yield from ((entry.path, blobs[entry.oid]) for entry in entries)
        return
    for path in tree.paths():
        try:
            yield path, tree.read(path)
        except SealkitError:
            if not tree.is_link(path):
                raise  # it may be one that must be judged
            yield path, None


def _folders(found: Mapping[str, InputFile], scope: _Scope) -> dict[str, str]:
    """The digest of the names in each folder from the roots down; a root counts also where nothing is in it."""
    roots = scope.roots()
    names: dict[str, set[str]] = {root: set() for root in roots}
    for path in found:
        if not is_listed(path):
            continue
        name = path
        while any(inside(name, root) and name != root for root in roots):
            folder = name.rpartition("/")[0]
            names.setdefault(folder, set()).add(name.rpartition("/")[2] + ("/" if name != path else ""))
            name = folder
    return {folder: names_digest(children) for folder, children in sorted(names.items())}


def _require_distinct(paths: Iterable[str]) -> None:
    """Raises RefusedError for two paths that are one where a file system folds case or composes characters: which of the two a
    program reads would depend on the machine."""
    seen: dict[str, str] = {}
    judged: set[str] = set()
    for path in paths:
        part = path
        while part and part not in judged:  # a folder that was judged has its folders judged, too
            judged.add(part)
            other = seen.setdefault(unicodedata.normalize("NFC", part).casefold(), part)
            if other != part:
                raise RefusedError(
                    f"{part}: the same path as {other} on some file systems", hint="rename one of the two"
                )
            part = part.rpartition("/")[0]
