"""A second opinion: the plugins of detect-secrets, called directly on the lines that look like something.

No baseline is loaded by that library: one may name a plugin file, which it would run. `.secrets.baseline` is read as plain JSON,
and only for what it lets pass. Nothing is verified over the network.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from sealkit.model.finding import Finding
from sealkit.scan import archives, files, prefilter
from sealkit.scan.allow import remarked
from sealkit.scan.baseline import read_baseline
from sealkit.scan.context import Context
from sealkit.scan.engine import order
from sealkit.scan.raw_finding import Raw

BASELINE = ".secrets.baseline"
_LONG = re.compile(r"[A-Za-z0-9+/=_-]{20}")
"""What the entropy plugins need to see before they say anything."""
_LONGEST = 2048
_NOT_SECRETS = frozenset(["IP Public (ipv4)", "Secret Keyword"])
"""Addresses are no secrets; names that say secret are judged by our own rules, with less noise."""


def added(
    root: Path,
    paths: Sequence[str],
    found: Sequence[Finding],
    context: Context,
    accepted: Collection[tuple[str, str, str]] | None = None,
) -> list[Finding]:
    """The findings of these files with those that detect-secrets adds. `accepted` is what to let pass (path, type, digest),
    by default what the baseline of the repository does. Raises SealkitError for a broken baseline."""
    plugins = _plugins()
    known = baseline(root / BASELINE) if accepted is None else accepted
    result = list(found)
    for path in paths:
        data = files.read(root / path)
        if path == BASELINE or not isinstance(data, bytes) or archives.binary(data) or context.excluded(path):
            continue
        taken = {line for item in found if item.path == path for line in range(item.line, item.end_line + 1)}
        for raw, kinds in _lines(archives.text(data), plugins):
            if raw.line in taken:
                continue
            item = raw.finished(path)
            digest = hashlib.sha1(raw.value.encode(), usedforsecurity=False).hexdigest()
            if any((path, kind, digest) in known for kind in kinds):
                context.tally.allowed += 1
            elif not context.allows(item):
                result.append(item)
    return sorted(result, key=order)


def _lines(data: bytes, plugins: Sequence[Any]) -> Iterator[tuple[Raw, list[str]]]:
    text = data.decode("utf-8", "replace")
    allowed = remarked(text)
    hit = {data.count(b"\n", 0, max(at - 1, 0)) + 1 for _, at in prefilter.shared().hits(data)}
    for number, line in enumerate(text.splitlines(), 1):
        if number in allowed or not line.strip() or not (number in hit or _LONG.search(line)):
            continue
        kinds: dict[str, list[str]] = {}
        for plugin in plugins:
            for value in set(plugin.analyze_string(line[:_LONGEST])):
                kinds.setdefault(str(value), []).append(str(plugin.secret_type))
        for value, names in sorted(kinds.items()):
            message = f"detect-secrets takes this for: {', '.join(names)}"
            yield Raw("SK390", number, number, value, message=message), names


def _plugins() -> list[Any]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes: dict[str, Any] = get_mapping_from_secret_type_to_class()
    return [cls() for kind, cls in sorted(classes.items()) if kind not in _NOT_SECRETS]


def baseline(path: Path) -> set[tuple[str, str, str]]:
    """Path, type and digest of what a baseline lets pass. Raises SealkitError for one that is no baseline."""
    if not path.is_file():
        return set()
    return {(entry.path, entry.kind, entry.sha1) for entry in read_baseline(path) if not entry.real}
