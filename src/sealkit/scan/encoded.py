"""What hides one layer down, or two: base64 (also URL-safe, wrapped, with JSON escapes), hex, gzip in them; escapes within a token.

A hit of the prefilter says where to look. The run of characters around it is decoded once, however many hits it has.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sealkit.scan import escapes, patterns
from sealkit.scan.archives import GZIP, gunzip
from sealkit.scan.key_files import key_file
from sealkit.scan.prefilter import shared
from sealkit.scan.tokens import named_token, private_key
from sealkit.secrets.token_search import may_hold_token

_RUN = re.compile(rb"[A-Za-z0-9+/]{16,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{4,})*={0,2}")
_URL_RUN = re.compile(rb"[A-Za-z0-9_-]{16,}={0,2}")
_ESCAPED_RUN = re.compile(rb"[A-Za-z0-9+/\\]{16,}={0,2}")
_LETTERS = re.compile(rb"[A-Za-z0-9+/_-]*")
_NARROW_LETTERS = re.compile(rb"[A-Za-z0-9+/]*")
_ESCAPED_LETTERS = re.compile(rb"[A-Za-z0-9+/\\]*")
_WHOLE = re.compile(rb"[A-Za-z0-9+/_\s=-]{16,}\Z")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}|\r?\n[ \t]*)*\Z")
_KEYS = ("private key", "key store", "key database")
_NEAR = 48
"""What the prefilter matches of a token in base64 is shorter."""
_REACH = 1024 * 1024
"""How far a run of base64 is followed to both sides of a hit."""
_LARGEST = 4 * 1024 * 1024
"""What is unpacked of one run that is gzip."""
_REMEMBERED = 4096
"""Runs up to this length are remembered over files: the same value stands in every version of a file."""


class Hidden(NamedTuple):
    """What a run holds (`GitHub token`, or nothing), how it is written there (`base64`), and its span."""

    what: str
    how: str
    start: int
    end: int

    @property
    def key(self) -> bool:
        """Whether it is a private key, and no token."""
        return self.what.endswith(_KEYS)


_last: dict[int, tuple[bytes, Hidden]] = {}
"""The run that was decoded last, by depth. Only looked up for the very same bytes; a thread that loses it decodes again."""


def hidden_at(data: bytes, at: int, depth: int = 2) -> Hidden:
    """What the run around `at` holds, once or twice encoded or gzipped."""
    known = _last.get(depth)
    if known is not None and known[0] is data and known[1].start < at <= known[1].end:
        return known[1]
    found = _hidden_at(data, at, depth)
    _last[depth] = (data, found)
    return found


def inside(data: bytes, at: int) -> str:
    """What the run around `at` holds: `private key`, the name of a token, or nothing."""
    return hidden_at(data, at).what


def run_at(data: bytes, at: int) -> tuple[int, int]:
    """The span of the base64 or hex around `at`: from where it begins on that line, over the lines that follow it. Where `at`
    stands behind padding or white space, the run before them."""
    at = len(data[max(0, at - 8) : at].rstrip(b"= \t\r\n")) + max(0, at - 8)
    start = _begin(data, at, _LETTERS)
    if data[start - 1 : start] == b"\\" and data[start : start + 1] in {b"n", b"r", b"t"}:
        start += 1
    run = _RUN.match(data, start, at + _REACH)
    single = _URL_RUN.match(data, start, at + _REACH)
    return start, max(run.end() if run else at, single.end() if single else at)


def _begin(data: bytes, at: int, letters: re.Pattern[bytes]) -> int:
    start = at
    for reach in (4096, _REACH):
        found = letters.match(data[max(0, at - reach) : at][::-1])
        start = at - (found.end() if found else 0)
        if start > at - reach:
            break
    return start


def _hidden_at(data: bytes, at: int, depth: int) -> Hidden:
    if (span := escapes.run_at(data, at)) is not None:
        return Hidden(_token_in(escapes.plain(data[span[0] : span[1]])), "escaped characters", *span)
    start, end = run_at(data, at)
    for first, run in _runs(data, at, start, end):
        what, how = _inside(run, (at - first) % 2, depth)
        if what:
            return Hidden(what, how, first, first + len(run))
    return Hidden("", "", start, end)


def _runs(data: bytes, at: int, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """What the run at `at` may be: with `-` and `_`, as in a URL; without, where it stands behind one of them; or with escapes."""
    yield start, data[start:end]
    narrow = _begin(data, at, _NARROW_LETTERS)
    if narrow > start:
        yield narrow, data[narrow:end]
    if at == len(data) <= _REACH and _WHOLE.match(data):
        yield 0, data  # a value of several lines
    if b"\\" in data[max(0, start - 4) : end + 4]:
        first = _begin(data, at, _ESCAPED_LETTERS)
        run = _ESCAPED_RUN.match(data, first, at + _REACH)
        if run is not None and run.span() != (start, end):
            yield first, run[0]


def _token_in(text: bytes) -> str:
    return "private key" if private_key(text) else named_token(text)


def _inside(run: bytes, odd: int, depth: int) -> tuple[str, str]:
    """What a run holds, and how it is written. `odd` says that its hex digits begin with half a byte."""
    return (_remembered if len(run) <= _REMEMBERED else _decoded)(run, odd, depth)


def _decoded(run: bytes, odd: int, depth: int) -> tuple[str, str]:
    for how, body in _readings(run, odd):
        if what := _named(body, depth):
            return what, how
    return "", ""


_remembered = lru_cache(maxsize=1024)(_decoded)


def _readings(run: bytes, odd: int) -> Iterator[tuple[str, bytes]]:
    if b"\\" in run:
        run = escapes.plain(run)
    digits = run[odd:].removeprefix(b"0x").removeprefix(b"x")
    if _HEX.match(digits):
        yield "hex", bytes.fromhex(b"".join(digits.split()).decode())
    try:
        yield "base64", _base64(b"".join(run.split()))
    except ValueError:
        return


def _base64(run: bytes) -> bytes:
    """What base64 without white space holds, also the URL-safe one and without its padding. Raises ValueError."""
    body = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    return base64.b64decode(body + b"=" * (-len(body) % 4))


def holds_opening(data: bytes, at: int, times: int = 1) -> bool:
    """Whether the base64 just before `at` holds the first letters of a token, encoded so many times. A few characters of a long
    run look like them by chance, and to decode all of it costs more."""
    near = data[max(0, at - _NEAR) : at]
    near = escapes.plain(near) if b"\\" in near else near
    for letters in (_LETTERS, _NARROW_LETTERS):
        found = letters.match(near[::-1])
        run = near[len(near) - (found.end() if found else 0) :]
        for skip in range(4):
            piece = _base64(run[skip:])
            if times > 1 and holds_opening(piece, len(piece), times - 1):
                return True
            if times == 1 and may_hold_token(piece.decode("latin-1")):
                return True
    return False


def _named(body: bytes, depth: int) -> str:
    """What decoded bytes are or hold."""
    if body[:2] == GZIP:
        body = gunzip(body, _LARGEST)
    if body[:1] in {b"\x30", b"\xfe", b"\xce", b"o"} and (what := key_file(body)):
        return what
    for index, at in shared().hits(body):
        kind = patterns.at(index).kind
        if kind == patterns.KEY and private_key(body[max(0, at - 120) : at + 400]):
            return "private key"
        if kind == patterns.TOKEN and (what := named_token(body[max(0, at - 8192) : at + 8192])):
            return what
        if kind != patterns.ENCODED or depth < 2:
            continue
        times = patterns.at(index).nth
        if (not times or holds_opening(body, at, times)) and (what := hidden_at(body, at, depth - 1).what):
            return what
    return ""
