"""Text from outside in Markdown that it cannot leave."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sealkit.printable import printable
from sealkit.report.file_diff import fenced

_TICKS = re.compile("`+")


def code(text: str) -> str:
    """Text from outside as a Markdown code span that it cannot leave."""
    shown = printable(text).replace("\n", " ").replace("\t", " ")
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def diff_block(lines: Sequence[str]) -> str:
    """A difference below a list item."""
    return "\n\n" + "\n".join(f"  {line}" for line in fenced(lines).splitlines()) + "\n"
