"""`recipients`: who can open what, over the whole repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sealkit.cli import say
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.source import config, files

if TYPE_CHECKING:
    from sealkit.cli.session import Session
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
    from sealkit.cli import facts
    from sealkit.cli.seal import resealing
    from sealkit.cli.session import Session
    from sealkit.ledger.entries import RecipientEntry

    session = Session.open()
    sealed = resealing.everything(session)
    held: dict[str, int] = {}
    for path, data in sealed.items():
        metadata = facts.metadata_of(path, data)
        for who in facts.labels(metadata.recipients) if metadata else ():
            held[who] = held.get(who, 0) + 1
    policy = session.policy
    rules: dict[str, list[str]] = {}
    for number, rule in enumerate(policy.rules if policy else (), 1):
        for who in facts.labels(rule.recipients):
            rules.setdefault(who, []).append(str(number))
    ledger = session.ledger
    approved = {entry.recipient for entry in ledger.entries if isinstance(entry, RecipientEntry)} if ledger else None
    own = {facts.label(found.recipient) for found in session.keyring.own()}
    for who in sorted({*held, *rules}):
        numbers = ",".join(rules.get(who, [])) or "none"
        state = "" if approved is None or who in approved else "  waits for approval"
        typer.echo(f"{say.clean(who)}  rules {numbers}  files {held.get(who, 0)}{'  you' if who in own else ''}{state}")


def add(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="age1…, 'ssh-ed25519 …', or the fingerprint of a PGP key."),
    rule: list[int] = typer.Option(None, "--rule", help="Only this rule of .sops.yaml, by its number.", show_default=False),
    deploy_only: bool = typer.Option(False, "--deploy-only", help="Not to the house key: may deploy, may not approve."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Let someone open the sealed files: adds them to .sops.yaml and to each file, and signs both."""
    from sealkit.cli.seal import policytext
    from sealkit.cli.session import Session
    from sealkit.keys import recipients

    who = recipients.parse(recipient)
    session = Session.open()
    policy = _policy(session)
    recipients.wrap(who, bytes(32), session.environ)  # an unknown or expired key is told before anything is written
    if unknown := [number for number in rule or [] if not 1 <= number <= len(policy.rules)]:
        raise UsageError(f"no rule {unknown[0]}", hint=f"{config.POLICY} has {len(policy.rules)}")
    chosen = set(rule or (number for number, one in enumerate(policy.rules, 1) if one.recipients))
    if deploy_only:
        chosen -= {_house_rule(policy)}
    chosen = {number for number in chosen if who not in policy.rules[number - 1].recipients}
    text = policytext.added(_text(session), who, chosen) if chosen else _text(session)
    _rewrite(session, text, dry_run=dry_run)


def remove(
    recipient: str = typer.Argument(metavar="RECIPIENT", help="As `recipients list` names it, with or without its kind."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Take someone out, everywhere: new data keys, a new house key, and on standard output the values that they could read.

    Each of these values must be changed at its source: whoever could read it may have kept it.
    """
    from sealkit.cli.seal import policytext
    from sealkit.cli.session import Session

    session = Session.open()
    policy = _policy(session)
    who = _known(session, policy, recipient)
    text = _text(session)
    if any(who in rule.recipients for rule in policy.rules):
        text = policytext.removed(text, who)
    _rewrite(session, text, dry_run=dry_run, without=who)


def sync(
    check: bool = typer.Option(False, "--check", help="Change nothing; exit 1 if a file is not sealed as .sops.yaml says."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would change, and write nothing."),
) -> None:  # fmt: skip
    """Seal every file to whom .sops.yaml says, after it was edited by hand and approved."""
    from sealkit.cli.seal import resealing
    from sealkit.cli.session import Session

    session = Session.open()
    if check:
        changes = resealing.differing(_read(_text(session)), resealing.everything(session))
        resealing.say_changes(changes)
        if changes:
            count = f"{len(changes)} {'file is' if len(changes) == 1 else 'files are'}"
            raise RefusedError(f"{count} not sealed as {config.POLICY} says", hint="sealkit recipients sync")
        return
    _policy(session)
    _rewrite(session, _text(session), dry_run=dry_run)


def _rewrite(session: Session, text: str, *, dry_run: bool, without: Recipient | None = None) -> None:
    """The policy as given, and every file sealed as it says. Killed in between, a second run goes on."""
    from sealkit.cli.seal import resealing

    sealed = resealing.everything(session)
    changes = resealing.differing(_read(text), sealed, without)
    same = text == _text(session)
    resealing.say_changes(changes)
    lost = sorted({str(who) for change in changes for who in change.lost})
    for line in resealing.readable(changes):
        typer.echo(say.clean(line))
    house = [change for change in changes if change.path == config.HOUSE_KEY]
    handover = session.ledger is not None and (
        any(change.lost for change in house) or resealing.handover_unfinished(sealed)
    )
    if not dry_run:
        texts = resealing.sealed_texts(session, [change for change in changes if not (handover and change in house)])
        if not same:
            files.write(session.root / config.POLICY, text.encode())
            session.refresh()
            resealing.approve_policy(session)
        if handover:
            session.new_house_key()
            say.info("the house has a new key; the pins of other machines follow it by themselves")
        session.write_sealed(texts, before={path: sealed[path] for path in texts})
    if lost:
        say.warning(
            f"{', '.join(lost)} could read the values on standard output, and keeps every version in the history",
            "change each of them at its source, then: sealkit set NAME",
        )
    if same and not changes and not handover:
        say.info("nothing to do")
        return
    say.info(f"{'would seal' if dry_run else 'sealed'} {len(changes)} files anew{'' if dry_run else '; commit them'}")


def _policy(session: Session) -> Policy:
    """The policy, approved. Raises SealkitError where there is none, RefusedError where it waits."""
    from sealkit.cli.seal import resealing

    if session.policy is None:
        raise SealkitError(f"there is no {config.POLICY}", hint="sealkit init")
    resealing.settled(session)
    return session.policy


def _text(session: Session) -> str:
    return files.decode(files.read(session.root / config.POLICY, config.POLICY), config.POLICY)


def _read(text: str) -> Policy:
    from sealkit.sealed import policy

    return policy.read(text)


def _house_rule(policy: Policy) -> int:
    """The number of the house key's rule. Raises SealkitError where other files are under it, too."""
    for number, rule in enumerate(policy.rules, 1):
        if rule.matches(config.HOUSE_KEY):
            if "sealkit" not in rule.path_regex:
                break
            return number
    raise SealkitError(
        f"{config.POLICY}: no rule of its own for {config.HOUSE_KEY}, so who may deploy may approve",
        hint=f"put one first: path_regex: ^{config.HOUSE_KEY.replace('.', chr(92) + '.')}$",
    )


def _known(session: Session, policy: Policy, text: str) -> Recipient:
    """A recipient of the policy or of a file by what a person wrote. Raises UsageError."""
    from sealkit.cli import facts
    from sealkit.cli.seal import resealing

    known = {who for rule in policy.rules for who in rule.recipients}
    for path, data in resealing.everything(session).items():
        metadata = facts.metadata_of(path, data)
        known |= set(metadata.recipients) if metadata else set()
    wanted = " ".join(text.split()).upper()
    spelled = {wanted, wanted.replace(" ", "").removeprefix("0X"), " ".join(wanted.split()[:2])}
    found = [who for who in known if spelled & {who.id.upper(), facts.label(who).upper()}]
    if len(found) == 1:
        return found[0]
    raise UsageError(f"{text[:80]}: {'not a recipient here' if not found else 'several are called so'}",
                     hint="sealkit recipients list")  # fmt: skip
