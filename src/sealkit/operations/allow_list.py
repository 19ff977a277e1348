"""The file of the allow list: read and written whole, one entry a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.scan.allow import Allowed, AllowList, added, read_allowed
from sealkit.source import files
from sealkit.source.config import Config


def entry(finding: Finding, reason: str, *, history: bool = False) -> Allowed:
    """The entry of a finding; `history` says that no file has it any more."""
    text = " ".join(reason.split())
    return Allowed(finding.fingerprint, text, finding.rule, finding.name, finding.path, history)


def entries(findings: Sequence[Finding], in_files: Sequence[Finding], known: AllowList, reason: str) -> list[Allowed]:
    """One entry for each fingerprint that is not on the list yet. `in_files` are the findings that files of today have."""
    today = {(item.rule, item.name, item.value or (item.path, item.route, item.message)) for item in in_files}
    found: dict[str, Allowed] = {}
    for item in findings:
        if not known.allows(item):
            here = (item.rule, item.name, item.value or (item.path, item.route, item.message)) in today
            found.setdefault(item.fingerprint, entry(item, reason, history=not here))
    return list(found.values())


def read_text(config: Config) -> str | None:
    """The text of the list, None where there is none. Raises SealkitError for a symbolic link."""
    path = _path(config)
    return files.decode(files.read(path, config.allow), config.allow) if path.exists() else None


def read(config: Config) -> AllowList:
    """The list as it stands in the work tree. Raises SealkitError."""
    text = read_text(config)
    return AllowList(read_allowed(text, config.allow) if text is not None else {})


def append(config: Config, new: Sequence[Allowed]) -> None:
    """Add entries in one write. Raises SealkitError."""
    if new:
        write_text(config, added(read_text(config), new, config.allow))


def write_text(config: Config, text: str) -> None:
    """Replace the list. Raises SealkitError."""
    files.write(_path(config), text.encode())


def _path(config: Config) -> Path:
    path = config.root / config.allow
    if path.is_symlink():
        raise SealkitError(f"{config.allow}: a symbolic link", hint="replace it with the file itself")
    return path
