"""`recipients`: who can open what, over the whole repository; recipients added, removed, and sealed to as the policy says.

A change has two steps, so that the values that a removed recipient could read are known before anything is written:
`plan_add`, `plan_remove` or `plan_sync`, then `apply_plan`. A plan that was applied in part is finished by planning it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.keys import recipients
from sealkit.ledger.recipient_names import recipient_name, recipient_names
from sealkit.ledger.unapproved import Unapproved
from sealkit.operations.approvals import approve, unapproved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.reseal import RecipientChange, lost_values, recipient_changes, reseal_files, sealed_files
from sealkit.operations.sealed_writer import approved_policy, write_sealed
from sealkit.operations.signer import replace_signing_key
from sealkit.sealed import policy as policies
from sealkit.sealed import policy_edit
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy import Policy
from sealkit.sealed.policy_signing_key import find_own_rule
from sealkit.source import filenames, files
from sealkit.wording import count, counted


@dataclass(frozen=True, slots=True)
class ListedRecipient:
    """A recipient (`age:age1…`): the numbers of its rules in the policy, how many files are sealed to it, whether an identity
    here belongs to it, whether the ledger holds it (None without a ledger), and whether it opens the signing key."""

    name: str
    rules: tuple[int, ...]
    files: int
    is_own: bool
    approved: bool | None
    may_approve: bool = False


@dataclass(frozen=True, slots=True)
class RecipientPlan:
    """What is to be written: the text of the policy, the files to be sealed anew, and whether the signing key is replaced."""

    policy_text: str
    changes_policy: bool
    changes: list[RecipientChange]
    replaces_signing_key: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
        return not (self.changes_policy or self.changes or self.replaces_signing_key)

    @property
    def lost_values(self) -> list[str]:
        """`FILE ROUTE` of each sealed value that a recipient who loses a file could read."""
        return list(lost_values(self.changes))

    @property
    def lost_recipients(self) -> list[str]:
        """Everyone who loses a file, sorted."""
        return sorted({str(recipient) for change in self.changes for recipient in change.lost})


def list_recipients(repository: Repository) -> list[ListedRecipient]:
    """Every recipient of the policy and of the sealed files, sorted by name."""
    file_counts: dict[str, int] = {}
    for file in sealed_files(repository).values():
        for name in recipient_names(file.recipients):
            file_counts[name] = file_counts.get(name, 0) + 1
    rules: dict[str, list[int]] = {}
    for number, rule in enumerate(repository.policy.rules if repository.policy else (), 1):
        for name in recipient_names(rule.recipients):
            rules.setdefault(name, []).append(number)
    known = approved_policy(repository) if repository.ledger is not None else None
    approved = (
        None
        if repository.ledger is None
        else set(recipient_names(who for rule in (known.rules if known is not None else ()) for who in rule.recipients))
    )
    own = {recipient_name(identity.recipient) for identity in repository.keyring.own()}
    signing_key = sealed_files(repository).get(filenames.SIGNING_KEY)
    may_approve = recipient_names(signing_key.recipients) if signing_key is not None else ()
    return [
        ListedRecipient(
            name,
            tuple(rules.get(name, ())),
            file_counts.get(name, 0),
            name in own,
            None if approved is None else name in approved,
            name in may_approve,
        )
        for name in sorted({*file_counts, *rules})
    ]


def plan_add(
    repository: Repository, recipient_text: str, *, rules: Collection[int] = (), may_approve: bool = False
) -> RecipientPlan:
    """Add a recipient to these rules of the policy (numbers from 1; default: every rule that seals, but that of the signing key)
    and to the files under them; with `may_approve` also to the signing key. Raises UsageError for a recipient or rule that is not
    known, SealkitError where the policy cannot say so, RefusedError where the policy is not approved."""
    recipient = recipients.parse(recipient_text)
    policy = _require_policy(repository)
    recipients.wrap(
        recipient, bytes(32), repository.environ
    )  # an unknown or expired key fails before anything is written
    if unknown := [number for number in rules if not 1 <= number <= len(policy.rules)]:
        raise UsageError(f"no rule {unknown[0]}", hint=f"{filenames.POLICY} has {len(policy.rules)}")
    numbers = _rules_to_add(repository, policy, rules, may_approve=may_approve)
    numbers = {number for number in numbers if recipient not in policy.rules[number - 1].recipients}
    text = _policy_text(repository)
    return _plan(repository, policy_edit.add_recipient(text, recipient, numbers) if numbers else text)


def plan_remove(repository: Repository, recipient_text: str) -> RecipientPlan:
    """Remove a recipient, as `list_recipients` names it with or without its kind, from the policy and from every file. Raises
    UsageError for one that is not known, RefusedError where a file would be left without recipients or the policy is not
    approved."""
    policy = _require_policy(repository)
    recipient = _find_recipient(repository, policy, recipient_text)
    text = _policy_text(repository)
    if any(recipient in rule.recipients for rule in policy.rules):
        text = policy_edit.remove_recipient(text, recipient)
    return _plan(repository, text, without=recipient)


def plan_sync(repository: Repository) -> RecipientPlan:
    """Seal every file as the policy says. Raises RefusedError where the policy is not approved."""
    _require_policy(repository)
    return _plan(repository, _policy_text(repository))


def require_synced(repository: Repository, events: Events) -> None:
    """Raises RefusedError where a file is not sealed as the policy says, after naming each. Needs no key and no approval."""
    changes = recipient_changes(policies.read(_policy_text(repository)), repository.found)
    for change in changes:
        events.progress(str(change))
    if changes:
        raise RefusedError(
            f"{counted(len(changes), 'file', 'is')} not sealed as {filenames.POLICY} says",
            hint="sealkit recipients sync",
        )


def apply_plan(repository: Repository, events: Events, plan: RecipientPlan, *, dry_run: bool = False) -> None:
    """Write the policy, the signing key and the files of a plan, and sign them; with `dry_run` only tell.

    All files are decrypted before the first is written. Raises RefusedError and SealkitError; killed in between, each file is
    the old or the new one.
    """
    if not dry_run:
        _write(repository, events, plan)
    if lost := plan.lost_recipients:
        events.warning(
            f"{', '.join(lost)} could read the values on standard output, and keeps every version in the history",
            "change each of them at its source, then: sealkit set NAME",
        )
    if plan.is_empty:
        events.progress("nothing to do")
        return
    files = count(len(plan.changes), "file")
    events.progress(f"would reseal {files}" if dry_run else f"resealed {files}; commit the changes")


def _write(repository: Repository, events: Events, plan: RecipientPlan) -> None:
    changes = [
        change
        for change in plan.changes
        if not (plan.replaces_signing_key and change.path == filenames.SIGNING_KEY)  # that file is made anew
    ]
    sealed = reseal_files(repository, changes)
    if plan.changes_policy:
        files.write(repository.root / filenames.POLICY, plan.policy_text.encode())
        repository.refresh()
        if items := _unapproved_policy(repository):
            approve(repository, items)  # this run wrote it, and it was approved before
    if plan.replaces_signing_key:
        replace_signing_key(repository)
        _tell_new_signer(repository, events)
    if sealed:
        write_sealed(repository, events, sealed, before={change.path: change.file.data for change in changes})


def _plan(repository: Repository, policy_text: str, without: Recipient | None = None) -> RecipientPlan:
    sealed = sealed_files(repository)
    changes = recipient_changes(policies.read(policy_text), sealed, without)
    loses_approver = any(change.lost for change in changes if change.path == filenames.SIGNING_KEY)
    replaces_signing_key = repository.ledger is not None and (loses_approver or _is_replacement_unfinished(sealed))
    return RecipientPlan(policy_text, policy_text != _policy_text(repository), changes, replaces_signing_key)


def _is_replacement_unfinished(sealed: Mapping[str, SealedFile]) -> bool:
    """Whether a run that replaced the signing key was killed: the file still holds the previous key, too."""
    file = sealed.get(filenames.SIGNING_KEY)
    return file is not None and any(item.route.keys == ("previous",) for item in file.parsed.items)


def _require_policy(repository: Repository) -> Policy:
    """The policy. Raises SealkitError where there is none, RefusedError where it is not approved."""
    if repository.policy is None:
        raise SealkitError(f"there is no {filenames.POLICY}", hint="sealkit init")
    if items := _unapproved_policy(repository):
        raise RefusedError(f"not approved: {items[0]}", hint=f"sealkit approve {filenames.POLICY}")
    return repository.policy


def _unapproved_policy(repository: Repository) -> list[Unapproved]:
    return [item for item in unapproved(repository) if item.path == filenames.POLICY]


def _policy_text(repository: Repository) -> str:
    return files.decode(files.read(repository.root / filenames.POLICY, filenames.POLICY), filenames.POLICY)


def _rules_to_add(repository: Repository, policy: Policy, rules: Collection[int], *, may_approve: bool) -> set[int]:
    """The rules that a new recipient is added to. The signing key's is among them only where the recipient may approve."""
    signing_key = next((n for n, rule in enumerate(policy.rules, 1) if rule.matches(filenames.SIGNING_KEY)), None)
    own = find_own_rule(policy)
    numbers = set(rules or (number for number, rule in enumerate(policy.rules, 1) if rule.recipients))
    if may_approve:
        if signing_key is None:
            raise SealkitError(f"{filenames.POLICY}: no rule for {filenames.SIGNING_KEY}", hint="sealkit init")
        return numbers | {signing_key}
    if own is not None:
        if own in rules:
            raise UsageError(f"rule {own} is that of the signing key: who is in it may approve", hint="--may-approve")
        return numbers - {own}
    if signing_key in numbers and repository.ledger is not None:
        raise SealkitError(
            f"{filenames.POLICY}: no rule of its own for {filenames.SIGNING_KEY}, so whoever may deploy may approve",
            hint="sealkit init puts one first; or, if this recipient may approve: --may-approve",
        )
    return numbers


def _tell_new_signer(repository: Repository, events: Events) -> None:
    signer = repository.require_ledger().signer
    events.progress(f"replaced the signing key: {signer}")
    events.hint(
        f"machines with a key that vouches for it follow by themselves; the others, once you told them: sealkit trust {signer}; "
        "in CI: SEALKIT_SIGNER"
    )


def _find_recipient(repository: Repository, policy: Policy, text: str) -> Recipient:
    """A recipient of the policy or of a file by what a person typed. Raises UsageError."""
    known = {recipient for rule in policy.rules for recipient in rule.recipients}
    for file in sealed_files(repository).values():
        known |= set(file.recipients)
    typed = " ".join(text.split()).upper()
    # a PGP fingerprint with spaces or 0x, an ssh key with its comment
    spellings = {typed, typed.replace(" ", "").removeprefix("0X"), " ".join(typed.split()[:2])}
    matches = [who for who in known if spellings & {who.id.upper(), recipient_name(who).upper()}]
    if len(matches) == 1:
        return matches[0]
    problem = "not a recipient here" if not matches else "several recipients have this name"
    raise UsageError(f"{text[:80]}: {problem}", hint="sealkit recipients list")
