"""`recipients`: who can open what, over the whole repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.printable import printable
from sealkit.source import filenames, files

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import Policy

group = typer.Typer(help="Who can open what, over the whole repository.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="recipients")
    group.command("list")(list_)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("sync")(sync)


def list_() -> None:
    """List the recipients: for which rules of the policy, of how many sealed files, and whether the ledger holds them."""
    from sealkit.ledger import observe
    from sealkit.ledger.entries import RecipientEntry
    from sealkit.operations import reseal
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    sealed = reseal.everything(repository)
    held: dict[str, int] = {}
    for path, data in sealed.items():
        metadata = observe.metadata_of(path, data)
        for who in observe.labels(metadata.recipients) if metadata else ():
            held[who] = held.get(who, 0) + 1
    policy = repository.policy
    rules: dict[str, list[str]] = {}
    for number, rule in enumerate(policy.rules if policy else (), 1):
        for who in observe.labels(rule.recipients):
            rules.setdefault(who, []).append(str(number))
    ledger = repository.ledger
    approved = {entry.recipient for entry in ledger.entries if isinstance(entry, RecipientEntry)} if ledger else None
    own = {observe.label(found.recipient) for found in repository.keyring.own()}
    for who in sorted({*held, *rules}):
        numbers = ",".join(rules.get(who, [])) or "none"
        state = "" if approved is None or who in approved else "  waits for approval"
        typer.echo(f"{printable(who)}  rules {numbers}  files {held.get(who, 0)}{'  you' if who in own else ''}{state}")


def add(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="age1…, 'ssh-ed25519 …', or the fingerprint of a PGP key."),
    rule: list[int] = typer.Option(None, "--rule", help="Only this rule of .sops.yaml, by its number.", show_default=False),
    deploy_only: bool = typer.Option(False, "--deploy-only", help="Not to the signing key: may deploy, may not approve."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Let someone open the sealed files: adds them to .sops.yaml and to each file, and signs both."""
    from sealkit.keys import recipients
    from sealkit.operations.repository import Repository
    from sealkit.sealed import policy_edit

    who = recipients.parse(recipient)
    repository = Repository.open()
    policy = _policy(repository)
    recipients.wrap(who, bytes(32), repository.environ)  # an unknown or expired key is told before anything is written
    if unknown := [number for number in rule or [] if not 1 <= number <= len(policy.rules)]:
        raise UsageError(f"no rule {unknown[0]}", hint=f"{filenames.POLICY} has {len(policy.rules)}")
    chosen = set(rule or (number for number, one in enumerate(policy.rules, 1) if one.recipients))
    if deploy_only:
        chosen -= {_signing_key_rule(policy)}
    chosen = {number for number in chosen if who not in policy.rules[number - 1].recipients}
    text = policy_edit.add_recipient(_text(repository), who, chosen) if chosen else _text(repository)
    _rewrite(repository, text, dry_run=dry_run)


