"""Whether the tag and digest of an image went up, told from two texts alone.

A change is free only where the tag keeps its shape and its numbers go up. The shape is the sequence of digit runs and of what
stands between them: `v1.2.3-alpine` and `v1.10.0-alpine` have one shape, `1.2` and `1.2.3` have not, nor have `2.0-rc1` and `2.0`.
Runs are compared as numbers from left to right. A run with a leading zero is a field of fixed width (`2024.09.03`), so its
width must stay. A tag that names no version (`latest`) or a commit (`main-1a2b3c4-1700000000`) has no order: each change waits.

What this cannot tell: a hash of digits alone is read as a number, and a tag beside a digest is only a label. Whoever may choose a
digest may choose any image of that repository, with any tag in front of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

TAG = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"
DIGEST = r"sha256:[0-9a-f]{64}"
_BOTH = re.compile(rf":?(?P<tag>{TAG})(?:@(?P<digest>{DIGEST}))?")
_ALONE = re.compile(rf"@?{DIGEST}")
_RUN = re.compile(r"[0-9]+|[^0-9]+")
_WORD = re.compile(r"[A-Za-z0-9]+")
_COMMIT = re.compile(r"(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}")
"""A word that is a commit or a digest: at least seven hex digits, with letters and digits among them."""


def moves_up(before: str, after: str) -> bool:
    """Whether the text of a free span may become another one without a signature.

    The same text may. A tag may go up, with or without another digest; a digest may be added to the tag that it pins. A
    digest that goes, or changes under the same tag or without a tag, may not. What is no tag and no digest may not.
    """
    if before == after:
        return True
    old, new = _BOTH.fullmatch(before), _BOTH.fullmatch(after)
    if old is None or new is None or _ALONE.fullmatch(before) or _ALONE.fullmatch(after):
        return False
    if old["digest"] and not new["digest"]:
        return False
    if old["tag"] == new["tag"]:
        return old["digest"] is None
    return _goes_up(old["tag"], new["tag"])


def held_back(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The places of free spans whose text does not move up. Both map the places of a file to the texts of its spans.

    A digest is judged with the tag beside it (`.newTag` and `.digest` of one mapping), as `:tag@digest` would be. A place that
    is in one of the two only is held back.
    """
    held = {place for place in before.keys() | after.keys() if place not in before or place not in after}
    for place in before.keys() & after.keys():
        owner = place.removesuffix(".digest")
        tags = [name for name in (f"{owner}.newTag", f"{owner}.tag") if owner != place and name in before]
        if len(tags) == 1 and tags[0] in after:
            if not moves_up(f"{before[tags[0]]}@{before[place]}", f"{after[tags[0]]}@{after[place]}"):
                held.update(name for name in (place, tags[0]) if before[name] != after[name])
        elif not moves_up(before[place], after[place]):
            held.add(place)
    return sorted(held)


def _goes_up(before: str, after: str) -> bool:
    old, new = _RUN.findall(before), _RUN.findall(after)
    if len(old) != len(new) or any(_COMMIT.fullmatch(word) for tag in (before, after) for word in _WORD.findall(tag)):
        return False
    for one, other in zip(old, new, strict=True):
        if one.isdigit() is not other.isdigit() or (not one.isdigit() and one != other):
            return False
        if one.isdigit() and len(one) != len(other) and _is_padded(one, other):
            return False
    numbers = [(int(one), int(other)) for one, other in zip(old, new, strict=True) if one.isdigit()]
    return next((other > one for one, other in numbers if one != other), False)


def _is_padded(*runs: str) -> bool:
    return any(run[0] == "0" and len(run) > 1 for run in runs)
