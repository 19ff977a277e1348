"""What `scan` and the git hooks look for: findings in files, in the index, in a range of commits, in a message, in a push.

A hook imports this where its quick path has no answer, so what only a range or `detect_secrets` needs is imported there: measured
12 ms and 3 ms of the 100 ms of such a hook.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.model.finding import Finding
from sealkit.model.severity import Severity
from sealkit.scan import commit_message, inputs, path_cache, push_range, staged_scan
from sealkit.scan import context as contexts
from sealkit.scan import files as disk
from sealkit.scan import staged as index
from sealkit.scan.context import Context, Tally
from sealkit.scan.staged import StagedBlobs
from sealkit.source import files, git


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The findings, and the tally of what was looked at and what was left out. `history` says that objects of the history were
    counted, not files."""

    findings: Sequence[Finding]
    tally: Tally
    history: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether anything must not be published: the exit code of every scan depends on it."""
        return any(item.severity is Severity.ERROR for item in self.findings)


def scan_staged(folder: Path, paths: Sequence[Path] = (), staged: StagedBlobs | None = None) -> ScanResult:
    """The index against HEAD in the repository that a folder is in. Of the files that are named, those that are
    not staged are taken from the work tree (so does `pre-commit run --all-files`, which stages nothing).

    `staged` is what was read already. Raises SealkitError.
    """
    staged = staged or index.read_staged(folder)
    if staged is None:
        top = git.toplevel(folder)  # says what is wrong, where something is
        raise SealkitError(f"git cannot say what is staged in {top}", hint="see: git diff --cached")
    beside = {name: files.read(folder / name, name) for name in staged.not_added}
    context = contexts.load(inputs.from_index(folder, staged.settings | beside))
    if beside:
        context.exclude = ()  # what is not added may ask for more, and excuses nothing
    elif staged.settings:
        path_cache.keep(*staged.settings_ids, context)
    findings = staged_scan.scan(staged, context)
    if paths:
        root = git.toplevel(folder)
        known = {change.path for change in staged.changes}
        unstaged = [path for path in disk.below(root, paths, inputs.work_tree(root)) if path not in known]
        findings += disk.scan(root, unstaged, context)
    return ScanResult(findings, context.tally)


def scan_files(folder: Path, paths: Sequence[Path] = (), *, detect_secrets: bool = False) -> ScanResult:
    """Files and folders of the work tree that a folder is in; without names, all of it. `detect_secrets` asks its plugins too.

    Raises SealkitError.
    """
    root = inputs.top_or_self(folder)
    context = contexts.load(inputs.from_disk(root), root)
    names = list(disk.below(root, paths or [root], inputs.work_tree(root)))
    findings = disk.scan(root, names, context)
    if detect_secrets:
        from sealkit.scan import detect_secrets_plugins

        findings = detect_secrets_plugins.added(root, names, findings, context)
    if not paths:
        context.tally.unmet = context.allowed.unmet(history=False, plugins=detect_secrets)
    return ScanResult(findings, context.tally)


def scan_range(folder: Path, revisions: str) -> ScanResult:
    """What the commits of `A..B` bring, also what a later one of them removes again. Raises SealkitError."""
    root = inputs.top_or_self(folder)
    return scan_revisions(root, inputs.resolve_range(root, revisions))


def scan_revisions(root: Path, revisions: Sequence[str]) -> ScanResult:
    """What these revisions (as `git rev-list` takes them) add to those that they exclude, judged by the settings of the first.

    Raises SealkitError.
    """
    from sealkit.scan import history

    context = contexts.load(inputs.from_commit(root, revisions[0]))
    return ScanResult(history.audit(root, context, revisions, added=True), context.tally)


def scan_message(folder: Path, file: Path) -> ScanResult:
    """The file of a commit message; only the allow list of the index counts. Raises SealkitError."""
    context = Context(read=inputs.from_index(folder, {}))
    findings = commit_message.scan(files.read(file), context, _comment_character(folder))
    return ScanResult(findings, context.tally)


def scan_push(folder: Path, remote: str, lines: str, environ: Mapping[str, str]) -> ScanResult | None:
    """What a push would publish, by the standard input of the pre-push hook; None for nothing. Raises SealkitError.

    `remote` is its name or its address. The pre-commit program keeps that input to itself and sets variables instead.
    """
    root = inputs.top_or_self(folder)
    rows = [line for line in lines.splitlines() if line.strip()] or push_range.of_framework(environ)
    revisions = push_range.revisions(root, remote or environ.get("PRE_COMMIT_REMOTE_NAME", ""), rows)
    return scan_revisions(root, revisions) if revisions else None


def _comment_character(folder: Path) -> bytes:
    found = git.find(folder)
    own = found.value("core.commentchar") if found is not None else None
    value = own or next(reversed(git.user_values("core.commentChar")), "")
    return os.fsencode(value) if value and value != "auto" else b"#"
