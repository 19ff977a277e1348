"""The values that a name may have, on its line or on the lines below it, whatever the language of the file is.

They may be too many and never too few: what stays is read by the reader of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from sealkit.scan.object_verdicts import margin_of
from sealkit.scan.verdict_cache import NEAR
from sealkit.secrets.names import is_plural, is_value_word
from sealkit.secrets.places import Place, place_of_name, severity
from sealkit.secrets.values import grade_value

AROUND = " \t\r\"'`,;:=<>()[]{}\\|&?+"
"""What may stand around a value."""
_LONGEST = 8192
_ROWS = 40
"""How many lines below a name are looked at."""
_PIECES = re.compile(r"[^\s\"'`,;<>{}\[\]()|&=]{4,512}|[^\s\"'`<>]{4,512}")
_PROPERTIES = re.compile(r"\A(?:[&!]\S{0,80}[ \t]+){1,3}")
"""The anchor and the tag of a value."""
_QUOTED = re.compile(r"[A-Za-z@$]{0,2}(?P<quote>[\"'`])(?P<value>[^\"'`\\]*)(?P=quote)[ \t\r,;)}\]]*(?:#.*|//.*)?\Z")
_TEMPLATE = re.compile(r"[\"']?\{\{[^{}|\"'`]*\}\}[\"']?[ \t\r]*(?:#.*)?\Z")
"""An expression without a literal and without a filter, which may have one."""
_OPENING = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]{1,253}+)[\"'\]]{0,2}"
    r"(?:\)?[ \t]{0,8}(?P<sign>[:?+]{0,3}=|:|=>)|[ \t]{0,8}(?=[{>]))[ \t]{0,8}"
    r"(?P<start>[|>][0-9+-]{0,2}|[&!][^\s]{1,80}.*|\"(?:[^\"\\]|\\.){0,512}\\|[\[{(\\]|<<-?\s*\w+)?[ \t\r]{0,8}(?:#.*)?\Z"
)
_BYTE = re.compile(rb"- (?:0x[0-9A-Fa-f]{1,2}|[0-9]{1,3})\Z")
"""An item of a list that may be a key."""
_PAIR = re.compile(r"[\"']?(?P<key>[\w.-]{1,80})[\"']?:(?:[ \t]+|\Z)")


class Opening(NamedTuple):
    """The end of a line that leaves the value of its last name to the lines below. `plain`: by a colon alone, as in YAML."""

    place: Place
    plain: bool = False
    inherited: bool = True
    """Whether what a mapping below holds has the place of this name too."""


_NONE = Opening(Place.NOTHING)


def counts(place: Place, value: str) -> bool:
    """Whether a value at this place is a finding."""
    return severity(place, grade_value(value)) is not None


def values_of(rest: str, *, plain: bool) -> Iterator[str]:
    """What the text behind a name and its sign may be as a value. `plain`: the sign is a colon, so the text is one of YAML or JSON,
    with one value, unless brackets say that there are several."""
    if plain:
        text = _PROPERTIES.sub("", rest.lstrip()).strip()
        if _TEMPLATE.match(text):
            return
        if found := _QUOTED.match(text):
            yield found["value"]
            return
        if text[:1] not in {"", "[", "{", "(", '"', "'", "`", "|", ">"} and "\\" not in text:
            text = text.partition(" #")[0]
            yield text.rstrip(AROUND)
            yield re.split(r"[,}\])]", text, maxsplit=1)[0]  # in a mapping or a list on one line
            return
    rest = rest.lstrip(AROUND)
    yield rest.rstrip(AROUND)
    yield from _PIECES.findall(rest[:NEAR].partition("(")[0])


@lru_cache(maxsize=65536)
def opening_of(line: bytes) -> Opening:
    """How a line ends: the place that its last name makes, where nothing stands behind it but the start of a block."""
    found = _OPENING.search(line.decode("utf-8", "replace"))
    if found is None:
        return _NONE
    place = place_of_name(found["name"])
    plain = found["sign"] == ":" and (found["start"] or " ")[0] in " {[&!"
    inherited = place is not Place.WEAK or not plain or found["start"] == "[" or is_plural(found["name"])
    return Opening(place, plain, inherited)


def has_value_below(data: bytes, first: int, last: int) -> bool:
    """Whether a value that the name at the end of the line `first` to `last` may make a secret stands below it, further in."""
    opening = opening_of(data[first:last])
    if opening.place is Place.NOTHING:
        return False
    margin = margin_of(data[first:last])
    inherited = opening.inherited
    for row in data[last + 1 : last + _LONGEST].split(b"\n", _ROWS)[:_ROWS]:
        bare = row.strip()
        if not bare or bare.startswith(b"#"):
            continue
        if margin_of(row) < margin or (margin_of(row) == margin and not bare.startswith((b"-", b"}", b"]"))):
            return False
        if not inherited and _PAIR.match(bare.decode("latin-1")):
            return False  # as `secrets.document_at.below` reads a mapping
        inherited = True
        if _row_counts(opening, bare) or _BYTE.match(bare):
            return True
    return False


@lru_cache(maxsize=65536)
def _row_counts(opening: Opening, row: bytes) -> bool:
    text = row.decode("utf-8", "replace").lstrip("- ")
    place = opening.place
    if (pair := _PAIR.match(text)) is not None:
        text = text[pair.end() :]
        place = place if is_value_word(pair["key"]) else Place.WEAK  # as `secrets.in_documents` reads it
    return any(counts(place, value) for value in values_of(text, plain=opening.plain))


def next_row(data: bytes, last: int, reach: int) -> bytes:
    """The line below the one that ends at `last`, as far as it is near."""
    end = data.find(b"\n", last + 1, last + reach)
    return data[last + 1 : end if end >= 0 else last + reach].strip()
