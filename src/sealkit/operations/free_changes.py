"""Whether a public file differs from what was approved in nothing but image tags and digests that went up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sealkit.ledger.approved_versions import ApprovedVersions
from sealkit.ledger.entries import PublicEntry
from sealkit.ledger.free_spans import FreeSpan, free_spans, held_back
from sealkit.ledger.inputs import InputFile
from sealkit.sealed.file import normalised
from sealkit.source.config import Config

IMAGE_TAGS = "image-tags"
"""What `trust.free` in `sealkit.yaml` lists to let image tags and digests go up unsigned."""


class FreeChanges:
    """Judges public files whose bytes outside the free spans are approved.

    `deployed` has the texts of the free spans of a file, by their place, as they were deployed, with the version of its line then.
    A file that was not deployed, or was signed since, is compared with the signed text; where that is not found, the change waits.
    """

    def __init__(
        self,
        config: Config,
        versions: ApprovedVersions,
        deployed: Mapping[str, tuple[int, Mapping[str, str]]] = MappingProxyType({}),
    ) -> None:
        self._config = config
        self._versions = versions
        self._deployed = deployed

    def __call__(self, file: InputFile, entry: PublicEntry) -> bool:
        """Whether the change of a file needs no approval."""
        if IMAGE_TAGS not in self._config.free:
            return False
        before = self._before(entry)
        return before is not None and not held_back(before, texts_by_place(file.free))

    def _before(self, entry: PublicEntry) -> Mapping[str, str] | None:
        version, texts = self._deployed.get(entry.path, (0, {}))
        if version >= entry.version:
            return texts
        signed = self._versions.find(entry.path, entry.sha256)
        return None if signed is None else texts_by_place(free_spans(entry.path, normalised(signed)))


def texts_by_place(spans: Iterable[FreeSpan]) -> dict[str, str]:
    """The text of each free span by its place."""
    return {span.place: span.text for span in spans}
