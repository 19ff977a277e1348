"""What stood there before a change: only what a commit adds may block it.

A finding with a value is an old one where the same rule found the same value in an old version of a changed path, deleted paths
included: to remove one of two leaks, to move, rename or re-indent adds none. A finding without a value (a file that is not
sealed, a block without a MAC) is an old one where the same rule says the same of the old version of that path, or of the deleted
file that it was moved from, and, for a file as a whole, where the new version has no line that the old one lacks.

Old versions are read and scanned only where a change has findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sealkit.model.finding import Finding, FoundValue
from sealkit.model.severity import Severity
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob

_WHOLE_FILE = frozenset(["SK102", "SK103", "SK104", "SK105", "SK901"])
"""Rules that speak of all that a file holds, so that a line more may be a leak more."""
_WEIGHT = {Severity.NOTE: 0, Severity.WARNING: 1, Severity.ERROR: 2}
_COMMON = 16
"""A line that more deleted files have says nothing about where a file came from."""


@dataclass(slots=True)
class OldBlob:
    """The old version of a changed path; `gone` where no file has that path any more. `data` is None where it was not read."""

    path: str
    oid: str
    data: bytes | None
    gone: bool = False
    findings: Sequence[Finding] = field(default=())


class Earlier:
    """The findings of the old versions. `count` says how many findings were taken for old ones."""

    def __init__(self, read: Callable[[], Iterable[OldBlob]], context: Context) -> None:
        """`read` is called once, with the first finding. Neither exclusions nor the allow list count: old is old."""
        self._read, self._context, self._tally = read, context.without_allow_list(), context.tally
        self._blobs: list[OldBlob] | None = None
        self._by_path: dict[str, list[OldBlob]] = {}
        self._gone: dict[bytes, list[OldBlob]] = {}
        self._values: dict[tuple[str, FoundValue], int] = {}
        self._renamed: set[tuple[str, str]] = set()
        self._seen: set[object] = set()

    def without(
        self, findings: Sequence[Finding], path: str, oid: str = "", data: bytes | None = None
    ) -> list[Finding]:
        """Those of these findings that the new version of a path adds. What is left out is counted."""
        if not findings:
            return []
        if self._blobs is None:
            self._load()
        origin = self._origin(path, oid, data)
        kept = []
        for item in findings:
            if self._is_old(item, path, oid, data, origin):
                self._seen.add((item.rule, item.value or (item.path, item.route)))
            else:
                kept.append(item)
        self._tally.earlier = len(self._seen)
        return kept

    def _load(self) -> None:
        self._blobs = []
        for blob in self._read():
            self._blobs.append(blob)
            self._by_path.setdefault(blob.path, []).append(blob)
            if blob.data is not None:
                blob.findings = scan_blob(blob.path, blob.data, self._context)
                self._remember(blob.findings)
                for line in _lines(blob.data) if blob.gone else ():
                    self._gone.setdefault(line, []).append(blob)

    def know(self, findings: Iterable[Finding]) -> None:
        """Take further findings for old ones: of the names that files had."""
        if self._blobs is None:
            self._load()
        self._remember(findings)

    def _remember(self, findings: Iterable[Finding]) -> None:
        for item in findings:
            if item.value is not None:
                key, weight = (item.rule, item.value), _WEIGHT[item.severity]
                self._values[key] = max(weight, self._values.get(key, 0))

    def _is_old(self, item: Finding, path: str, oid: str, data: bytes | None, origin: OldBlob | None) -> bool:
        if item.value is not None:
            if origin is not None and self._weight(item) < _WEIGHT[item.severity]:
                self._scan_as(origin, path)  # the name of a file says how it is read
            return self._weight(item) >= _WEIGHT[item.severity]
        before = [*self._by_path.get(path, ()), *([origin] if origin is not None else [])]
        return any(_said_before(item, old, oid, data) for old in before)

    def _weight(self, item: Finding) -> int:
        return self._values.get((item.rule, item.value), -1) if item.value is not None else -1

    def _scan_as(self, old: OldBlob, path: str) -> None:
        if (old.path, path) not in self._renamed and old.data is not None:
            self._renamed.add((old.path, path))
            self._remember(scan_blob(path, old.data, self._context))

    def _origin(self, path: str, oid: str, data: bytes | None) -> OldBlob | None:
        """The deleted file that a new one was moved from: the same, or the one with most of its lines, and half of them."""
        gone = [old for old in self._blobs or () if old.gone and old.path != path]
        same = next((old for old in gone if oid and old.oid == oid), None)
        if same is not None or data is None or not gone:
            return same
        lines = _lines(data)
        shared: Counter[int] = Counter()
        by_id = {id(old): old for old in gone}
        for line in lines:
            owners = self._gone.get(line, ())
            if len(owners) <= _COMMON:
                shared.update(id(old) for old in owners)
        for at, number in shared.most_common():
            if at in by_id:
                return by_id[at] if 2 * number >= len(lines) else None
        return None


def _said_before(item: Finding, old: OldBlob, oid: str, data: bytes | None) -> bool:
    """Whether the old version had this finding without a value already."""
    if oid and old.oid == oid:
        return True
    if not any((item.rule, item.route) == (other.rule, other.route) for other in old.findings):
        return False
    if item.rule not in _WHOLE_FILE:
        return True
    return data is not None and old.data is not None and b"\0" not in data and _lines(data) <= _lines(old.data)


def _lines(data: bytes) -> set[bytes]:
    """The lines of a file, without indentation, blank lines and comments."""
    rows = {row.strip() for row in data.split(b"\n")}
    return {row for row in rows if row and not row.startswith(b"#")}
