"""What hides one layer down: base64 once or twice, gzip in base64."""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache

from sealkit.scan import patterns
from sealkit.scan.archives import GZIP, gunzip
from sealkit.scan.patterns import PATTERNS
from sealkit.scan.prefilter import shared
from sealkit.scan.tokens import named_token, private_key
from sealkit.secrets.token_search import may_hold_token

_RUN = re.compile(rb"[A-Za-z0-9+/]{16,}(?:\r?\n[ \t]*[A-Za-z0-9+/]{4,})*={0,2}")
_URL_RUN = re.compile(rb"[A-Za-z0-9_-]{16,}={0,2}")
_LETTERS = re.compile(rb"[A-Za-z0-9+/_-]*")
_NEAR = 40
"""What the prefilter matches of a token in base64 is shorter."""
_REACH = 1024 * 1024
"""How far a run of base64 is followed to both sides of a hit."""


def run_at(data: bytes, at: int) -> tuple[int, int]:
    """The span of the base64 around `at`: from where it begins on that line, over the lines that follow it."""
    start = at
    for reach in (4096, _REACH):
        found = _LETTERS.match(data[max(0, at - reach) : at][::-1])
        start = at - (found.end() if found else 0)
        if start > at - reach:
            break
    run = _RUN.match(data, start, at + _REACH)
    single = _URL_RUN.match(data, start, at + _REACH)
    return start, max(run.end() if run else at, single.end() if single else at)


def _decode(run: bytes) -> bytes | None:
    body = b"".join(run.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    body = body[: len(body) - 1] if len(body) % 4 == 1 else body
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None


def holds_opening(data: bytes, at: int) -> bool:
    """Whether the base64 just before `at` holds the first letters of a token. A few characters of a long run look like them by
    chance, and to decode all of it costs more."""
    found = _LETTERS.match(data[max(0, at - _NEAR) : at][::-1])
    run = data[at - (found.end() if found else 0) : at]
    pieces = (_decode(run[skip : len(run) - (len(run) - skip) % 4]) or b"" for skip in range(4))
    return any(may_hold_token(piece.decode("latin-1")) for piece in pieces)


def inside(data: bytes, at: int) -> str:
    """What the base64 around `at` holds, once or twice encoded or gzipped: `private key`, the name of a token, or nothing."""
    start, end = run_at(data, at)
    return _inside(data[start:end])


@lru_cache(maxsize=1024)
def _inside(run: bytes, depth: int = 2) -> str:
    decoded = _decode(run)
    if decoded is None:
        return ""
    if decoded[:2] == GZIP:
        decoded = gunzip(decoded)
    for index, at in shared().hits(decoded):
        kind = PATTERNS[index].kind
        if kind == patterns.KEY and private_key(decoded):
            return "private key"
        if kind == patterns.TOKEN and (name := named_token(decoded[max(0, at - 8192) : at + 8192])):
            return name
        if kind == patterns.ENCODED and depth > 1 and (not PATTERNS[index].nth or holds_opening(decoded, at)):
            start, end = run_at(decoded, at)
            if name := _inside(decoded[start:end], depth - 1):
                return name
    return ""
