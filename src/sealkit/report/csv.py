"""Findings as CSV, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sealkit.model.finding import Finding
from sealkit.printable import one_line

COLUMNS = ("rule", "severity", "path", "line", "end_line", "route", "message", "hint", "fingerprint", "commits", "refs")


def render(findings: Sequence[Finding]) -> str:
    """A head line, then one line per finding; lists are separated by a space."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for item in findings:
        row = [getattr(item, name) for name in COLUMNS]
        writer.writerow([_cell(" ".join(value) if isinstance(value, tuple) else str(value)) for value in row])
    return out.getvalue()


def _cell(text: str) -> str:
    """A cell that a spreadsheet does not run: a path may begin like a formula."""
    shown = one_line(text)
    return f"'{shown}" if shown[:1] in {"=", "+", "-", "@"} else shown
