"""What waits for approval: the difference between what the ledger says and what there is. Pure; no key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sealkit.ledger.entries import ConfigEntry, FileEntry, FolderEntry, LedgerEntry, PathEntry, PublicEntry
from sealkit.ledger.folders import names_by_folder, names_digest
from sealkit.ledger.inputs import InputFile, Inputs
from sealkit.ledger.text import Ledger
from sealkit.source.filenames import CONFIG, POLICY

Key = tuple[str, ...]
"""What there can be one line of: `LedgerEntry.key`."""

_WHAT = {FileEntry.kind: "a sealed file", PublicEntry.kind: "a public file", ConfigEntry.kind: "the configuration"}


class Reason(StrEnum):
    """Why something waits."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    REPLAYED = "replayed"
    SWAPPED = "swapped"
    RECIPIENTS = "recipients"
    LINE_REMOVED = "line-removed"
    DISAGREE = "disagree"


class Unapproved(NamedTuple):
    """One thing that waits. `path` names the file, or the folder with a slash at its end; `route` where in it. `sign` is what
    `approve` would sign, `drop` the keys of the lines that it would take out.

    `implied`: a folder that differs because of files in it that wait, too. It is signed with the last of them.
    """

    why: Reason
    path: str
    message: str
    route: str = ""
    sign: LedgerEntry | None = None
    drop: tuple[Key, ...] = ()
    implied: bool = False

    def __str__(self) -> str:
        where = f"{self.path} {self.route}".rstrip()
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the ledger.

    `deployed` has the version of each line that was deployed, or handed to a program, by its key. `is_free_change` says whether
    a public file, whose bytes outside the free spans are approved, may differ in them.
    """

    deployed: Mapping[Key, int] = field(default_factory=lambda: MappingProxyType({}))
    is_free_change: Callable[[InputFile, PublicEntry], bool] = lambda _file, _entry: False


def find_unapproved(ledger: Ledger, inputs: Inputs, known: Known | None = None) -> list[Unapproved]:
    """Everything in `inputs` that the (verified) ledger does not approve: configuration first, then files and folders by path.

    A folder whose names differ is `implied` where the ledger agrees with itself about it: then the difference is made of files
    that wait. Otherwise a file went, or came, together with its line.
    """
    known = known or Known()
    items = list(_files(ledger, inputs, known))
    waiting = {item.path for item in items}
    items += _folders(ledger, inputs, known, waiting)
    return sorted(items, key=lambda item: (not isinstance(item.sign, ConfigEntry), item.path, item.implied))


def _files(ledger: Ledger, inputs: Inputs, known: Known) -> Iterator[Unapproved]:
    entries = ledger.paths()
    by_digest = {entry.sha256: path for path, entry in entries.items() if isinstance(entry, FileEntry)}
    for path, file in inputs.files.items():
        deployed = known.deployed.get(("path", path), 0)
        entry = entries.get(path)
        if entry is not None and _approves(entry, file, known):
            if entry.version >= deployed:
                continue
            why, text = Reason.REPLAYED, f"version {entry.version} was put back, version {deployed} was deployed"
        elif entry is not None:
            why, text = _changed(file, entry, by_digest.get(file.sha256, ""))
        elif path in entries:
            why, text = Reason.DISAGREE, "two lines of the ledger disagree about it"
        elif deployed:
            why, text = Reason.LINE_REMOVED, f"its line was taken out of the ledger (version {deployed} was deployed)"
        else:
            why, text = Reason.NEW, f"{_WHAT[file.kind]} that is not approved"
        sign = file.entry(max(ledger.version(("path", path)), deployed) + 1)
        yield Unapproved(why, path, text, sign=sign)
    for path in sorted(entries.keys() - inputs.files.keys()):
        text = "the ledger has it, and it was removed"
        yield Unapproved(Reason.REMOVED, path, text, drop=(("path", path),))
    for key in known.deployed.keys() - {("path", path) for path in (*entries, *inputs.files)}:
        if key[0] == "path" and key[1] in {CONFIG, POLICY}:
            yield Unapproved(Reason.LINE_REMOVED, key[1], "was deployed, and went together with its line", drop=(key,))


def _approves(entry: PathEntry, file: InputFile, known: Known) -> bool:
    if entry.kind != file.kind:
        return False
    if entry.sha256 == file.sha256:
        return True  # the digest covers the recipients, too
    if not isinstance(entry, PublicEntry) or not entry.free:
        return False
    return entry.free == file.blanked and known.is_free_change(file, entry)


def _changed(file: InputFile, entry: PathEntry, same_as: str) -> tuple[Reason, str]:
    if entry.kind != file.kind:
        return Reason.CHANGED, f"is {_WHAT[file.kind]} now, approved was {_WHAT[entry.kind]}"
    if isinstance(entry, FileEntry) and same_as not in {"", file.path}:
        return Reason.SWAPPED, f"holds what was approved as {same_as}: the files were swapped or copied"
    if isinstance(entry, FileEntry) and entry.to != file.to:
        return Reason.RECIPIENTS, f"its recipients changed ({gained_lost(entry.to, file.to)})"
    return Reason.CHANGED, f"is not what was approved as version {entry.version}"


def _folders(ledger: Ledger, inputs: Inputs, known: Known, waiting: set[str]) -> Iterator[Unapproved]:
    entries, names_in = ledger.folders(), names_by_folder(ledger)
    empty = names_digest(())
    for path, names in inputs.folders.items():
        deployed = known.deployed.get(("folder", path), 0)
        sign = FolderEntry(path, max(ledger.version(("folder", path)), deployed) + 1, names)
        shown, entry = f"{path}/" if path else "./", entries.get(path)
        if entry is not None and entry.names == names:
            if entry.version < deployed:
                text = (
                    f"an old list of its files was put back: version {entry.version}, version {deployed} was deployed"
                )
                yield Unapproved(Reason.REPLAYED, shown, text, sign=sign)
        elif path not in entries:
            if deployed:
                text = f"its line was taken out of the ledger (version {deployed} was deployed)"
                yield Unapproved(Reason.LINE_REMOVED, shown, text, sign=sign)
            elif names != empty:
                implied = _holds_any(path, waiting)
                yield Unapproved(Reason.NEW, shown, "a folder that is not approved", sign=sign, implied=implied)
        elif entry is None:
            text = "two branches changed which files are in it"
            yield Unapproved(Reason.DISAGREE, shown, text, sign=sign)
        elif names_digest(names_in.get(path, ())) == entry.names:
            text = "other files are in it than were approved"
            yield Unapproved(Reason.CHANGED, shown, text, sign=sign, implied=True)
        else:
            text = "a file came or went together with its line in the ledger"
            yield Unapproved(Reason.CHANGED, shown, text, sign=sign)


def _holds_any(folder: str, paths: Iterable[str]) -> bool:
    return any(not folder or path.startswith(f"{folder}/") for path in paths)


def gained_lost(before: Iterable[str], after: Iterable[str]) -> str:
    """`gained A, B; lost C` for two sets of recipients."""
    old, new = set(before), set(after)
    parts = [("gained", sorted(new - old)), ("lost", sorted(old - new))]
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)
