"""What overlay asks of whoever opens sealed files. The wet side opens with keys, the dry side makes stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sealkit.model.tree import Tree
from sealkit.sealed.file import SealedFile


class Opener(Protocol):
    """Opens sealed files."""

    def open_all(self, sealed: Mapping[str, SealedFile]) -> dict[str, list[Tree]]:
        """The documents of each sealed file, by its path from the root (one call, so that PGP runs once for all).

        Leaves that the file seals are `Sensitive` with `Origin(path, route, document)` and the mask `***`; leaves that it
        leaves open are plain scalars; comments and the `sops` block are gone. Raises SealkitError: no identity (exit 3),
        a bad MAC (exit 1), an unreadable file (exit 2).
        """
        ...
