"""`allow`: accept findings."""

from __future__ import annotations

from pathlib import Path

import typer

from sealkit.cli import ui
from sealkit.errors import UsageError
from sealkit.operations.allow import allow
from sealkit.operations.allow_baseline import allow_from_baseline
from sealkit.operations.allow_history import allow_before, prune
from sealkit.source.config import Config, load_config
from sealkit.wording import count, counted


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("allow")(run)


def run(
    fingerprint: str = typer.Argument(
        "", metavar="[FINGERPRINT]", help="The fingerprint that the report shows.", show_default=False
    ),
    reason: str = typer.Option(
        "", "--reason", metavar="TEXT", help="Why the findings are accepted.", show_default=False
    ),
    before: str = typer.Option(
        "", "--before", metavar="REV", show_default=False,
        help="Accept every finding in the history up to this commit: adopt an old repository.",
    ),
    baseline: Path = typer.Option(
        None, "--from-baseline", metavar="FILE", show_default=False,
        help="Accept what a baseline of detect-secrets accepts.",
    ),
    unused: bool = typer.Option(False, "--prune", help="Remove the entries that match nothing any more."),
) -> None:  # fmt: skip
    """Accept a finding: add it to the allow list, with a reason. The list is a file in the repository, so reviewers see it.

    sealkit looks for the finding in the index, then in the work tree, then in the history. An entry goes by rule, name and value:
    it survives a rename, and counts wherever the same value stands under the same name.
    """
    if sum((bool(fingerprint), bool(before), baseline is not None, unused)) != 1:
        raise UsageError(
            "not one thing to allow", hint="one of: FINGERPRINT, --before REV, --from-baseline FILE, --prune"
        )
    config = load_config()
    if unused:
        _prune(config)
    elif baseline is not None:
        _convert(config, baseline, reason)
    elif before:
        new = allow_before(config, before, reason)
        ui.info(f"{count(len(new), 'entry')} added for the history up to {before}; commit {config.allow}")
    else:
        finding = allow(config, fingerprint, reason)
        ui.info(f"{finding.rule} at {finding.place} is allowed; commit {config.allow}")


def _convert(config: Config, baseline: Path, reason: str) -> None:
    done = allow_from_baseline(config, baseline, reason)
    ui.info(f"{count(len(done.new), 'entry')} added from {baseline}; commit {config.allow}")
    if done.real:
        ui.info(f"{len(done.real)} of the baseline not added: its audit says that they are secrets")
    if done.unmatched:
        shown = ", ".join(dict.fromkeys(entry.path for entry in done.unmatched[:3]))
        ui.info(f"{len(done.unmatched)} of the baseline not added: sealkit finds no such value there ({shown})")


def _prune(config: Config) -> None:
    done = prune(config)
    for entry in done.removed:
        ui.info(f"removed {entry.fingerprint} ({entry.rule} {entry.path}): {entry.reason}")
    if done.marked:
        ui.info(f"{counted(len(done.marked), 'entry', 'is')} kept for the history alone")
    if not done.removed:
        ui.info("nothing to remove: every entry is in use")
