"""Notebooks of Jupyter: the source of each cell as one text, and what it put out. All of it is code or prose."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sealkit.scan.readers.json_strings import Steps, loaded, strings
from sealkit.scan.readers.leaves import inside
from sealkit.scan.readers.mapped import Mapped, joined
from sealkit.secrets.fields import Field

_BINARY = ("image/", "application/pdf", "application/vnd", "audio/", "video/")


def read(text: str) -> list[Field] | None:
    """The fields of a notebook; None where a text is none."""
    held = loaded(text)
    if not isinstance(held, dict) or not isinstance(held.get("cells", held.get("worksheets")), list):
        return None
    fields: list[Field] = []
    for _, group in groupby(strings(text), lambda item: _place(item[0])):
        listed = list(group)
        steps = listed[0][0]
        if not any(isinstance(step, str) and step.startswith(_BINARY) for step in steps):
            fields += _read(steps, [value for _, value in listed], code=_is_code(held, steps))
    return fields


def _place(steps: Steps) -> Steps:
    """Where a text stands; its lines are the items of a list there."""
    return steps[:-1] if isinstance(steps[-1], int) else steps


def _is_code(held: dict[str, object], steps: Steps) -> bool:
    """Whether a text is the source of a cell of code."""
    cells = held.get("cells")
    cell = cells[steps[1]] if isinstance(cells, list) and len(steps) > 1 and isinstance(steps[1], int) else None
    return "input" in steps or ("source" in steps and isinstance(cell, dict) and cell.get("cell_type") == "code")


def _read(steps: Steps, lines: list[Mapped], *, code: bool) -> Iterator[Field]:
    cell = steps[0] in {"cells", "worksheets"}
    if cell and not {"source", "input", "text", "data", "traceback", "evalue"}.isdisjoint(steps):
        yield from inside(joined(lines), text=True, code=code)
