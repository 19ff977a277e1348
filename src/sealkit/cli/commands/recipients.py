"""`recipients`: who can decrypt which sealed files."""

from __future__ import annotations

import typer

from sealkit.cli import ui
from sealkit.operations import recipients as operation
from sealkit.operations.repository import Repository

group = typer.Typer(help="List, add and remove recipients: who can decrypt which sealed files.", no_args_is_help=True)
_DRY_RUN = typer.Option(False, "--dry-run", help="Show what would change, and write nothing.")


def register(app: typer.Typer) -> None:
    """Add the commands of the group."""
    app.add_typer(group, name="recipients")
    group.command("list")(list_)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("sync")(sync)


def list_() -> None:
    """List the recipients: their rules in .sops.yaml, their number of sealed files, and which are yours or not approved."""
    for listed in operation.list_recipients(Repository.open()):
        rules = ",".join(map(str, listed.rules)) or "none"
        own = ("  may approve" if listed.may_approve else "") + ("  you" if listed.is_own else "")
        approval = "  not approved" if listed.approved is False else ""
        ui.write_lines(f"{listed.name}  rules {rules}  files {listed.files}{own}{approval}")


def add(
    recipient: str = typer.Argument(
        metavar="RECIPIENT", help="age1…, 'ssh-ed25519 …', or the fingerprint of a PGP key."
    ),
    rule: list[int] = typer.Option(
        None, "--rule", help="Only this rule of .sops.yaml, by number from 1; can be repeated.", show_default=False
    ),
    may_approve: bool = typer.Option(
        False,
        "--may-approve",
        help="Let the recipient approve, too: it can decrypt the signing key. Not for a key in CI.",
    ),
    dry_run: bool = _DRY_RUN,
) -> None:
    """Add a recipient to .sops.yaml and to each sealed file, and sign both. It can read and deploy; only with --may-approve it can
    approve."""
    repository = Repository.open()
    plan = operation.plan_add(repository, recipient, rules=rule or (), may_approve=may_approve)
    _apply(repository, plan, dry_run=dry_run)


def remove(
    recipient: str = typer.Argument(
        metavar="RECIPIENT", help="The recipient as in `recipients list`, with or without age: or pgp:."
    ),
    dry_run: bool = _DRY_RUN,
) -> None:
    """Remove a recipient everywhere, and print the values that it could read.

    Its files get new data keys. If it could decrypt the signing key, that is replaced, too. Change each printed value at its
    source: the recipient may have kept it.
    """
    repository = Repository.open()
    _apply(repository, operation.plan_remove(repository, recipient), dry_run=dry_run)


def sync(
    check: bool = typer.Option(
        False, "--check", help="Write nothing; exit 1 if a file is not sealed to the recipients in .sops.yaml."
    ),
    dry_run: bool = _DRY_RUN,
) -> None:
    """Seal every file to the recipients in .sops.yaml, after you edited and approved it."""
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
