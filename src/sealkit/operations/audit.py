"""What `audit` looks through: the whole history of a repository, or what a range of commits brings."""

from __future__ import annotations

from pathlib import Path

from sealkit.operations.scan import ScanResult
from sealkit.scan import context as contexts
from sealkit.scan import history, inputs


def audit(root: Path, revisions: str = "") -> ScanResult:
    """Every object of the repository at `root`, or those that `A..B` brings. Needs no key. Raises SealkitError."""
    context = contexts.load(inputs.from_commit(root, "HEAD"), root)
    findings = history.audit(root, context, inputs.resolve_range(root, revisions) if revisions else ())
    if not revisions:
        context.tally.unmet = context.allowed.unmet(history=True)
    return ScanResult(findings, context.tally, history=True)
