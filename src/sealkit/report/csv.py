"""Findings as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.printable import one_line

COLUMNS = (
    "rule",
    "severity",
    "path",
    "line",
    "end_line",
    "route",
    "message",
    "hint",
    "fingerprint",
    "commits",
    "refs",
    "object",
)


def render(findings: Sequence[Finding]) -> str:
    """A header, then one row per finding. Commits and refs are separated by spaces."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        row = [getattr(finding, name) for name in COLUMNS]
        writer.writerow([_cell(" ".join(value) if isinstance(value, tuple) else str(value)) for value in row])
    return out.getvalue()


def _cell(text: str) -> str:
    """Text that a spreadsheet does not run as a formula: a path can begin like one."""
    line = one_line(text)
    return f"'{line}" if line[:1] in {"=", "+", "-", "@"} else line
