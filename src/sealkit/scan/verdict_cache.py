"""What a hook looked at before and found to be nothing: a digest of each such hit and of the bytes that its verdict rests on.

Most lines of a changed file were in the last commit too. Where all hits of a commit are known, the judge is not even imported
(measured on 3 staged files: half of the processor time). The file is the user's own and goes with the state of the judge's code,
like the database of the prefilter. No `re` and no `dataclasses` here: a hook imports this.
"""

from __future__ import annotations

import zlib

from sealkit.scan import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from sealkit.scan.prefilter import Hit

_SIZE = 8
"""Bytes of a digest: among 30,000 of them a new one is taken for another in one of 10^14 cases."""
_MOST = 30_000 * _SIZE
_LONGEST = 480
"""Hits on longer lines are not kept: they are judged on a part of the line."""
NEAR = 400
"""How far a verdict looks around a line, in bytes: from a name to its value, from an option to its argument."""
_REACHES = ("line", "near")


class VerdictCache:
    """The digests of hits without a finding, read once; `keep` writes those that came to it."""

    def __init__(self) -> None:
        self._name = f"verdicts-{zlib.crc32(cache.state_of_code().encode()):08x}"
        self._known = cache.read(self._name) or b""
        self._new: list[bytes] = []

    def unknown(self, data: bytes, hits: list[Hit]) -> list[Hit]:
        """The hits that nobody has looked at."""
        return [hit for hit in hits if not self._knows(data, hit)]

    def _knows(self, data: bytes, hit: Hit) -> bool:
        return any(self._stands(digest) for digest in _digests(data, hit))

    def _stands(self, digest: bytes) -> bool:
        at = self._known.find(digest)
        while at >= 0 and at % _SIZE:
            at = self._known.find(digest, at + 1)
        return at >= 0

    def add(self, data: bytes, hits: list[tuple[Hit, str]]) -> None:
        """Take up hits that were found to be nothing, each with what that rests on: its `line`, the lines `near` it, or `more`,
        which is not kept."""
        for hit, reach in hits:
            digests = _digests(data, hit) if reach in _REACHES else ()
            if digests:
                self._new.append(digests[_REACHES.index(reach)])

    def keep(self) -> None:
        """Write what came to it. A cache that cannot be written costs time, nothing else."""
        if self._new:
            cache.keep(self._name, (b"".join(dict.fromkeys(self._new)) + self._known)[:_MOST])


def _digests(data: bytes, hit: Hit) -> tuple[bytes, bytes] | tuple[()]:
    """The digest of a hit with its line, and with the lines around it; none where the line is long."""
    index, at = hit
    low = max(0, at - _LONGEST)
    first = data.rfind(b"\n", low, max(at - 1, 0)) + 1
    end = data.find(b"\n", at - 1, at + _LONGEST)
    last = len(data) if end < 0 else end
    if (first == 0 and low > 0) or last > at + _LONGEST:
        return ()
    above = data.rfind(b"\n", 0, max(first - NEAR, 0)) + 1
    below = data.find(b"\n", min(last + NEAR, len(data)))
    head = b"%d:" % index
    near = data[above:first], data[first:last], data[last : below if below >= 0 else len(data)]
    return _digest(head + b"l", near[1]), _digest(head + b"n", *near)


def _digest(*parts: bytes) -> bytes:
    try:
        from _blake2 import blake2b  # `hashlib` loads OpenSSL
    except ImportError:
        from hashlib import blake2b
    state = blake2b(digest_size=_SIZE)
    for part in parts:
        state.update(b"%d\0" % len(part) + part)
    return state.digest()
