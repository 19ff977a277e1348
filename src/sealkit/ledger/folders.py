"""The names in the folders that a deploy reads, as the ledger holds them: so that absence shows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from sealkit.ledger.entries import FolderEntry, PublicEntry
from sealkit.ledger.text import Ledger
from sealkit.source.filenames import CONFIG, POLICY, SIGNING_KEY

CONFIGURATION = (CONFIG, POLICY)
"""The files that say what is deployed where, and who can open what."""


def is_listed(path: str) -> bool:
    """Whether a file counts among the names of its folder. The files of sealkit itself do not."""
    return path not in CONFIGURATION and path != SIGNING_KEY


def names_digest(names: Iterable[str]) -> str:
    """The digest of the names in a folder; those of subfolders end with a slash."""
    return hashlib.sha256("\0".join(sorted(names)).encode("utf-8", "surrogateescape")).hexdigest()


def names_by_folder(ledger: Ledger) -> dict[str, set[str]]:
    """The names in each folder as far as the ledger has lines of files in them."""
    found: dict[str, set[str]] = {}
    for path in filter(is_listed, ledger.paths()):
        name, slash = path, ""
        while name:
            folder, _, last = name.rpartition("/")
            found.setdefault(folder, set()).add(last + slash)
            name, slash = folder, "/"
    return found


def following_entries(before: Ledger, after: Ledger, folders: Iterable[str]) -> list[FolderEntry]:
    """The lines of folders that follow from the files that were signed between two ledgers; `folders` are those that there are
    (`Inputs.folders`). A line names exactly the files that `after` has lines for, so that other files in it wait.

    A folder follows where `before` agreed with itself about it: one from which a file went together with its line was not
    approved, and does not become so on the way.
    """
    old_names, new_names = names_by_folder(before), names_by_folder(after)
    entries = before.folders()
    # where nothing was deployed with sealkit so far, sealed files have lines, and their folders have none
    begins = not entries and not any(isinstance(entry, PublicEntry) for entry in before.entries)
    found = []
    for path in sorted({*folders, *entries}):
        names = new_names.get(path, set())
        digest, entry = names_digest(names), entries.get(path)
        if entry is not None:
            follows = entry.names != digest and entry.names == names_digest(old_names.get(path, ()))
        else:  # a folder that is new, as far as the ledger knows
            follows = path not in entries and (begins or path not in old_names) and bool(names)
        if follows:
            found.append(FolderEntry(path, before.version(("folder", path)) + 1, digest))
    return found


def stale_keys(ledger: Ledger, folders: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The keys of lines of folders that are gone, and of which the ledger has no file."""
    names = names_by_folder(ledger)
    return [("folder", path) for path in ledger.folders() if path not in folders and path not in names]
