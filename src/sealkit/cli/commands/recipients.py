"""`recipients`: who can open what, over the whole repository."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations import recipients as operation
from sealkit.operations.repository import Repository

group = typer.Typer(help="Who can open what, over the whole repository.", no_args_is_help=True)
_DRY_RUN = typer.Option(False, "--dry-run", help="Say what would change, and write nothing.")


def register(app: typer.Typer) -> None:
    """Add the commands of the group."""
    app.add_typer(group, name="recipients")
    group.command("list")(list_)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("sync")(sync)


def list_() -> None:
    """List the recipients: for which rules of the policy, of how many sealed files, and whether the ledger holds them."""
    for listed in operation.list_recipients(Repository.open()):
        rules = ",".join(map(str, listed.rules)) or "none"
        own = "  you" if listed.is_own else ""
        approval = "  not approved" if listed.approved is False else ""
        ui.write_lines(f"{listed.name}  rules {rules}  files {listed.files}{own}{approval}")


def add(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="age1…, 'ssh-ed25519 …', or the fingerprint of a PGP key."),
    rule: list[int] = typer.Option(None, "--rule", help="Only this rule of .sops.yaml, by its number.", show_default=False),
    deploy_only: bool = typer.Option(False, "--deploy-only", help="Not to the signing key: may deploy, may not approve."),
    dry_run: bool = _DRY_RUN,
) -> None:  # fmt: skip
    """Let someone open the sealed files: adds them to .sops.yaml and to each file, and signs both."""
    repository = Repository.open()
    plan = operation.plan_add(repository, recipient, rules=rule or (), deploy_only=deploy_only)
    _apply(repository, plan, dry_run=dry_run)


def remove(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="As `recipients list` names it, with or without its kind."),
    dry_run: bool = _DRY_RUN,
) -> None:  # fmt: skip
    """Remove someone everywhere: new data keys, a new signing key, and on standard output the values that they could read.

    Each of these values must be changed at its source: whoever could read it may have kept it.
    """
    repository = Repository.open()
    _apply(repository, operation.plan_remove(repository, recipient), dry_run=dry_run)


def sync(
    check: bool = typer.Option(False, "--check", help="Change nothing; exit 1 if a file is not sealed as .sops.yaml says."),
    dry_run: bool = _DRY_RUN,
) -> None:  # fmt: skip
    """Seal every file to whom .sops.yaml says, after it was edited by hand and approved."""
    repository = Repository.open()
    if check:
        operation.require_synced(repository, ui.TerminalEvents())
    else:
        _apply(repository, operation.plan_sync(repository), dry_run=dry_run)


def _apply(repository: Repository, plan: operation.RecipientPlan, *, dry_run: bool) -> None:
    for change in plan.changes:
        ui.info(str(change))
    ui.write_lines(*plan.lost_values)  # before anything is written: a run that is killed has said them
    operation.apply_plan(repository, ui.TerminalEvents(), plan, dry_run=dry_run)
