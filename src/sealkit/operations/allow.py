"""Which finding a fingerprint names, and its entry on the allow list."""

from __future__ import annotations

from pathlib import Path

from sealkit.errors import UsageError
from sealkit.model.finding import Finding
from sealkit.operations import scan
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import history
from sealkit.scan import staged as index
from sealkit.scan.allow import Allowed, added
from sealkit.scan.context import Context
from sealkit.source.tree import WorkTree


def find(root: Path, fingerprint: str) -> Finding | None:
    """The finding of this fingerprint: in the index, in the work tree or in the history. Raises SealkitError."""
    if len(fingerprint) != 16 or not set(fingerprint) <= set("0123456789abcdef"):
        raise UsageError(f"{fingerprint}: not a fingerprint", hint="16 hex digits, as sealkit scan shows them")
    taken = index.quick()
    if taken is not None:
        found = index.scan(taken, _strict(contexts.load(scan.from_index(taken.settings))))
        if (item := _of(found, fingerprint)) is not None:
            return item
    context = _strict(contexts.load(scan.from_disk(root), root))
    found = disk.scan(root, WorkTree(root).paths(), context)
    return _of(found, fingerprint) or _of(history.audit(root, context), fingerprint)


def _strict(context: Context) -> Context:
    """The same without the allow list: what is on it already is found too."""
    return Context(context.policy, context.config)


def _of(found: list[Finding], fingerprint: str) -> Finding | None:
    return next((item for item in found if item.fingerprint == fingerprint), None)


def entry(text: str | None, found: Finding, reason: str, path: str) -> str:
    """The allow list with this finding on it. Raises SealkitError."""
    return added(text, Allowed(found.fingerprint, " ".join(reason.split()), found.rule, found.path), path)