def remove(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="As `recipients list` names it, with or without its kind."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Take someone out, everywhere: new data keys, a new signing key, and on standard output the values that they could read.

    Each of these values must be changed at its source: whoever could read it may have kept it.
    """
    from sealkit.operations.repository import Repository
    from sealkit.sealed import policy_edit

    repository = Repository.open()
    policy = _policy(repository)
    who = _known(repository, policy, recipient)
    text = _text(repository)
    if any(who in rule.recipients for rule in policy.rules):
        text = policy_edit.remove_recipient(text, who)
    _rewrite(repository, text, dry_run=dry_run, without=who)


def sync(
    check: bool = typer.Option(False, "--check", help="Change nothing; exit 1 if a file is not sealed as .sops.yaml says."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Seal every file to whom .sops.yaml says, after it was edited by hand and approved."""
    from sealkit.operations import reseal
    from sealkit.operations.repository import Repository

    repository = Repository.open()
    if check:
        changes = reseal.differing(_read(_text(repository)), reseal.everything(repository))
        reseal.say_changes(changes)
        if changes:
            count = f"{len(changes)} {'file is' if len(changes) == 1 else 'files are'}"
            raise RefusedError(f"{count} not sealed as {filenames.POLICY} says", hint="sealkit recipients sync")
        return
    _policy(repository)
    _rewrite(repository, _text(repository), dry_run=dry_run)


def _rewrite(repository: Repository, text: str, *, dry_run: bool, without: Recipient | None = None) -> None:
    """The policy as given, and every file sealed as it says. Killed in between, a second run goes on."""
    from sealkit.operations import reseal

    sealed = reseal.everything(repository)
    changes = reseal.differing(_read(text), sealed, without)
    same = text == _text(repository)
    reseal.say_changes(changes)
    lost = sorted({str(who) for change in changes for who in change.lost})
    for line in reseal.readable(changes):
        typer.echo(printable(line))
    config = [change for change in changes if change.path == filenames.SIGNING_KEY]
    handover = repository.ledger is not None and (
        any(change.lost for change in config) or reseal.handover_unfinished(sealed)
    )
    if not dry_run:
        texts = reseal.sealed_texts(repository, [change for change in changes if not (handover and change in config)])
        if not same:
            files.write(repository.root / filenames.POLICY, text.encode())
            repository.refresh()
            reseal.approve_policy(repository)
        if handover:
            repository.replace_signing_key()
            ui.info("the house has a new key; the pins of other machines follow it by themselves")
        repository.write_sealed(texts, before={path: sealed[path] for path in texts})
    if lost:
        ui.warning(
            f"{', '.join(lost)} could read the values on standard output, and keeps every version in the history",
            "change each of them at its source, then: sealkit set NAME",
        )
    if same and not changes and not handover:
        ui.info("nothing to do")
        return
    ui.info(f"{'would seal' if dry_run else 'sealed'} {len(changes)} files anew{'' if dry_run else '; commit them'}")


def _policy(repository: Repository) -> Policy:
    """The policy, approved. Raises SealkitError where there is none, RefusedError where it waits."""
    from sealkit.operations import reseal

    if repository.policy is None:
        raise SealkitError(f"there is no {filenames.POLICY}", hint="sealkit init")
    reseal.settled(repository)
    return repository.policy


def _text(repository: Repository) -> str:
    return files.decode(files.read(repository.root / filenames.POLICY, filenames.POLICY), filenames.POLICY)


def _read(text: str) -> Policy:
    from sealkit.sealed import policy

    return policy.read(text)


def _signing_key_rule(policy: Policy) -> int:
    """The number of the signing key's rule. Raises SealkitError where other files are under it, too."""
    for number, rule in enumerate(policy.rules, 1):
        if rule.matches(filenames.SIGNING_KEY):
            if "sealkit" not in rule.path_regex:
                break
            return number
    raise SealkitError(
        f"{filenames.POLICY}: no rule of its own for {filenames.SIGNING_KEY}, so who may deploy may approve",
        hint=f"put one first: path_regex: ^{filenames.SIGNING_KEY.replace('.', chr(92) + '.')}$",
    )


def _known(repository: Repository, policy: Policy, text: str) -> Recipient:
    """A recipient of the policy or of a file by what a person wrote. Raises UsageError."""
    from sealkit.ledger import observe
    from sealkit.operations import reseal

    known = {who for rule in policy.rules for who in rule.recipients}
    for path, data in reseal.everything(repository).items():
        metadata = observe.metadata_of(path, data)
        known |= set(metadata.recipients) if metadata else set()
    wanted = " ".join(text.split()).upper()
    spelled = {wanted, wanted.replace(" ", "").removeprefix("0X"), " ".join(wanted.split()[:2])}
    found = [who for who in known if spelled & {who.id.upper(), observe.label(who).upper()}]
    if len(found) == 1:
        return found[0]
    raise UsageError(f"{text[:80]}: {'not a recipient here' if not found else 'several are called so'}",
                     hint="sealkit recipients list")  # fmt: skip
