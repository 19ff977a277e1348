"""Names that hold a secret themselves: of branches, tags and files; and the addresses in the configuration of a clone.

Such a name is shown with the secret masked, in every finding that names it, so that the report does not print it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sealkit.model.finding import Finding
from sealkit.printable import MASK
from sealkit.scan import free_text, hints, line_verdicts, patterns, prefilter
from sealkit.scan.commit_of_blob import Log
from sealkit.scan.context import Context
from sealkit.scan.engine import scan_blob
from sealkit.scan.file_kinds import Kind
from sealkit.scan.raw_finding import Raw
from sealkit.source import files, git


class Names:
    """The secrets in names, and the findings that say so."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self._values: set[str] = set()

    def look(self, what: str, names: Iterable[str], commits: tuple[str, ...] = ()) -> None:
        """Find the names of this kind that hold a secret."""
        for raw, name in _found(names):
            self._values.add(raw.value)
            message = f"{raw.message or 'a private key'}, in the name of a {what}"
            masked = f"{what} {name.replace(raw.value, MASK)}"
            found = replace(raw, message=message, line=0, end_line=0).finished(masked)
            named = replace(found, commits=commits, object="ref" if what == "ref" else "file name")
            self.findings.append(hints.of_object(named))

    def masked(self, findings: Sequence[Finding]) -> list[Finding]:
        """The same findings without those secrets in their paths, hints and refs."""
        if not self._values:
            return list(findings)
        return [
            replace(
                item, path=self._mask(item.path), hint=self._mask(item.hint), message=self._mask(item.message),
                refs=tuple(map(self._mask, item.refs)),
            )
            for item in findings
        ]  # fmt: skip

    def _mask(self, text: str) -> str:
        for value in self._values:
            text = text.replace(value, MASK)
        return text


def of_history(root: Path, log: Log, *, everything: bool) -> Names:
    """The names of files that these commits have; with `everything` also of branches and tags. Raises SealkitError."""
    newest = next(iter(log.refs), "")
    commits = (newest,) if newest else ()
    names = Names()
    names.look("file", log.paths, commits)
    if everything:
        refs = git.run(["for-each-ref", "--format=%(refname)"], root).decode("utf-8", "surrogateescape")
        names.look("ref", refs.splitlines(), commits)
    return names


def of_clone(root: Path, context: Context) -> list[Finding]:
    """What stands in `.git/config`: a remote's address may hold a password."""
    settings = git.common_dir(root) / "config"
    return scan_blob(".git/config", files.read(settings), context, Kind.CONFIG) if settings.exists() else []


def _found(names: Iterable[str]) -> Iterator[tuple[Raw, str]]:
    rows = [name.replace("\n", " ") for name in names]
    data = "\n".join(rows).encode("utf-8", "surrogateescape")
    hits = [hit for hit in prefilter.shared().hits(data) if patterns.at(hit[0]).kind in patterns.BY_FORM]
    for raw in free_text.by_form(data, line_verdicts.hot(data, hits), free_text.Lines(data)):
        yield raw, rows[raw.line - 1]
