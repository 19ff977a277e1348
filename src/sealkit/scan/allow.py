"""What a person decided to live with: the allow list, and the remark on the line.

`.sealkit/allow.yaml` names findings by fingerprint, each with a reason. A fingerprint follows rule, path, route and value, not
line or commit: it survives a rebase, and a changed value is a new finding.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sealkit.errors import SealkitError, UsageError

_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_REMARK = re.compile(r"pragma: ?(?:allowlist|whitelist)(?P<next>[ -]nextline)?[ -]secret", re.IGNORECASE)
_HEAD = "# What sealkit scan and audit do not report; sealkit allow adds a line.\nversion: 1\nallow:\n"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry. Rule and path are for the reader: the fingerprint decides."""

    fingerprint: str
    reason: str
    rule: str = ""
    path: str = ""

    def row(self) -> str:
        """The entry as one line of the file."""
        shown = {"fingerprint": self.fingerprint, "rule": self.rule, "path": self.path, "reason": self.reason}
        fields = ", ".join(f"{key}: {json.dumps(value)}" for key, value in shown.items() if value)
        return f"  - {{{fields}}}\n"


def read_allowed(text: str, path: str) -> dict[str, Allowed]:
    """The entries by fingerprint. Raises SealkitError, with path and line, for a list that cannot mean anything."""
    from sealkit.yamlspan.nodes import MappingNode, SequenceNode
    from sealkit.yamlspan.parse import parse

    documents = parse(text, path)
    root = documents[0].root if documents else None
    if root is None:
        return {}
    if not isinstance(root, MappingNode) or len(documents) > 1 or root.scalar("version") != "1":
        raise UsageError(f"{path}:1: not an allow list of version 1", hint="start it with: version: 1")
    entries = root.get("allow")
    if entries is None or (not isinstance(entries, SequenceNode) and not root.scalar("allow")):
        return {}
    if not isinstance(entries, SequenceNode):
        raise UsageError(f"{path}:{entries.line}: allow must be a list")
    found = {}
    for item in entries.items:
        if not isinstance(item, MappingNode):
            raise UsageError(f"{path}:{item.line}: an entry must be a mapping with fingerprint and reason")
        fingerprint, reason = item.scalar("fingerprint") or "", item.scalar("reason") or ""
        if not _FINGERPRINT.match(fingerprint) or not reason.strip():
            raise UsageError(
                f"{path}:{item.line}: an entry needs a fingerprint of 16 hex digits and a reason",
                hint="sealkit allow FINGERPRINT --reason TEXT",
            )
        found[fingerprint] = Allowed(fingerprint, reason, item.scalar("rule") or "", item.scalar("path") or "")
    return found


def added(text: str | None, entry: Allowed, path: str) -> str:
    """The text of the list with one entry more; what stands there stays byte for byte. Raises SealkitError."""
    if text is None or not text.strip():
        return _HEAD + entry.row()
    if entry.fingerprint in read_allowed(text, path):
        raise UsageError(f"{entry.fingerprint} is on the list already", hint=f"see {path}")
    grown = (text if text.endswith("\n") else text + "\n") + entry.row()
    try:
        if entry.fingerprint in read_allowed(grown, path):
            return grown
    except SealkitError:
        pass
    raise SealkitError(
        f"{path}: the entry does not fit at the end", hint="end the file with the list `allow:`, indented by two"
    )


def remarked(text: str) -> set[int]:
    """The lines on which findings are allowed by a remark, `# pragma: allowlist secret`, there or on the line before."""
    if "pragma" not in text.lower():
        return set()
    lines = set()
    for number, row in enumerate(text.split("\n"), 1):
        found = _REMARK.search(row)
        if found:
            lines.add(number + 1 if found["next"] else number)
    return lines
