"""The documents of a YAML stream that hold a place worth a look. The others need no parser: as files of their own they would have
none either. Measured on a history with long streams of manifests: a third of the time."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection
from itertools import pairwise

BREAK = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
"""Where a document begins."""


def without_cold(text: str, lines: Collection[int]) -> str:
    """The text, with as many lines, in which every document that has none of these lines (from 1) is empty."""
    breaks = [found.start() for found in BREAK.finditer(text)]
    if not breaks:
        return text
    wanted = sorted(lines)
    kept: list[str] = []
    line = 1
    for start, end in pairwise([0, *breaks, len(text)]):
        document = text[start:end]
        below = document.count("\n")
        at = bisect_left(wanted, line)
        if at < len(wanted) and wanted[at] <= line + below:
            kept.append(document)
        elif document.count("{{") != document.count("}}"):
            return text  # an action reaches over the break
        else:
            kept.append("\n" * below)
        line += below
    return "".join(kept)
