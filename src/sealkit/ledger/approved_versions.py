"""The approved version of a file, and which leaves of a sealed one differ from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.ledger import approved_copies
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Reason, Unapproved
from sealkit.sealed.file import SealedFile, normalised

if TYPE_CHECKING:
    from sealkit.ledger.compare import LeafChange

SHOWN_ROUTES = 3
"""How many routes a message names before it counts the rest."""

WHOLE_FILE = frozenset(
    {
        Reason.NEW,
        Reason.CHANGED,
        Reason.REPLAYED,
        Reason.SWAPPED,
        Reason.RECIPIENTS,
        Reason.LINE_REMOVED,
        Reason.DISAGREE,
    }
)
"""Reasons that concern a sealed file as a whole, so that the leaves that differ are looked up."""


@dataclass(frozen=True, slots=True)
class ApprovedVersions:
    """Where approved versions are found: the ledger says which, the git folder and the history hold them."""

    ledger: Ledger
    root: Path
    common_dir: Path

    def find(self, path: str, sha256: str) -> bytes | None:
        """The bytes of a path with this digest, normalised as they were signed; None where this clone does not have them."""
        data = approved_copies.find(self.root, self.common_dir, path, sha256)
        return normalised(data) if data is not None else None

    def before(self, path: str) -> bytes | None:
        """The approved version of a path; None where there is none, or this clone does not have it."""
        entry = self.ledger.paths().get(path)
        return self.find(path, entry.sha256) if entry is not None else None

    def changes(self, file: SealedFile) -> list[LeafChange]:
        """What differs between a sealed file and its approved version; every leaf where that is not found."""
        from sealkit.ledger.compare import changes  # only needed where something is not approved

        before = self.before(file.path)
        text = file.data.decode("utf-8", "surrogateescape")
        return changes(before.decode("utf-8", "surrogateescape") if before else "", text, file.path)

    def with_routes(self, items: Sequence[Unapproved], files: Mapping[str, SealedFile]) -> list[Unapproved]:
        """The same items with the routes that differ from what was approved, where a file changed."""
        return [
            item._replace(route=summary(self.changes(files[item.path])))
            if item.path in files and not item.route and item.why in WHOLE_FILE
            else item
            for item in items
        ]


def summary(leaf_changes: Sequence[LeafChange]) -> str:
    """The first routes in one line; `.sops` where only the `sops` block differs."""
    if not leaf_changes:
        return ".sops"
    routes = list(dict.fromkeys(str(change.route) for change in leaf_changes))
    more = f" and {len(routes) - SHOWN_ROUTES} more" if len(routes) > SHOWN_ROUTES else ""
    what = f" ({leaf_changes[0].what})" if len(leaf_changes) == 1 else ""
    return ", ".join(routes[:SHOWN_ROUTES]) + more + what
