"""What is not approved: listed, warned of, required before values go anywhere, and signed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from sealkit.errors import RefusedError
from sealkit.ledger import signing, write_lock
from sealkit.ledger.entries import ConfigEntry, FolderEntry, LedgerEntry
from sealkit.ledger.folders import CONFIGURATION, following_entries, stale_keys
from sealkit.ledger.unapproved import Known, Reason, Unapproved, find_unapproved
from sealkit.ledger.verified_tree import VerifiedTree
from sealkit.operations.events import Events
from sealkit.operations.free_changes import FreeChanges
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_ledger
from sealkit.source.config import Target
from sealkit.source.file_tree import FileTree, inside
from sealkit.source.filenames import CONFIG, LEDGER, POLICY
from sealkit.wording import counted

_MEANS = {CONFIG: "what is deployed where", POLICY: "who can open what"}
APPROVE = "look at it and sign it: sealkit approve"


def unapproved(repository: Repository, known: Known | None = None) -> list[Unapproved]:
    """What is not approved, with the routes of sealed files that differ. Empty without a ledger.

    `known` brings what was deployed; without it free spans are compared with the signed text.
    """
    ledger = repository.ledger
    if ledger is None:
        return []
    known = known or Known(is_free_change=FreeChanges(repository.config, repository.approved_versions()))
    items = find_unapproved(ledger, repository.inputs, known)
    return repository.approved_versions().with_routes(items, repository.inputs.sealed)


def waiting_for(target: Target | None, items: Iterable[Unapproved]) -> list[Unapproved]:
    """Those of these items that a deploy of a target reads; all of them without one."""
    return [item for item in items if target is None or reads(target, item.path)]


def approved_tree(repository: Repository, waiting: Iterable[Unapproved]) -> FileTree:
    """What a renderer of true values gets: the inputs without what waits; all files where the repository has no ledger."""
    return repository.tree if repository.ledger is None else VerifiedTree.of(repository.inputs, waiting)


def reads(target: Target, path: str) -> bool:
    """Whether a deploy of a target reads a path: the configuration, and what is in its folders."""
    return path in CONFIGURATION or any(inside(path, folder) for folder in (*target.public, *target.private))


def warn_without_ledger(repository: Repository, events: Events) -> None:
    """Warn where the repository has no ledger at all, and of lines in it that sign nothing."""
    if repository.ledger is None:
        events.warning("this repository has no ledger, so nobody approved its files", "make one: sealkit init")
    elif repository.ledger.ignored:
        lines = counted(repository.ledger.ignored, "line", "signs")
        events.warning(f"{LEDGER}: {lines} nothing: not lines of a ledger, or of another signer")


def warn_unapproved(repository: Repository, events: Events, paths: Sequence[str] = ()) -> list[Unapproved]:
    """Warn of what is not approved (of these files, or of all), for operations that only look or edit; returns it."""
    items = [item for item in unapproved(repository) if not item.implied and (not paths or item.path in paths)]
    for item in items:
        events.warning(f"not approved: {item}", f"{APPROVE} {item.path}")
    warn_without_ledger(repository, events)
    return items


def require_approved(
    repository: Repository,
    events: Events,
    target: Target | None = None,
    show: Callable[[Sequence[Unapproved]], Sequence[str]] | None = None,
) -> FileTree:
    """The approved files, once everything is approved (that a deploy of `target` reads); before values go anywhere.

    While something is not, each item is warned of. A person at a terminal sees the difference (`show`) and is asked to approve it;
    nothing else, `--yes` included, answers that question. Raises RefusedError.
    """
    warn_without_ledger(repository, events)
    everything = unapproved(repository)
    if items := waiting_for(target, everything):
        error = refusal_of(items, events)
        if events.interactive and show is not None:
            for line in show(items):
                events.progress(line)
        if not (events.interactive and confirm_all(events, items)):
            raise error
        approve(repository, items)
        everything = unapproved(repository)
        if items := waiting_for(target, everything):
            raise refusal(items)
    return approved_tree(repository, everything)


def refusal(items: Sequence[Unapproved]) -> RefusedError:
    """What stops a command that uses values while these are not approved."""
    shown = [item for item in items if not item.implied] or list(items)
    changes = counted(len(shown), "change", "is")
    return RefusedError(f"{changes} not approved, first: {shown[0]}", hint=APPROVE)


def refusal_of(items: Sequence[Unapproved], events: Events) -> RefusedError:
    """The same, after a warning of each."""
    for item in items:
        if not item.implied:
            events.warning(f"not approved: {item}")
    return refusal(items)


def confirm_all(events: Events, items: Sequence[Unapproved], then: str = " and continue") -> bool:
    """Ask whether to approve these (`then` ends the question). Targets, policy and recipients get a question of their own."""
    configuration = [item for item in items if is_configuration(item)]
    for item in configuration:
        if not events.confirm(f"approve {item.path}, which says {_MEANS[item.path]}?" if item.path in _MEANS
                              else f"approve the recipients of {item.path}?"):  # fmt: skip
            return False
    others = [item for item in items if item not in configuration and not item.implied]
    if not others:
        return True
    what = f"all {len(others)}" if len(others) > 1 else "it"
    return events.confirm(f"approve {what}{then}?")


def is_configuration(item: Unapproved) -> bool:
    """Whether it is about targets, policy or recipients."""
    return isinstance(item.sign, ConfigEntry) or item.path in _MEANS or item.why is Reason.RECIPIENTS


def approve(repository: Repository, items: Sequence[Unapproved]) -> None:
    """Sign these items. A file is approved as it was when it was looked at: if it changed since, it is not approved.

    A folder is signed with the last of its files that waits.
    """
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        before, key = repository.require_ledger(), repository.signing_key()
        entries = [item.sign for item in items if item.sign is not None and not item.implied]
        after = signing.sign(before, entries, key, [key for item in items for key in item.drop])
        implied = {item.sign for item in items if item.implied}
        folders = [_above(entry, implied) for entry in following_entries(before, after, repository.inputs.folders)]
        write_ledger(repository, signing.sign(after, folders, key, stale_keys(after, repository.inputs.folders)), key)


def _above(entry: FolderEntry, implied: Collection[LedgerEntry | None]) -> FolderEntry:
    """The line of a folder at a version that is above what was deployed, too."""
    version = max((i.version for i in implied if isinstance(i, FolderEntry) and i.path == entry.path), default=0)
    return replace(entry, version=max(entry.version, version))
