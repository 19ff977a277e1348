"""What must be signed before a program gets sealed values: everything of the repository that it can read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sealkit.errors import RefusedError
from sealkit.ledger.inputs import read_inputs, reads_of
from sealkit.ledger.unapproved import Known, find_unapproved
from sealkit.operations.approvals import refusal_of
from sealkit.operations.events import Events
from sealkit.operations.free_changes import FreeChanges
from sealkit.operations.repository import Repository
from sealkit.source import filenames
from sealkit.source.file_tree import inside

_OWN = frozenset({filenames.LEDGER, filenames.SIGNING_KEY})
"""Files that the ledger cannot hold, or that no program can use: the ledger itself, and the sealed signing key."""


def require_signed_reads(repository: Repository, events: Events, folder: Path) -> Mapping[str, int]:
    """The versions of what a program in `folder` can read of this repository, by path, once all of it is signed.

    That is every file below the folder that git tracks or does not ignore; `exec.reads` in `sealkit.yaml` names other ones instead.
    Raises RefusedError for a file that is not signed, older than what was handed to a program before, or a symbolic link (it leads
    to what nobody looked at); and without a ledger.
    """
    ledger, config = repository.require_ledger(), repository.config
    below = config.relative(folder)
    below = "" if below == "." else below
    handed = reads_of(config) if config.reads is not None else lambda path: inside(path, below) and path not in _OWN
    if links := [path for path in repository.tree.paths() if handed(path) and repository.tree.is_link(path)]:
        raise RefusedError(
            f"{links[0]}: a symbolic link, which a program would follow", hint="replace it with the file"
        )
    inputs = read_inputs(config, repository.tree, ledger, handed=handed)
    wanted = {path for path in inputs.files if handed(path) or path in {filenames.CONFIG, filenames.POLICY}}
    known = Known(
        {("path", path): version for path, version in repository.pin.versions.items()},
        FreeChanges(repository.config, repository.approved_versions()),
    )
    items = [item for item in find_unapproved(ledger, inputs, known) if item.path in wanted or handed(item.path)]
    if items:
        raise refusal_of(items, events)
    return {path: entry.version for path in sorted(wanted) if (entry := ledger.paths().get(path)) is not None}


def remember_handed(repository: Repository, versions: Mapping[str, int]) -> None:
    """Keep on this machine that a program got these versions: an older one is refused from then on. Raises SealkitError."""
    pin = repository.pin
    raised = {path: version for path, version in versions.items() if version > pin.versions.get(path, 0)}
    if raised:
        pin.versions = {**pin.versions, **raised}
        pin.save()
