"""What is not approved: listed, warned of, required before values go anywhere, and signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import RefusedError
from sealkit.ledger import observe, pins, signing, write_lock
from sealkit.ledger.unapproved import Observed, Unapproved, find_unapproved
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_ledger
from sealkit.sealed.file import SealedFile
from sealkit.source import filenames, files
from sealkit.wording import counted

APPROVE = "look at it and sign it: sealkit approve"


def unapproved(
    repository: Repository, destinations: Observed | None = None, opened: Mapping[str, SealedFile] | None = None
) -> list[Unapproved]:
    """What is not approved, with the routes that differ. Empty without a ledger.

    `destinations` brings where values go; `opened` the files that were read for a decryption, so that what is judged is what
    is used. The policy, the targets and all other sealed files are looked at in any case.
    """
    ledger = repository.ledger
    if ledger is None:
        return []
    sealed = {**repository.sealed, **(opened or {})}
    observed = (destinations or Observed())._replace(
        files=observe.observe_files(sealed, ledger),
        recipients=observe.policy_entries(repository.policy),
        seen=repository.pin.versions,
        targets=observe.target_entries(repository.config),
    )
    return repository.approved_versions().with_routes(find_unapproved(ledger, observed), sealed)


def warn_without_ledger(repository: Repository, events: Events) -> None:
    """Warn where the repository has no ledger at all."""
    if repository.ledger is None:
        events.warning(
            "this repository has no ledger, so its sealed files are not approved by anyone", "make one: sealkit init"
        )


def warn_unapproved(repository: Repository, events: Events, paths: Sequence[str] = ()) -> list[Unapproved]:
    """Warn of what is not approved (of these files, or of all), for operations that only look or edit; returns it."""
    items = [item for item in unapproved(repository) if not paths or item.path in paths]
    for item in items:
        events.warning(f"not approved: {item}", f"{APPROVE} {item.path}")
    warn_without_ledger(repository, events)
    return items


def require_approved(
    repository: Repository,
    events: Events,
    destinations: Observed | None = None,
    opened: Mapping[str, SealedFile] | None = None,
) -> None:
    """Stop with RefusedError while anything is not approved, after warning of each item. A person at a terminal is asked to
    approve it; nothing else, `--yes` included, answers that question."""
    items = unapproved(repository, destinations, opened)
    warn_without_ledger(repository, events)
    if not items:
        if repository.ledger is not None:
            # these values are about to be used: from now on this machine knows these versions
            text = files.decode(repository.tree.read(filenames.LEDGER), filenames.LEDGER)
            pins.remember(repository.pin, repository.ledger, text, repository.environ)
        return
    for item in items:
        events.warning(f"not approved: {item}")
    question = f"approve all {len(items)} and continue?" if len(items) > 1 else "approve it and continue?"
    if events.confirm(question):
        approve(repository, items)
        return
    changes = counted(len(items), "change", "is")
    raise RefusedError(f"{changes} not approved, first: {items[0]}", hint=APPROVE)


def approve(repository: Repository, items: Sequence[Unapproved]) -> None:
    """Sign these items. A file is approved as it was when it was looked at: if it changed since, it is not approved."""
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        entries = [item.sign for item in items if item.sign is not None]
        removed = [key for item in items for key in item.drop]
        ledger = signing.sign(repository.require_ledger(), entries, repository.signing_key(), removed)
        write_ledger(repository, ledger)
