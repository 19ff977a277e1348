"""Names that hold a secret themselves: of branches, tags and files; and the addresses in the configuration of a clone.

Such a name is shown with the secret masked, so that the report does not print it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sealkit.model.finding import Finding
from sealkit.scan import freetext, patterns, prefilter, triage
from sealkit.scan.attribution import Log
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.kinds import Kind
from sealkit.source import git

MASK = "***"


def scan(root: Path, log: Log, context: Context, *, everything: bool) -> Iterator[Finding]:
    """Findings in the names of files that these commits have; with `everything` also of refs, and in `.git/config`."""
    newest = next(iter(log.refs), "")
    for found in _names("file", log.paths):
        yield replace(found, commits=(newest,) if newest else ())
    if not everything:
        return
    refs = git.run(["for-each-ref", "--format=%(objectname) %(refname)"], root).decode("utf-8", "surrogateescape")
    by_name = {name: oid for oid, _, name in (line.partition(" ") for line in refs.splitlines())}
    for found in _names("ref", by_name):
        yield replace(found, commits=(newest,) if newest else ())
    settings = git.common_dir(root) / "config"
    if settings.is_file():
        for found in scan_blob(".git/config", settings.read_bytes(), context, Kind.CONFIG):
            yield found


def _names(what: str, names: Iterable[str]) -> Iterator[Finding]:
    data = "\n".join(name.replace("\n", " ") for name in names).encode("utf-8", "surrogateescape")
    hits = prefilter.shared().hits(data)
    if not hits:
        return
    places = [place for place in triage.hot(data, hits) if place.kind in patterns.BY_FORM]
    rows = data.split(b"\n")
    for raw in freetext.by_form(data, places, freetext.Lines(data)):
        name = rows[raw.line - 1].decode("utf-8", "surrogateescape").replace(raw.value, MASK)
        message = f"{raw.message}, in the name of a {what}"
        yield replace(raw, message=message, line=0, end_line=0).finished(f"{what} {name}")
