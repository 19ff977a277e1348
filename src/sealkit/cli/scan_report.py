"""The report of a scan: on standard output in the format that was asked for, with a summary on standard error."""

from __future__ import annotations

from sealkit.cli import ui
from sealkit.errors import Exit
from sealkit.operations.scan import ScanResult
from sealkit.report import formats
from sealkit.report.counts import counts
from sealkit.wording import count


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
        )
        if number
    ]
    if result.findings or left_out or not quiet:
        scanned = count(tally.scanned, "object" if result.history else "file")
        ui.info("; ".join([f"{counts(result.findings)} in {scanned}", *left_out]))
    return Exit.NO if result.has_errors else Exit.OK
