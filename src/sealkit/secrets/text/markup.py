"""XML and other markup: `<password>X</password>`, `<add key="Password" value="X"/>`, `<Pass encoding="base64">`; and mappings of
a name and a value in any notation: `Name: "DB_PASSWORD", Value: "X"`."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.secrets.names import NameGrade, grade_name
from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.text.literals import literal_at
from sealkit.secrets.value_forms import base64_text, pattern

_ELEMENT = (
    r"<(?:[A-Za-z][\w-]{0,40}:)?(?P<tag>[A-Za-z_][\w.-]{1,80})(?P<rest>(?:\s[^<>]{0,400})?)>"
    r"(?:<!\[CDATA\[(?P<cdata>[^\]]{1,2048})\]\]>|\s{0,40}(?P<value>[^<>\n]{1,2048}?)\s{0,40})</"
)
_NAME_OF_TAG = r"(?i:\b(?:key|name|id|property)[ \t]{0,4}=[ \t]{0,4}[\"'](?P<name>[^\"'<>\n]{1,120})[\"'])"
_PLIST = r"<key>\s{0,8}(?P<name>[^<>\n]{1,120}?)\s{0,8}</key>\s{0,80}<string>\s{0,8}(?P<value>[^<>\n]{1,2048}?)\s{0,8}</string>"
_NAME = (
    r"(?i:(?<![\w.-])(?:key|name|id|property|variable|param|header)\\?[\"']?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8})"
    r"\\?[\"']?(?P<name>[A-Za-z_][\w. -]{1,120}?)\\?[\"']?(?=[\s,;/}]|\Z)"
)
_VALUE = r"(?i:(?<![\w.-])(?:value|val|content|default|defaultValue|password)\\?[\"']?[ \t]{0,8}(?:=>|[:=])[ \t]{0,8})"
_NEAR = 250


def markup(text: str) -> Iterator[Found]:
    """The values of elements and of pairs of a name and a value."""
    if "<" in text and "</" in text:
        yield from _elements(text)
    if "alue" in text or "VALUE" in text or "efault" in text or "ontent" in text:
        yield from pairs(text)


def _elements(text: str) -> Iterator[Found]:
    for found in pattern(_ELEMENT).finditer(text):
        named = pattern(_NAME_OF_TAG).search(found["rest"])
        name = found["tag"] if grade_name(found["tag"]) is not NameGrade.NONE or named is None else named["name"]
        place = place_of_name(name)
        if place is Place.NOTHING:
            continue
        group = "cdata" if found["cdata"] else "value"
        value = None
        if "base64" in found["rest"]:
            value = base64_text(found[group], 4)
        yield Found(*found.span(group), Shape.ASSIGNED, name, place, value=value)
    if "<key>" in text:
        for found in pattern(_PLIST).finditer(text):
            place = place_of_name(found["name"])
            if place is not Place.NOTHING:
                yield Found(*found.span("value"), Shape.ASSIGNED, found["name"], place)


def pairs(text: str) -> Iterator[Found]:
    """The `value` of each `name` that may hold a secret: after it, or in the same tag before it; on its line or on the next."""
    for named in pattern(_NAME).finditer(text):
        place = place_of_name(named["name"])
        if place is Place.NOTHING:
            continue
        end = _end(text, named.end())
        value = pattern(_VALUE).search(text, named.end(), end)
        if value is None:
            tag = max(text.rfind(mark, max(0, named.start() - _NEAR), named.start()) for mark in "<{")
            value = pattern(_VALUE).search(text, tag, named.start()) if tag >= 0 else None
        if value is None:
            continue
        literal = literal_at(text, value.end(), name_at=value.start(), colon=":" in value[0])
        if literal is not None and "\n" not in text[literal.start : literal.end]:
            yield Found(
                literal.start, literal.end, Shape.ASSIGNED, named["name"], place,
                bare=literal.bare, weak=not literal.sentence,
            )  # fmt: skip


def _end(text: str, at: int) -> int:
    """How far the value of a name may stand from it: the end of its tag or braces, or two lines."""
    last = min(len(text), at + _NEAR)
    ends = [found for mark in "<>{}" if (found := text.find(mark, at, last)) >= 0 and text[found - 1] not in "$%"]
    braces = text.find("{{", at, last)
    ends = [end for end in ends if braces < 0 or end < braces]
    line = text.find("\n", at, last)
    if line >= 0:
        following = text.find("\n", line + 1, last)
        if following >= 0:
            ends.append(following)
        if text[line + 1 : line + 120].lstrip().startswith("- "):
            ends.append(line)  # the next item
    return min([*ends, last]) + (1 if braces >= 0 else 0)
