"""Checks of the sealed files themselves."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.errors import SealkitError
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.source.filenames import POLICY


def shared_data_keys(context: CheckContext) -> Iterator[Check]:
    """Whether several files share a data key."""
    by_key: dict[bytes, list[str]] = {}
    for path, opened in context.opened.items():
        if not isinstance(opened, SealkitError):
            by_key.setdefault(opened.data_key, []).append(path)
    shared = [paths for paths in by_key.values() if len(paths) > 1]
    for paths in shared:
        yield Check(Level.RISK, "data keys", f"{', '.join(paths)} share one: a line can be moved between them",
                    f"sealkit rotate {' '.join(paths)}")  # fmt: skip
    if by_key and not shared:
        yield Check(Level.OK, "data keys", "each file has its own")


def mac_only_encrypted(context: CheckContext) -> Iterator[Check]:
    """Whether the MAC of every file covers its open values, too."""
    weak = [path for path, block in context.metadata.items() if block.mac_only_encrypted]
    for path in weak:
        yield Check(Level.RISK, "mac", f"{path}: mac_only_encrypted, so sops does not notice a changed open value",
                    f"take it out of {POLICY}; the ledger covers it meanwhile")  # fmt: skip
    if context.metadata and not weak:
        yield Check(Level.OK, "mac", "covers every value of every file")


def readable_without_key(context: CheckContext) -> Iterator[Check]:
    """What a sealed file tells without a key."""
    if context.sealed:
        text = "whoever reads a sealed file learns the names, types and lengths of its values, its recipients and when it changed"
        yield Check(Level.NOTE, "readers", text)
