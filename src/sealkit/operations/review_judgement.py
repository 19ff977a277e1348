"""What is not approved after a change, judged from two revisions and from what this machine knows. No key is needed."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.errors import SealkitError
from sealkit.ledger.admission import Admission
from sealkit.ledger.approved_versions import ApprovedVersions
from sealkit.ledger.signing import leads_to
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Known, Reason, Unapproved, find_unapproved
from sealkit.operations.free_changes import FreeChanges
from sealkit.operations.revision import Revision
from sealkit.report.markdown import code
from sealkit.source import filenames, git
from sealkit.wording import counted


def unapproved_after(before: Revision, after: Revision, admission: Admission) -> tuple[list[Unapproved], list[str]]:
    """What is not approved after the change, and why its ledger or its files are refused."""
    try:
        ledger = after.ledger
        _require_known_signer(before, ledger, admission)
        if ledger is None:
            return [], []
        items = find_unapproved(ledger, after.inputs, _known(before, after, ledger))
    except SealkitError as error:
        return [], [code(error.message)]
    # a private folder that is not committed is in neither tree
    items = [
        item
        for item in items
        if not item.implied and (item.why is not Reason.REMOVED or item.path in before.inputs.files)
    ]
    return items, _new_junk(before, ledger)


def _new_junk(before: Revision, ledger: Ledger) -> list[str]:
    """That lines of the ledger sign nothing, where that is new."""
    had = before.ledger is not None and bool(before.ledger.ignored)
    return (
        [f"{filenames.LEDGER}: {counted(ledger.ignored, 'line', 'signs')} nothing"]
        if ledger.ignored and not had
        else []
    )


def _known(before: Revision, after: Revision, ledger: Ledger) -> Known:
    """The version of each line that the ledger before the change has (an older one after it is a replay), and which changes of
    image tags need no approval."""
    versions = before.ledger.versions() if before.ledger is not None else {}
    root = after.config.root
    return Known(versions, FreeChanges(after.config, ApprovedVersions(ledger, root, git.common_dir(root))))


def _require_known_signer(before: Revision, ledger: Ledger | None, admission: Admission) -> None:
    """Raises SealkitError where the signing key is not the one before the change, or not the one that this machine has pinned or
    that SEALKIT_SIGNER names."""
    if ledger is None:
        if before.ledger is not None or admission.override or admission.is_known:
            raise SealkitError(f"{filenames.LEDGER}: the whole ledger was removed")
        return
    if before.ledger is not None and not leads_to(ledger, before.ledger.signer):
        raise SealkitError(
            f"{filenames.LEDGER}:1: the signing key was replaced: it is {ledger.signer}, it was {before.ledger.signer}"
        )
    admission.knows(ledger)


def unknown_signer(after: Revision, admission: Admission) -> Iterator[str]:
    """The signing key, where this machine does not know it: then this review says no more than who would have signed."""
    try:
        if after.ledger is not None and not admission.knows(after.ledger):
            yield f"this machine does not know {code(after.ledger.signer)}: whoever holds it signed what is approved here"
    except SealkitError:
        return  # told as what is not approved
