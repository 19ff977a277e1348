"""What a person decided to live with: the allow list, and the remark on the line.

`.sealkit/allow.yaml` names findings by fingerprint, each with a reason. A fingerprint follows rule, name and value, not path or
commit: it survives a rename and a rebase, and a changed value is a new finding. What has no value goes by rule, path and route.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError, UsageError

if TYPE_CHECKING:
    from sealkit.model.finding import Finding
    from sealkit.yamlspan.nodes import MappingNode, SequenceNode

VERSION = "2"
_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_REMARK = re.compile(r"pragma: ?(?:allowlist|whitelist)(?P<next>[ -]nextline)?[ -]secret", re.IGNORECASE)
_HEAD = f"# What sealkit scan and audit do not report; sealkit allow adds a line.\nversion: {VERSION}\nallow:\n"


@dataclass(frozen=True, slots=True)
class Allowed:
    """One entry: the fingerprint decides. Rule and name say which findings are compared; `path` says where it was found, for the
    reader. `history` says that it was found in no file of that day, so that only an audit meets it."""

    fingerprint: str
    reason: str
    rule: str
    name: str = ""
    path: str = ""
    history: bool = False

    def row(self) -> str:
        """The entry as one line of the file."""
        shown: dict[str, str | bool] = {
            "fingerprint": self.fingerprint, "rule": self.rule, "name": self.name, "path": self.path,
            "history": self.history, "reason": self.reason,
        }  # fmt: skip
        fields = ", ".join(f"{key}: {_quoted(value)}" for key, value in shown.items() if value)
        return f"  - {{{fields}}}\n"


def _quoted(value: str | bool) -> str:
    """A field in YAML. JSON alone is not enough: YAML reads no pairs of surrogates, and breaks lines in more places."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
    return re.sub("[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", text)


class AllowList:
    """The entries of a list, and which of them were met."""

    def __init__(self, entries: dict[str, Allowed] | None = None) -> None:
        self.entries = entries or {}
        self.met: set[str] = set()
        self._asked = {(entry.rule, entry.name) for entry in self.entries.values()}

    def allows(self, finding: Finding) -> bool:
        """Whether a finding is on the list. Its fingerprint, which takes time, is only computed where an entry has its rule and
        name."""
        if (finding.rule, finding.name) not in self._asked or finding.fingerprint not in self.entries:
            return False
        self.met.add(finding.fingerprint)
        return True

    def unmet(self, *, history: bool, plugins: bool = False) -> list[Allowed]:
        """The entries that no finding of this run had. `history` says that the history was looked through: without it, entries
        that only an audit meets are left out, with it those of the policy. `plugins` says that those of detect-secrets ran."""
        return [
            entry for entry in self.entries.values()
            if entry.fingerprint not in self.met
            and (history or not entry.history)
            and not (history and entry.rule.startswith("SK4"))
            and (plugins or entry.rule != "SK390")
        ]  # fmt: skip


def read_allowed(text: str, path: str) -> dict[str, Allowed]:
    """The entries by fingerprint. Raises SealkitError, with path and line, for a list that cannot mean anything."""
    return {entry.fingerprint: entry for entry, _ in _entries(text, path)}


def _entries(text: str, path: str) -> Iterator[tuple[Allowed, int]]:
    """Each entry with the line on which it starts, from 1."""
    listed = _listed(text, path)
    for item in listed.items if listed is not None else ():
        from sealkit.yamlspan.nodes import MappingNode

        if not isinstance(item, MappingNode):
            raise UsageError(f"{path}:{item.line}: an entry must be a mapping with fingerprint, rule and reason")
        yield _entry(item, path), item.line


def _listed(text: str, path: str) -> SequenceNode | None:
    from sealkit.yamlspan.nodes import MappingNode, ScalarNode, SequenceNode
    from sealkit.yamlspan.parse import parse

    documents = parse(text, path)
    root = documents[0].root if documents else None
    if root is None:
        return None
    version = root.scalar("version") if isinstance(root, MappingNode) else None
    if version == "1":
        raise UsageError(
            f"{path}:1: an allow list of version 1, whose entries went by path, is not read any more",
            hint="remove it, then accept again what may stay: sealkit allow FINGERPRINT --reason TEXT, "
            "or all at once: sealkit allow --before HEAD --reason TEXT",
        )
    if not isinstance(root, MappingNode) or len(documents) > 1 or version != VERSION:
        raise UsageError(f"{path}:1: not an allow list of version {VERSION}", hint=f"start it with: version: {VERSION}")
    entries = root.get("allow")
    if entries is None or (isinstance(entries, ScalarNode) and not entries.text):
        return None
    if not isinstance(entries, SequenceNode):
        raise UsageError(f"{path}:{entries.line}: allow must be a list")
    return entries


def _entry(item: MappingNode, path: str) -> Allowed:
    fields = {key: item.scalar(key) or "" for key in ("fingerprint", "reason", "rule", "name", "path", "history")}
    if not _FINGERPRINT.match(fields["fingerprint"]) or not fields["reason"].strip() or not fields["rule"]:
        raise UsageError(
            f"{path}:{item.line}: an entry needs a fingerprint of 16 hex digits, a rule and a reason",
            hint="sealkit allow FINGERPRINT --reason TEXT",
        )
    history = fields.pop("history") == "true"
    return Allowed(**fields, history=history)


def added(text: str | None, entries: Iterable[Allowed], path: str) -> str:
    """The text of the list with these entries too; what stands there stays byte for byte. Raises SealkitError."""
    new = list({entry.fingerprint: entry for entry in entries}.values())
    rows = "".join(entry.row() for entry in new)
    if text is None or not text.strip():
        return _HEAD + rows
    known = read_allowed(text, path)
    if doubled := [entry.fingerprint for entry in new if entry.fingerprint in known]:
        raise UsageError(f"{doubled[0]} is on the list already", hint=f"see {path}")
    grown = (text if text.endswith("\n") else text + "\n") + rows
    try:
        if read_allowed(grown, path).keys() >= {entry.fingerprint for entry in new}:
            return grown
    except SealkitError:
        pass
    raise SealkitError(
        f"{path}: the entry does not fit at the end", hint="end the file with the list `allow:`, indented by two"
    )


def pruned(text: str, dropped: Collection[str], only_history: Collection[str], path: str) -> str:
    """The text of the list without the entries of some fingerprints, others marked as met in the history alone. The rest stays
    byte for byte. Raises SealkitError, also for a list whose entries do not stand on one line each."""
    lines = text.splitlines(keepends=True)
    wanted = {}
    for entry, line in _entries(text, path):
        if entry.fingerprint in dropped:
            lines[line - 1] = ""
            continue
        wanted[entry.fingerprint] = entry.reason
        if entry.fingerprint in only_history:
            lines[line - 1] = Allowed(*_fields(entry), history=True).row()
    result = "".join(lines)
    try:
        if {name: entry.reason for name, entry in read_allowed(result, path).items()} == wanted:
            return result
    except SealkitError:
        pass
    raise SealkitError(f"{path}: its entries do not stand on one line each", hint=f"edit it: {' '.join(dropped)}")


def _fields(entry: Allowed) -> tuple[str, str, str, str, str]:
    return entry.fingerprint, entry.reason, entry.rule, entry.name, entry.path


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
