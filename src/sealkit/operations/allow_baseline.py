"""`allow --from-baseline`: what a baseline of detect-secrets lets pass goes on the allow list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import UsageError
from sealkit.model.finding import Finding
from sealkit.operations import allow_list
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import inputs
from sealkit.scan.allow import Allowed
from sealkit.scan.baseline import BaselineEntry, read_baseline
from sealkit.source.config import Config
from sealkit.source.file_tree import WorkTree


@dataclass(frozen=True, slots=True)
class Converted:
    """The new entries of the allow list, and what was not converted: entries of the baseline that no finding in the files has,
    and those that an audit of the baseline called real secrets."""

    new: Sequence[Allowed]
    unmatched: Sequence[BaselineEntry]
    real: Sequence[BaselineEntry]


def allow_from_baseline(config: Config, baseline: Path, reason: str = "") -> Converted:
    """Allow the findings in the files that a baseline names whose values it has, in one write.

    A baseline holds SHA-1 digests of values, so an entry is converted where the value still stands in the file. The default
    reason names the baseline. Raises UsageError for a baseline that is not there, SealkitError.
    """
    if not baseline.is_file():
        raise UsageError(f"{baseline}: no such file", hint="name the baseline: sealkit allow --from-baseline FILE")
    listed = read_baseline(baseline)
    accepted = [entry for entry in listed if not entry.real]
    findings = _findings(config, {entry.path for entry in accepted})
    digests: dict[str, set[str]] = {}
    for entry in accepted:
        digests.setdefault(entry.path, set()).add(entry.sha1)
    matched = [item for item in findings if item.value and item.value.has_sha1(digests.get(item.path, ()))]
    new = allow_list.entries(
        matched, findings, allow_list.read(config), reason.strip() or f"accepted in {baseline.name}"
    )
    allow_list.append(config, new)
    unmatched = [entry for entry in accepted if not _has(matched, entry)]
    return Converted(new, unmatched, [entry for entry in listed if entry.real])


def _findings(config: Config, paths: set[str]) -> list[Finding]:
    """The findings of these files, with those that the plugins of detect-secrets add."""
    from sealkit.scan import detect_secrets_plugins

    root = config.root
    here = sorted(paths.intersection(WorkTree(root).paths()))
    context = contexts.load(inputs.from_disk(root), root).without_allow_list()
    found = disk.scan(root, here, context)
    return detect_secrets_plugins.added(root, here, found, context, accepted=())


def _has(findings: Sequence[Finding], entry: BaselineEntry) -> bool:
    return any(item.path == entry.path and item.value and item.value.has_sha1({entry.sha1}) for item in findings)
