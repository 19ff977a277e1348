"""Keys written as lists of bytes: `network_key: [45, 239, 39, …]` of Zigbee2MQTT, `{0x2b, 0x7e, …}` in code.

Source: the Zigbee2MQTT documentation, "advanced.network_key".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sealkit.secrets.places import Place, place_of_name
from sealkit.secrets.text.found import Found, Shape
from sealkit.secrets.value_forms import pattern

_LIST = (
    r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]{1,60})[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    r"[\[{(][ \t]{0,4}(?P<numbers>(?:(?:0x[0-9A-Fa-f]{1,2}|[0-9]{1,3})[ \t]{0,4},[ \t]{0,4}){15,63}(?:0x[0-9A-Fa-f]{1,2}|[0-9]{1,3}))[ \t]{0,4},?[ \t]{0,4}[\])}]"
)
LEAST = 16
"""Bytes of the shortest key."""


def number_lists(text: str) -> Iterator[Found]:
    """The keys that are lists of bytes, under a name that may be one of a key."""
    if "," not in text:
        return
    for found in pattern(_LIST).finditer(text):
        place = place_of_name(found["name"])
        key = key_of([number.strip() for number in found["numbers"].split(",")]) if place is not Place.NOTHING else ""
        if key:
            yield Found(*found.span("numbers"), Shape.ASSIGNED, found["name"], place, value=key)


def key_of(numbers: Sequence[str]) -> str:
    """The bytes in hex; empty where these are no bytes, or too few different ones for a key."""
    try:
        values = [int(number, 0) for number in numbers]
    except ValueError:
        return ""
    steps = {after - before for before, after in pairwise(values)}
    if len(values) < LEAST or not all(0 <= value < 256 for value in values) or len(set(values)) < LEAST // 2:
        return ""
    return "" if len(steps) < 4 else bytes(values).hex()  # a row: 1, 3, 5, 7, … of the documentation
