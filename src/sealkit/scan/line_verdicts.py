"""Which hits of the prefilter are worth a look: decided on the line, each distinct line once.

A history repeats its lines in every version of a file, so the verdict on a line is remembered. A hook imports this for a line that
it has not seen; the forms of free text are imported with the first line that needs them (10 ms of processor time).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from sealkit.scan import patterns
from sealkit.scan.named_values import AROUND, counts, has_value_below, opening_of, values_of
from sealkit.scan.object_verdicts import holds_data, holds_literals, labelled_value
from sealkit.scan.prefilter import Hit
from sealkit.scan.tokens import dummy, private_key
from sealkit.scan.verdict_cache import NEAR
from sealkit.secrets.places import Place
from sealkit.secrets.spans import Span, secret_spans
from sealkit.secrets.text.assignments import place_at
from sealkit.secrets.token_search import whole
from sealkit.secrets.tokens import TOKENS

_LONGEST = 8192
_NAMED_LONGEST = 512
"""A line is judged on this much of it on both sides of a hit, less where a name gives it away: minified files are one line."""

_IDENTIFIER = re.compile(r"[A-Za-z_\u00c0-\u024f][\w.-]{1,80}")
_CIPHERTEXT = re.compile(r"ENC\[AES256_GCM,[^\]\s]{1,65536}\]")
_SIGNED = re.compile(r"[\"'`\])*\\]{0,6}[ \t]{0,16}(?:[?+|]{0,2}[:=>{]|[,(][ \t]{0,8}[bru]?\\?[\"'`])")
"""What parts a name from its value, where the value may be of any form."""
_ALIAS = re.compile(r"[\"'\]]{0,2}[ \t]{0,16}:[ \t]{0,16}(?:\[[ \t]{0,8}|- +)?\*[^\s*\"'`]")
_RUN = re.compile(r"\S{12}")
"""What a value that only its randomness gives away has."""
_VALUE_FIRST = re.compile(r"<|\b(?i:value|defaultvalue|default|val|content)\b")
"""Signs of markup or of an object whose value may stand before its name."""
_NO_KEY = re.compile(rb"\A(?:MI|/u3)|AAAA|\A[0-9A-Fa-f]{60}")
"""What the base64 of DER, of a key store or of another binary file has, and a key of random bytes has not; a digest."""
_STATEMENTS = ("dentified", "DENTIFIED", "nsert", "NSERT")
"""Of SQL, where a password stands behind no name: `IDENTIFIED BY`, `INSERT INTO`."""
_LIST = re.compile(r"\s*(?:\\\r?)?\n\s*(?:- )?")
_QUOTES = re.compile(r"[\"',\[\]]+")
MOST_LINES, MOST_CANDIDATES = 12_000, 8_000
"""So many different lines of a blob are judged by what they name, and so many candidates are read: two seconds of work. Measured on
ten histories, with 100,000 blobs: no blob has more than 930."""
_BY_LINE = patterns.BY_NAME | {patterns.LABEL}
_BY_PLACE = frozenset([patterns.KEY, patterns.ENCODED, patterns.HOOK])
"""Kinds that are judged where they stand, and not by their line."""


class Candidate(NamedTuple):
    """One place that is worth a look: its pattern, where the match ends, and the span of its line."""

    kind: str
    nth: int
    at: int
    first: int
    last: int


def hot(data: bytes, hits: list[Hit]) -> list[Candidate]:
    """The candidates that stay after a look at their lines, in order; of a kind, one for each line where the line decides.

    A blob that asks for more work than the bounds ends with a candidate of the kind `BEYOND`, where the first hit is that nobody
    looked at. What has the form of a key or token is looked at all the same, as long as there are not too many candidates.
    """
    found: list[Candidate] = []
    seen: set[tuple[str, int, int]] = set()
    lines: set[tuple[str, bytes]] = set()
    beyond: Candidate | None = None
    for index, at in hits:
        pattern = patterns.at(index)
        kind, nth = pattern.kind, pattern.nth
        first, last = _window(data, at, _LONGEST if kind in patterns.BY_FORM else _NAMED_LONGEST)
        key = (kind, nth, at if kind in _BY_PLACE else first)
        if key in seen:
            continue
        seen.add(key)
        if len(found) >= MOST_CANDIDATES:
            beyond = beyond or Candidate(patterns.BEYOND, 0, at, first, last)
            break
        if kind in _BY_LINE:
            if len(lines) >= MOST_LINES and (kind, data[first:last]) not in lines:
                beyond = beyond or Candidate(patterns.BEYOND, 0, at, first, last)
                continue
            lines.add((kind, data[first:last]))
        if kind == patterns.COMMAND:
            first = _start_of_command(data, first)
        elif kind in {patterns.BLOCK, patterns.TABLE}:
            first = data.rfind(b"\n", 0, max(0, first - 1)) + 1
        if _keeps(data, candidate := Candidate(kind, nth, at, first, last)):
            found.append(candidate)
    return found if beyond is None else [*found, beyond]


_OF_A_LINE = frozenset([patterns.NAMED, patterns.URL, patterns.HASH, patterns.FORM, patterns.TOKEN])
_OF_NEAR_LINES = frozenset([patterns.LABEL, patterns.OPTION, patterns.COMMAND, patterns.HEADER])


def rests_on(data: bytes, hit: Hit) -> str:
    """What a verdict that a hit is nothing rests on: its `line`, the lines `near` it (400 bytes on both sides), or `more`."""
    kind = patterns.at(hit[0]).kind
    if kind in _OF_NEAR_LINES:
        return "near"
    first, last = _window(data, hit[1], _NAMED_LONGEST)
    opens = kind == patterns.NAMED and opening_of(data[first:last]).place is not Place.NOTHING
    return "line" if kind in _OF_A_LINE and not opens else "more"


def _window(data: bytes, at: int, reach: int) -> tuple[int, int]:
    """The line on which a match ends, without its end; of a longer one the blocks around, the same for all matches in a block."""
    start = data.rfind(b"\n", max(at - reach, 0), at - 1) + 1
    if start == 0 and at > reach:
        block = at - at % reach
        start = max(data.rfind(b"\n", block - reach, at - 1) + 1, block - reach)
        at = block + reach
    end = at - 1 if data[at - 1 : at] in {b"\n", b"\r"} else data.find(b"\n", at, at + reach)
    return start, min(len(data), at + reach) if end < 0 else end


def _start_of_command(data: bytes, first: int) -> int:
    """Where the command of a line begins, that may go on over several lines."""
    low = max(first - NEAR, 0)
    while first > low and data[max(0, first - 3) : first].rstrip(b"\r\n").endswith(b"\\"):
        above = data.rfind(b"\n", low, first - 1) + 1
        if above <= low and low:
            break
        first = above
    return first


def _keeps(data: bytes, candidate: Candidate) -> bool:
    kind, at, first, last = candidate.kind, candidate.at, candidate.first, candidate.last
    if kind == patterns.NAMED:
        return _promising(data[first:last]) or has_value_below(data, first, last)
    if kind in {patterns.URL, patterns.HASH, patterns.FORM}:
        return bool(spans_of(data[first:last]))
    if kind in {patterns.BLOCK, patterns.TABLE}:
        return bool(spans_of(data[first : last + (NEAR if kind == patterns.BLOCK else _LONGEST)]))
    if kind == patterns.ROWS:
        return not candidate.nth or not _NO_KEY.search(data)
    if kind == patterns.LABEL:
        return labelled_value(data, first, last)
    if kind == patterns.HEADER and spans_of(data[first:last]):
        return True
    if kind in {patterns.OPTION, patterns.COMMAND, patterns.HEADER}:
        return _listed(
            kind == patterns.HEADER, data[first : data.find(b"\n", min(last + NEAR, len(data) - 1)) + 1 or len(data)]
        )
    if kind == patterns.TOKEN:
        return _token(candidate.nth, data[first:last])
    if kind == patterns.KEY:
        return private_key(data[max(0, at - 120) : at + 400])
    if kind == patterns.SECRET:
        return holds_data(data, first, last)
    if kind == patterns.SCHEMA:
        return holds_literals(data)
    if kind == patterns.ENCODED:
        from sealkit.scan.encoded import holds_opening, inside

        return (not candidate.nth or holds_opening(data, at, candidate.nth)) and bool(inside(data, at))
    return True


@lru_cache(maxsize=65536)
def spans_of(line: bytes) -> tuple[Span, ...]:
    """What a name or a place on a line gives away as a secret. Columns count in the decoded line."""
    return tuple(secret_spans(line.decode("utf-8", "replace"), tokens=False))


@lru_cache(maxsize=65536)
def _promising(line: bytes) -> bool:
    """Whether a value that its name may make a secret stands behind it on a line, whatever the line's language is."""
    text = _CIPHERTEXT.sub("", line.decode("utf-8", "replace"))
    sure = False
    for found in _IDENTIFIER.finditer(text):
        place = place_at(text, found.start(), found[0])
        if place is Place.NOTHING:
            continue
        if _ALIAS.match(text, found.end()):
            return True
        rest = text[found.end() :].lstrip(AROUND)
        if rest or _VALUE_FIRST.search(text):
            sure = sure or place is not Place.WEAK or bool(_RUN.search(rest))
        if not rest.startswith("$") and (sign := _SIGNED.match(text, found.end())):
            plain = sign[0].rstrip()[-1:] == ":"
            if any(counts(place, value) for value in values_of(text[sign.end() :], plain=plain)):
                return True
    return (sure or any(word in text for word in _STATEMENTS)) and bool(spans_of(line))


@lru_cache(maxsize=65536)
def _listed(header: bool, lines: bytes) -> bool:
    """Whether a command or header on these lines has a password, also where it is written as a list."""
    from sealkit.secrets.text.command_lines import command_lines
    from sealkit.secrets.text.headers import headers
    from sealkit.secrets.text.read import judged

    form = headers if header else command_lines
    text = _LIST.sub(" ", lines.decode("utf-8", "replace"))
    return any(next(judged(item, form(item)), None) for item in dict.fromkeys((text, _QUOTES.sub(" ", text))))


@lru_cache(maxsize=16384)
def _token(nth: int, piece: bytes) -> bool:
    return any(not dummy(found[0], TOKENS[nth]) for found in whole(nth).finditer(piece.decode("latin-1")))
