"""The report of a scan: on standard output in the format that was asked for, with a summary on standard error."""

from __future__ import annotations

from collections.abc import Sequence

from sealkit.cli import ui
from sealkit.errors import Exit
from sealkit.operations.scan import ScanResult
from sealkit.report import formats
from sealkit.report.counts import counts
from sealkit.scan.allow import Allowed
from sealkit.wording import count

_NAMED = 3
"""How many entries are named before the rest is counted."""


def write(result: ScanResult, form: str = "text", *, quiet: bool = False) -> Exit:
    """Print the report; the exit code: 1 with an error among the findings. What was left out is said aloud, also where
    `quiet` keeps a clean run silent."""
    ui.write(formats.render(result.findings, form, history=result.history))
    tally = result.tally
    left_out = [
        f"{number} {reason}"
        for number, reason in (
            (len(tally.excluded), "excluded by sealkit.yaml"),
            (tally.allowed, "on the allow list"),
            (tally.inline, "allowed by a remark on the line"),
            (tally.earlier, "from before this change, not added by it; to see all: sealkit scan, sealkit audit"),
        )
        if number
    ]
    if result.findings or left_out or not quiet:
        scanned = count(tally.scanned, "object" if result.history else "file")
        ui.info("; ".join([f"{counts(result.findings)} in {scanned}", *left_out]))
    if tally.unmet:
        _name_unmet(tally.unmet, result)
    return Exit.NO if result.has_errors else Exit.OK


def _name_unmet(unmet: Sequence[Allowed], result: ScanResult) -> None:
    """Say which entries of the allow list nothing has."""
    names = ", ".join(
        f"{entry.fingerprint} ({' '.join(part for part in (entry.rule, entry.path) if part)})"
        for entry in unmet[:_NAMED]
    )
    more = f" and {len(unmet) - _NAMED} more" if len(unmet) > _NAMED else ""
    where = "the history" if result.history else "the work tree"
    ui.info(f"the allow list has {count(len(unmet), 'entry')} that nothing in {where} matches: {names}{more}")
    ui.show_hint("remove what nothing has any more: sealkit allow --prune")
