"""Many sealed files at once: new data keys, and other recipients. All are decrypted before the first is written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sealkit.errors import RefusedError, SealkitError
from sealkit.operations.repository import Repository
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Metadata, Recipient
from sealkit.sealed.policy import CreationRule, Policy
from sealkit.sops.decrypt import open_files
from sealkit.sops.encrypt import rewrap
from sealkit.source import filenames


@dataclass(frozen=True, slots=True)
class RecipientChange:
    """A sealed file that is to be sealed to other recipients, and the rule that says so."""

    file: SealedFile
    rule: CreationRule
    gained: tuple[Recipient, ...]
    lost: tuple[Recipient, ...]

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.file.path

    def __str__(self) -> str:
        parts = [f"gains {recipient}" for recipient in self.gained] + [f"loses {recipient}" for recipient in self.lost]
        return f"{self.path}: {', '.join(parts) or 'its key groups change'}"


def sealed_files(repository: Repository) -> dict[str, SealedFile]:
    """Every file with a readable `sops` block, that of the signing key included."""
    return {path: file for path, file in repository.sealed.items() if file.metadata is not None}


def recipient_changes(
    policy: Policy, sealed: Mapping[str, SealedFile], without: Recipient | None = None
) -> list[RecipientChange]:
    """The files whose recipients or key groups are not those of their rule. A file without a rule keeps its recipients, except
    for `without`. Raises RefusedError where such a file would be left without recipients."""
    changes = []
    for path, file in sealed.items():
        metadata = file.metadata
        if metadata is None:
            continue
        groups = _groups(metadata)
        rule = policy.find(path)
        if rule is None or not rule.recipients:
            rule = _rule_of_file(path, metadata, without)
        same_groups = _as_sets(groups) == _as_sets(rule.groups)
        if same_groups and (len(rule.groups) <= 1 or metadata.threshold == (rule.threshold or len(rule.groups))):
            continue
        old, new = dict.fromkeys(metadata.recipients), dict.fromkeys(rule.recipients)
        gained = tuple(recipient for recipient in new if recipient not in old)
        lost = tuple(recipient for recipient in old if recipient not in new)
        changes.append(RecipientChange(file, rule, gained, lost))
    return changes


def reseal_files(repository: Repository, changes: Sequence[RecipientChange]) -> list[SealedFile]:
    """The files of these changes, sealed as their rules say. A file that loses a recipient gets a new data key, which that
    recipient never had. Raises as `rewrap_files` does."""
    rules = {change.path: change.rule for change in changes}
    rotate = {change.path for change in changes if change.lost}
    return rewrap_files(repository, {change.path: change.file for change in changes}, rules, rotate=rotate)


def rewrap_files(
    repository: Repository,
    sealed: Mapping[str, SealedFile],
    rules: Mapping[str, CreationRule],
    *,
    rotate: Collection[str],
) -> list[SealedFile]:
    """Decrypt all, and seal each for the groups of its rule (without one: for the recipients it has); those in `rotate` under
    a new data key. Raises the first SealkitError: then nothing may be written."""
    resealed = []
    for path, opened in open_files(sealed, repository.keyring).items():
        if isinstance(opened, SealkitError):
            opened.message += "; nothing was written"
            raise opened
        rule = rules.get(path)
        groups = rule.groups if rule is not None else _groups(opened.metadata)
        threshold = rule.threshold or len(rule.groups) if rule is not None else None
        resealed.append(rewrap(opened, groups, path in rotate, threshold=threshold))
    return resealed


def lost_values(changes: Sequence[RecipientChange]) -> Iterator[str]:
    """`FILE ROUTE` of each sealed value that a recipient who loses a file could read."""
    for change in changes:
        if change.path == filenames.SIGNING_KEY or not change.lost:
            continue
        for item in change.file.parsed.items:
            if item.sealed and not item.comment:
                yield f"{change.path} {item.route}"


def _groups(metadata: Metadata) -> list[list[Recipient]]:
    return [[wrapped.recipient for wrapped in group] for group in metadata.groups]


def _rule_of_file(path: str, metadata: Metadata, without: Recipient | None) -> CreationRule:
    """The recipients of a file that no rule matches, as a rule."""
    groups = [[recipient for recipient in group if recipient != without] for group in _groups(metadata)]
    if not all(groups):
        raise RefusedError(
            f"{path}: without {without} it would be sealed to nobody", hint=f"add a rule to {filenames.POLICY}"
        )
    return CreationRule(groups=groups, threshold=metadata.threshold)


def _as_sets(groups: Sequence[Sequence[Recipient]]) -> list[set[Recipient]]:
    return [set(group) for group in groups if group]
