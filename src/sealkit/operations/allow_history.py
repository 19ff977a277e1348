"""`allow --before` takes over an old repository in one step, `allow --prune` takes out of the list what nothing has any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealkit.errors import RefusedError, UsageError
from sealkit.operations import allow_list
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import history, inputs, staged_scan
from sealkit.scan import staged as index
from sealkit.scan.allow import Allowed, pruned
from sealkit.source.config import Config
from sealkit.source.file_tree import WorkTree


def allow_before(config: Config, revision: str, reason: str) -> list[Allowed]:
    """Allow every finding in the history up to a revision, itself included, in one write; the new entries.

    Raises UsageError for an empty reason or a revision that does not exist, SealkitError.
    """
    if not reason.strip():
        raise UsageError("an empty reason", hint="say why they may stay: --reason TEXT")
    known = allow_list.read(config)
    commit = inputs.resolve_commit(config.root, revision)
    context = contexts.load(inputs.from_disk(config.root), config.root).without_allow_list()
    found = history.audit(config.root, context, [commit])
    in_files = disk.scan(config.root, WorkTree(config.root).paths(), context)
    new = allow_list.entries(found, in_files, known, reason)
    allow_list.append(config, new)
    return new


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `prune` did: entries that it removed, and entries that it marked because only the history still has them."""

    removed: Sequence[Allowed]
    marked: Sequence[Allowed]


def prune(config: Config) -> Pruned:
    """Remove the entries that nothing has: no file, nothing staged, no object of the history. Entries that only the history has
    are marked, so that a scan of the files does not name them.

    Raises RefusedError where a part of the history is not here, SealkitError.
    """
    text = allow_list.read_text(config)
    if text is None:
        return Pruned((), ())
    root = config.root
    context = contexts.load(inputs.from_disk(root), root)
    disk.scan(root, WorkTree(root).paths(), context)
    staged = index.read_staged(root)
    if staged is not None:
        staged_scan.scan(staged, context)
    in_files = set(context.allowed.met)
    if any(item.rule == "SK901" and item.path in history.NOT_HERE for item in history.audit(root, context)):
        raise RefusedError("a part of the history is not here, so nothing is known to be unused",
                           hint="git fetch --unshallow, or git fetch --refetch --no-filter")  # fmt: skip
    removed = context.allowed.unmet(history=True)
    marked = [
        entry for name, entry in context.allowed.entries.items()
        if name in context.allowed.met - in_files and not entry.history
    ]  # fmt: skip
    if removed or marked:
        names = {entry.fingerprint for entry in removed}, {entry.fingerprint for entry in marked}
        allow_list.write_text(config, pruned(text, *names, config.allow))
    return Pruned(removed, marked)
