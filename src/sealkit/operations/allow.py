"""`allow`: one finding goes on the allow list, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError, UsageError
from sealkit.model.finding import Finding
from sealkit.operations.allow_list import append, entry
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import history, inputs, staged_scan
from sealkit.scan import staged as index
from sealkit.source.config import Config
from sealkit.source.file_tree import WorkTree


def allow(config: Config, fingerprint: str, reason: str) -> Finding:
    """Add the finding of this fingerprint to the allow list of the repository; the finding.

    Raises UsageError for an empty reason or what is no fingerprint, RefusedError where nothing has it, SealkitError.
    """
    if not reason.strip():
        raise UsageError("an empty reason", hint="say why it may stay: --reason TEXT")
    finding, only_history = find(config.root, fingerprint)
    append(config, [entry(finding, reason, history=only_history)])
    return finding


def find(root: Path, fingerprint: str) -> tuple[Finding, bool]:
    """The finding of this fingerprint: in the index, in the work tree or, which is said, in the history alone.

    Raises UsageError for what is no fingerprint, RefusedError where nothing has it, SealkitError.
    """
    if len(fingerprint) != 16 or not set(fingerprint) <= set("0123456789abcdef"):
        raise UsageError(f"{fingerprint}: not a fingerprint", hint="16 hex digits, as sealkit scan shows them")
    staged = index.read_staged(root)
    if staged is not None:
        context = contexts.load(inputs.from_index(root, staged.settings)).without_allow_list()
        if (finding := _with_fingerprint(staged_scan.scan(staged, context), fingerprint)) is not None:
            return finding, False
    context = contexts.load(inputs.from_disk(root), root).without_allow_list()
    if (finding := _with_fingerprint(disk.scan(root, WorkTree(root).paths(), context), fingerprint)) is not None:
        return finding, False
    if (finding := _with_fingerprint(history.audit(root, context), fingerprint)) is not None:
        return finding, True
    raise RefusedError(f"nothing here has the fingerprint {fingerprint}", hint="copy it from: sealkit scan")


def _with_fingerprint(findings: Sequence[Finding], fingerprint: str) -> Finding | None:
    return next((item for item in findings if item.fingerprint == fingerprint), None)
