"""Finds tokens in text. A token is looked for only where its first letters stand, so that the number of tokens costs little.

Every pattern has bounded repeats, and each is tried at most once at each word of a text: the run time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from operator import itemgetter

from sealkit.secrets.tokens import AFTER, BEFORE, TOKENS, WEBHOOKS, Token

Found = tuple[int, int, Token]
"""Start, end, and which token it is."""

_ATOM = re.compile(
    r"(?P<plain>[A-Za-z0-9_/=:;~@!%-])|\\(?P<escaped>[^A-Za-z0-9])|\[(?P<letters>[A-Za-z0-9]{2,12})\]"
    r"|\(\?:(?P<words>[A-Za-z0-9_-]+(?:\|[A-Za-z0-9_-]+)*)\)"
)
_STEMS = 16
_OPENING = 3
"""So many letters of a stem are looked for, or one less of a stem that is shorter."""


START = rf"(?:{BEFORE}|(?<=\\[nrt])|(?<=\\u00[0-9A-Fa-f]{{2}})|(?<=\\x[0-9A-Fa-f]{{2}})|(?<=%[0-9A-F]{{2}}))"
"""What a token begins after: no letter or digit, unless these belong to an escape (`\\n`, `\\u0022`, `%3D`)."""


@cache
def stems(head: str) -> tuple[str, ...]:
    """The literal texts that a head begins with: `gh[pousr]_` has five. Empty where it begins with any character,
    or with one that many words begin with."""
    found, at = [""], 0
    while (atom := _ATOM.match(head, at)) and head[atom.end() : atom.end() + 1] not in {"?", "{", "*", "+"}:
        words, letters = atom["words"], atom["letters"]
        choices = words.split("|") if words else list(letters or atom["plain"] or atom["escaped"])
        if len(found) * len(choices) > _STEMS:
            break
        found, at = [stem + choice for stem in found for choice in choices], atom.end()
    return tuple(found) if min(map(len, found)) > 1 else ()


@cache
def whole(nth: int) -> re.Pattern[str]:
    """The whole shape of one token, with what may not stand beside it."""
    token = TOKENS[nth]
    return re.compile(f"{START}(?:{token.head})(?:{token.tail}){AFTER}", re.ASCII)


@cache
def _by_opening() -> dict[str, tuple[int, ...]]:
    """The tokens by the first letters of their stems."""
    found: dict[str, list[int]] = {}
    for nth, token in enumerate(TOKENS):
        for opening in dict.fromkeys(stem[:_OPENING] for stem in stems(token.head)):
            found.setdefault(opening, []).append(nth)
    return {opening: tuple(nths) for opening, nths in found.items()}


def _openings(text: str) -> re.Pattern[str]:
    """Where a token may begin in this text. To look behind for escapes takes as long as all else, and few texts have any."""
    return _openings_after(START if "\\" in text or "%" in text else BEFORE)


@cache
def _openings_after(start: str) -> re.Pattern[str]:
    """The openings, by their first letter, which is what `re` tells alternatives apart by."""
    rests: dict[str, list[str]] = {}
    for opening in sorted(_by_opening()):
        rests.setdefault(opening[0], []).append(re.escape(opening[1:]))
    branches = [f"{re.escape(first)}(?:{'|'.join(after)})" for first, after in rests.items()]
    return re.compile(f"{start}(?={'|'.join(branches)})")


def may_hold_token(text: str) -> bool:
    """Whether a word of a text begins with the first letters of a token."""
    return _openings(text).search(text) is not None


@cache
def _unopened() -> tuple[tuple[int, str], ...]:
    """The tokens that begin with any character, and what they contain."""
    return tuple((nth, token.infix) for nth, token in enumerate(TOKENS) if not stems(token.head))


def _at(text: str, start: int) -> Iterator[Found]:
    """The tokens that begin at an offset, in the order of the table."""
    table = _by_opening()
    nths = table.get(text[start : start + _OPENING], ()) + table.get(text[start : start + _OPENING - 1], ())
    for nth in sorted(nths):
        if match := whole(nth).match(text, start):
            yield start, match.end(), TOKENS[nth]


def tokens_in(text: str) -> Iterator[Found]:
    """The tokens in a text, in order and without overlaps. Of those that begin at an offset, the first of the table."""
    found = [item for place in _openings(text).finditer(text) for item in _at(text, place.start())]
    for nth, infix in _unopened():
        if infix in text:
            found += [(*match.span(), TOKENS[nth]) for match in whole(nth).finditer(text)]
    last = 0
    for item in sorted(found, key=itemgetter(0)):
        if item[0] >= last:
            last = item[1]
            yield item


def token_at(text: str) -> Found | None:
    """The token that a text begins with; None for none."""
    opened = next(_at(text, 0), None)
    if opened is not None:
        return opened
    for nth, infix in _unopened():
        if infix in text and (match := whole(nth).match(text)):
            return 0, match.end(), TOKENS[nth]
    return None


@cache
def _hook(nth: int) -> re.Pattern[str]:
    hook = WEBHOOKS[nth]
    return re.compile(f"(?:{hook.head})(?P<secret>{hook.tail})", re.ASCII)


def webhooks_in(text: str) -> Iterator[Found]:
    """The secret parts of the URLs in a text."""
    if "/" in text or "?" in text or "&" in text:
        for nth, hook in enumerate(WEBHOOKS):
            if hook.infix in text:
                for match in _hook(nth).finditer(text):
                    yield *match.span("secret"), hook
