"""Many sealed files at once: new data keys, and other recipients. All are opened before the first is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import observe
from sealkit.ledger.unapproved import Reason
from sealkit.source import filenames

if TYPE_CHECKING:
    from sealkit.operations.repository import Repository
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule, Policy


@dataclass(frozen=True, slots=True)
class RecipientChange:
    """One sealed file that is to be sealed to others: who it gains and loses, and what its rule says."""

    path: str
    data: bytes
    rule: CreationRule
    gained: tuple[Recipient, ...]
    lost: tuple[Recipient, ...]

    def __str__(self) -> str:
        parts = [f"gains {who}" for who in self.gained] + [f"loses {who}" for who in self.lost]
        return f"{self.path}: {', '.join(parts) or 'its key groups change'}"


def everything(repository: Repository) -> dict[str, bytes]:
    """Every file with a `sops` block, the signing key's included."""
    found = observe.sealed_files(repository.tree, repository.ledger)
    return {path: data for path, data in found.items() if observe.metadata_of(path, data) is not None}


def differing(policy: Policy, sealed: dict[str, bytes], without: Recipient | None = None) -> list[RecipientChange]:
    """The files whose recipients or key groups are not those of their rule. A file without a rule stays as it is, but for
    the recipient `without`."""
    found = []
    for path, data in sealed.items():
        metadata = observe.metadata_of(path, data)
        if metadata is None:
            continue
        groups = [[wrapped.recipient for wrapped in group] for group in metadata.groups]
        rule = policy.find(path)
        if rule is None or not rule.recipients:
            rule = _left(path, groups, metadata.threshold, without)
        same = _shape(groups) == _shape(rule.groups)
        several = len(rule.groups) > 1
        if same and (not several or metadata.threshold == (rule.threshold or len(rule.groups))):
            continue
        now, then = dict.fromkeys(metadata.recipients), dict.fromkeys(rule.recipients)
        gained, lost = tuple(r for r in then if r not in now), tuple(r for r in now if r not in then)
        found.append(RecipientChange(path, data, rule, gained, lost))
    return found


def _left(path: str, groups: Sequence[Sequence[Recipient]], threshold: int, without: Recipient | None) -> CreationRule:
    """What a file is sealed to that no rule matches."""
    from sealkit.sealed.policy import CreationRule

    left = [[who for who in group if who != without] for group in groups]
    if not all(left):
        raise RefusedError(
            f"{path}: without {without} it would be sealed to nobody", hint=f"add a rule to {filenames.POLICY}"
        )
    return CreationRule(groups=left, threshold=threshold)


def _shape(groups: Sequence[Sequence[Recipient]]) -> list[set[Recipient]]:
    return [set(group) for group in groups if group]


def handover_unfinished(sealed: dict[str, bytes]) -> bool:
    """Whether a run that replaced the signing key was killed: the file still holds the key before it."""
    from sealkit.sealed.stores.store import store_for
    from sealkit.source import files

    data = sealed.get(filenames.SIGNING_KEY)
    if data is None:
        return False
    items = (
        store_for(filenames.SIGNING_KEY).parse(files.decode(data, filenames.SIGNING_KEY), filenames.SIGNING_KEY).items
    )
    return any(item.route.keys == ("previous",) for item in items)


def sealed_texts(repository: Repository, changes: Sequence[RecipientChange]) -> dict[str, str]:
    """These files sealed to whom their rule says. Who loses a file also loses its data key: it gets a new one."""
    rules = {change.path: change.rule for change in changes}
    lost = {change.path for change in changes if change.lost}
    return rewrapped(repository, {change.path: change.data for change in changes}, rules, lost)


def rewrapped(
    repository: Repository, sealed: dict[str, bytes], rules: dict[str, CreationRule], rotated: Collection[str]
) -> dict[str, str]:
    """Open all, seal each to the groups of its rule (without one: to whom it is sealed now), those in `rotated` under a new
    data key. Raises the first SealkitError: then nothing may be written."""
    from sealkit.sops.decrypt import open_files
    from sealkit.sops.encrypt import rewrap

    texts = {}
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message += "; nothing was written"
            raise opened
        rule = rules.get(path)
        groups = rule.groups if rule else [[w.recipient for w in group] for group in opened.metadata.groups]
        threshold = rule.threshold or len(rule.groups) if rule else None
        texts[path] = rewrap(opened, groups, path in rotated, threshold=threshold)
    return texts


def settled(repository: Repository) -> None:
    """Raises RefusedError where the policy itself waits for approval: what it says now nobody of this house said."""
    waits = (
        [item for item in repository.waiting() if item.why is Reason.POLICY] if repository.ledger is not None else []
    )
    if waits:
        raise RefusedError(f"{waits[0]}, which waits for approval", hint=f"sealkit approve {filenames.POLICY}")


def approve_policy(repository: Repository) -> None:
    """Sign what the policy says now: this run wrote it, and it was settled before."""
    if repository.ledger is None:
        return
    waits = [item for item in repository.waiting() if item.why is Reason.POLICY]
    if waits:
        repository.approve(waits)


def readable(changes: Sequence[RecipientChange], who: Recipient | None = None) -> Iterator[str]:
    """`FILE ROUTE` of each sealed value that those who lose a file could read (or one of them)."""
    from sealkit.sealed.stores.store import store_for
    from sealkit.source import files

    for change in changes:
        if change.path == filenames.SIGNING_KEY or not (who in change.lost if who else change.lost):
            continue
        for item in store_for(change.path).parse(files.decode(change.data, change.path), change.path).items:
            if item.sealed and not item.comment:
                yield f"{change.path} {item.route}"


def say_changes(changes: Sequence[RecipientChange]) -> None:
    """One line for each file."""
    for change in changes:
        ui.info(str(change))
