"""Whether a public file differs from what was approved in nothing but image tags and digests that went up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sealkit.ledger.entries import PublicEntry
from sealkit.ledger.free_spans import free_spans, moves_up
from sealkit.ledger.inputs import InputFile
from sealkit.operations.repository import Repository

IMAGE_TAGS = "image-tags"
"""What `trust.free` in `sealkit.yaml` lists to let image tags and digests go up unsigned."""


class FreeChanges:
    """Judges public files whose bytes outside the free spans are approved.

    `deployed` has the texts of the free spans of a file as they were deployed, with the version of its line then. A file that was
    not deployed, or was signed since, is compared with the signed text; where that is not found, the change waits.
    """

    def __init__(
        self,
        repository: Repository,
        deployed: Mapping[str, tuple[int, Sequence[str]]] = MappingProxyType({}),
    ) -> None:
        self._repository = repository
        self._deployed = deployed

    def __call__(self, file: InputFile, entry: PublicEntry) -> bool:
        """Whether the change of a file needs no approval."""
        if IMAGE_TAGS not in self._repository.config.free:
            return False
        before = self._before(entry)
        after = [span.text for span in file.free]
        return before is not None and len(before) == len(after) and all(map(moves_up, before, after))

    def _before(self, entry: PublicEntry) -> Sequence[str] | None:
        version, texts = self._deployed.get(entry.path, (0, ()))
        if version >= entry.version:
            return texts
        signed = self._repository.approved_versions().find(entry.path, entry.sha256)
        return None if signed is None else [span.text for span in free_spans(entry.path, signed)]
