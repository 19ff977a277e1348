"""What a commit would publish: the blobs of the index that differ from HEAD, each one whole.

The work tree is not looked at: what is staged may differ from it. `quick` answers the usual case, nothing suspicious, with
little more than git and Hyperscan; everything else takes `scan`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealkit.scan.git_pipe import LINK, MODULE, Broken, Object, Objects, Staged, StagedChange, absent

if TYPE_CHECKING:
    from sealkit.model.finding import Finding
    from sealkit.scan.context import Context

LARGEST = 64 * 1024 * 1024
"""A blob that is larger is not read: it is a finding of its own, or excluded by name."""
_SETTINGS = ("sealkit.yaml", ".sops.yaml")


class StagedBlobs:
    """What is staged, read once: changes, their blobs, and the files that say how to judge them."""

    def __init__(self) -> None:
        objects, staged = Objects(LARGEST), Staged()
        from sealkit.scan.prefilter import shared  # while git works

        self.prefilter = shared()
        self.changes = [change for change in staged.changes() if change.mode != MODULE]
        names = [f":{name}" for name in _SETTINGS]
        names += [change.oid for change in self.changes if change.status != "U" and not absent(change.oid)]
        found = list(objects.get(names))
        objects.close()
        self.settings = {name: item.data for name, item in zip(_SETTINGS, found, strict=False) if item.data is not None}
        self.ids: tuple[str, str] = (found[0].oid, found[1].oid)
        self.blobs: dict[str, Object] = {item.name: item for item in found[len(_SETTINGS) :]}

    def clean(self) -> bool:
        """Whether there is nothing to look at twice: no path that the house sets apart, no hit, nothing that was not read."""
        if not self._ordinary():
            return False
        for change in self.changes:
            blob = self.blobs.get(change.oid)
            if change.status == "U" or (not absent(change.oid) and (blob is None or blob.data is None)):
                return False
            if blob is not None and blob.data is not None and not self._dull(blob.data):
                return False
        return self._dull("\n".join(change.path for change in self.changes).encode("utf-8", "surrogateescape"))

    def _ordinary(self) -> bool:
        if not self.settings:
            return True
        from sealkit.scan import path_cache

        known = path_cache.load(*self.ids)
        return known is not None and all(known.ordinary(change.path) for change in self.changes)

    def _dull(self, data: bytes) -> bool:
        from sealkit.scan.archives import archive

        utf16 = data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        if utf16 or archive(data):
            return False
        hits = self.prefilter.hits(data)
        if not hits:
            return True
        from sealkit.scan.line_verdicts import hot

        return not hot(data, hits)


def quick() -> StagedBlobs | None:
    """What is staged, or None where git has to be asked again by someone who can say what is wrong."""
    try:
        return StagedBlobs()
    except Broken:
        return None


def scan(taken: StagedBlobs, context: Context) -> list[Finding]:
    """Every finding of what is staged."""
    from sealkit.scan import ref_names
    from sealkit.scan.engine import order, policies

    found = policies({c.path: b.data for c in taken.changes if (b := taken.blobs.get(c.oid)) and b.data}, context)
    for change in taken.changes:
        if absent(change.oid) and change.status != "U":
            continue  # `git add -N`: nothing is committed yet
        if not context.excluded(change.path):
            context.tally.scanned += 1
            found += _one(change, taken, context)
    named = ref_names.Names()
    named.look("file", (change.path for change in taken.changes))
    return sorted(
        dict.fromkeys(named.masked([*found, *(item for item in named.findings if not context.allows(item))])), key=order
    )


def _one(change: StagedChange, taken: StagedBlobs, context: Context) -> list[Finding]:
    from sealkit.scan.engine import scan_blob, unreadable

    if change.status == "U":
        return [unreadable(change.path, "a conflict that is not resolved", f"resolve it, then: git add {change.path}")]
    blob = taken.blobs[change.oid]
    if blob.size < 0:
        hint = "git fsck; in a partial clone: git fetch --refetch"
        return [unreadable(change.path, "its object is missing", hint)]
    if blob.data is None:
        hint = "exclude it by name: scan.exclude in sealkit.yaml"
        return [unreadable(change.path, f"{blob.size // 1_000_000} MB are more than is read", hint)]
    if change.mode == LINK:  # the path it holds is published too, and never followed
        return [item for item in scan_blob(change.path, blob.data, context) if item.rule[:3] in {"SK2", "SK3"}]
    return scan_blob(change.path, blob.data, context)
