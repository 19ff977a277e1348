"""`allow`: one finding goes on the allow list, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.model.finding import Finding
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import history, inputs
from sealkit.scan import staged as index
from sealkit.scan.allow import Allowed, added
from sealkit.scan.context import Context
from sealkit.source import files
from sealkit.source.config import Config
from sealkit.source.file_tree import WorkTree


def allow(config: Config, fingerprint: str, reason: str) -> Finding:
    """Add the finding of this fingerprint to the allow list of the repository; the finding.

    Raises UsageError for an empty reason or what is no fingerprint, RefusedError where nothing has it, SealkitError.
    """
    if not reason.strip():
        raise UsageError("an empty reason", hint="say why it may stay: --reason TEXT")
    finding = find(config.root, fingerprint)
    if finding is None:
        raise RefusedError(f"nothing here has the fingerprint {fingerprint}", hint="copy it from: sealkit scan")
    path = config.root / config.allow
    if path.is_symlink():
        raise SealkitError(f"{config.allow}: a symbolic link", hint="replace it with the file itself")
    text = files.decode(files.read(path, config.allow), config.allow) if path.exists() else None
    entry = Allowed(finding.fingerprint, " ".join(reason.split()), finding.rule, finding.path)
    files.write(path, added(text, entry, config.allow).encode())
    return finding


def find(root: Path, fingerprint: str) -> Finding | None:
    """The finding of this fingerprint: in the index, in the work tree or in the history. Raises SealkitError."""
    if len(fingerprint) != 16 or not set(fingerprint) <= set("0123456789abcdef"):
        raise UsageError(f"{fingerprint}: not a fingerprint", hint="16 hex digits, as sealkit scan shows them")
    staged = index.read_staged(root)
    if staged is not None:
        findings = index.scan(staged, _without_allow_list(contexts.load(inputs.from_index(root, staged.settings))))
        if (finding := _with_fingerprint(findings, fingerprint)) is not None:
            return finding
    context = _without_allow_list(contexts.load(inputs.from_disk(root), root))
    findings = disk.scan(root, WorkTree(root).paths(), context)
    return _with_fingerprint(findings, fingerprint) or _with_fingerprint(history.audit(root, context), fingerprint)


def _without_allow_list(context: Context) -> Context:
    """The same settings, so that a finding that is allowed already is found too."""
    return Context(context.policy, context.config)


def _with_fingerprint(findings: Sequence[Finding], fingerprint: str) -> Finding | None:
    return next((item for item in findings if item.fingerprint == fingerprint), None)
