"""What a change does to what is deployed and to sealed files, told without a key: the report of `sealkit review`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.ledger.admission import Admission
from sealkit.ledger.approved_versions import WHOLE_FILE, ApprovedVersions, summary
from sealkit.ledger.compare import LeafChange, changes
from sealkit.ledger.entries import FolderEntry, LedgerEntry, SignerEntry
from sealkit.ledger.recipient_names import recipient_names
from sealkit.ledger.text import Ledger, line_of
from sealkit.ledger.unapproved import Unapproved, gained_lost
from sealkit.operations.change_meaning import explain
from sealkit.operations.review_judgement import unapproved_after, unknown_signer
from sealkit.operations.revision import Revision, revisions_of
from sealkit.operations.running_files import runs_by_itself
from sealkit.report.file_diff import file_diff
from sealkit.report.markdown import code, diff_block
from sealkit.sealed.file import SealedFile
from sealkit.source import filenames, git
from sealkit.source.clone_facts import CloneFacts
from sealkit.source.config import Config


@dataclass(frozen=True, slots=True)
class Review:
    """The report as Markdown, and whether the ledger is refused or anything is not approved after the change."""

    markdown: str
    needs_approval: bool


def review(config: Config, revisions: str, environ: Mapping[str, str]) -> Review:
    """What differs between two revisions (`A..B`, or `A...B` since they parted; default: HEAD and the work tree).

    `environ` says where this machine keeps its pins. Nothing is rendered to judge: what the changes mean is told where that works.
    Raises SealkitError.
    """
    before, after = (Revision.of(config, name) for name in revisions_of(config, revisions))
    common_dir = git.common_dir(config.root)
    admission = Admission(CloneFacts(config.root, common_dir), environ)
    items, refused = unapproved_after(before, after, admission)
    waiting = [*refused, *_shown(items, after, common_dir)]
    sections = [
        ("Files that run where keys are", list(_running_files(before, after))),
        ("Not approved", waiting),
        ("Signing key", list(unknown_signer(after, admission))),
        ("What it means, as far as sealkit can tell", _meaning(before, after)),
        ("Sealed files", list(_changed_files(before, after))),
        ("Approvals", list(_approvals(before, after))),
        ("Policy", list(_policy_changes(before, after))),
        ("Allow list", list(_scan_settings(before, after))),
    ]
    lines = [f"## Review: {code(before.name)} to {code(after.name)}", ""]
    if not any(rows for _, rows in sections):
        lines += ["Nothing changed, and everything is approved.", ""]
    for title, rows in sections:
        if rows:
            lines += [f"### {title}", "", *(f"- {row}" for row in rows), ""]
    return Review("\n".join(lines), bool(items or refused))


def _shown(items: Sequence[Unapproved], after: Revision, common_dir: Path) -> list[str]:
    """Each item, with the difference from what was approved."""
    if after.ledger is None:
        return []
    versions = ApprovedVersions(after.ledger, after.config.root, common_dir)
    rows = []
    for item in items:
        file = after.inputs.files.get(item.path)
        if file is not None and file.sealed is not None:
            found = f" {summary(versions.changes(file.sealed))}" if item.why in WHOLE_FILE else ""
            rows.append(f"{code(f'{item.path}{found}')}: {code(item.message)}")
            continue
        row = f"{code(item.path)}: {code(item.message)}"
        approved = None if item.path.endswith("/") else versions.before(item.path)
        if file is not None or approved is not None:
            row += diff_block(file_diff(item.path, approved, file.data if file is not None else None))
        rows.append(row)
    return rows


def _running_files(before: Revision, after: Revision) -> Iterator[str]:
    """What changed in the files that a CI, a git client or a shell runs by itself, where keys may be at hand."""
    old_paths, new_paths = set(before.tree.paths()), set(after.tree.paths())
    for path in sorted(filter(runs_by_itself, old_paths | new_paths)):
        old = before.tree.read(path) if path in old_paths else None
        new = after.tree.read(path) if path in new_paths else None
        if old != new:
            yield code(path) + diff_block(file_diff(path, old, new))


def _meaning(before: Revision, after: Revision) -> list[str]:
    """What the change means for sealed values; nothing where it cannot be told."""
    try:
        lines = explain(
            after.config,
            {path: file.data for path, file in before.inputs.files.items()},
            {path: file.data for path, file in after.inputs.files.items()},
        )
    except SealkitError as error:
        return [f"not known: {code(error.message)}"]
    return [code(line.strip()) for line in lines[1:]]


def _changed_files(before: Revision, after: Revision) -> Iterator[str]:
    old_files, new_files = before.inputs.sealed, after.inputs.sealed
    for path in sorted(old_files.keys() | new_files.keys()):
        old, new = old_files.get(path), new_files.get(path)
        if new is None:
            yield f"{code(path)} removed"
            continue
        if old is not None and old.data == new.data:
            continue
        leaf_changes = _leaf_changes(old, new)
        parts = [f"{change.what}: {code(str(change.route))}" for change in leaf_changes]
        recipients_before = recipient_names(old.recipients) if old is not None else ()
        recipients_after = recipient_names(new.recipients)
        if recipients_before != recipients_after:
            parts.append(f"recipients {code(gained_lost(recipients_before, recipients_after))}")
        head = "new" if old is None else "rewrapped only" if not leaf_changes else ""
        yield f"{code(path)} {head}".rstrip() + "".join(f"\n  - {part}" for part in parts)


def _leaf_changes(old: SealedFile | None, new: SealedFile) -> list[LeafChange]:
    texts = [file.data.decode("utf-8", "surrogateescape") if file is not None else "" for file in (old, new)]
    return changes(texts[0], texts[1], new.path)


def _approvals(before: Revision, after: Revision) -> Iterator[str]:
    """Lines that the ledger gained and lost. A new version of a line is one change; the line that it replaces is not shown."""
    try:
        old, new = before.ledger, after.ledger
    except SealkitError:
        return
    if old is not None and new is not None and old.signer != new.signer:
        yield f"signing key {code(old.signer)} handed over to {code(new.signer)}"
    gained = _shown_entries(new) - _shown_entries(old)
    lost = _shown_entries(old) - _shown_entries(new)
    keys = {entry.key for entry in gained}
    for title, entries in (("approved", gained), ("no longer approved", {e for e in lost if e.key not in keys})):
        yield from (f"{title}: {code(row)}" for row in sorted(line_of(entry) for entry in entries))


def _shown_entries(ledger: Ledger | None) -> set[LedgerEntry]:
    entries = ledger.entries if ledger is not None else ()
    return {entry for entry in entries if not isinstance(entry, SignerEntry | FolderEntry)}


def _policy_changes(before: Revision, after: Revision) -> Iterator[str]:
    old, new = before.policy(), after.policy()
    for verb, entries, others in (("gained", new, old), ("lost", old, new)):
        for entry in entries:
            if entry not in others:
                number, pattern, selects, recipient = entry
                paths = f"path_regex {pattern}" if pattern else "every path"
                yield f"rule {number} ({code(paths + (f', {selects}' if selects else ''))}) {verb} {code(recipient)}"
    if old == new and before.text(filenames.POLICY) != after.text(filenames.POLICY):
        yield f"{code(filenames.POLICY)} changed; its recipients, paths and selectors are the same"


def _scan_settings(before: Revision, after: Revision) -> Iterator[str]:
    """What the allow list gained or lost, and what is no longer scanned."""
    old = (before.text(before.config.allow) or "").splitlines()
    new = (after.text(after.config.allow) or "").splitlines()
    yield from (f"gained {code(row)}" for row in new if row.strip() and row not in old)
    yield from (f"lost {code(row)}" for row in old if row.strip() and row not in new)
    old_excludes, new_excludes = set(before.config.exclude), set(after.config.exclude)
    yield from (f"not scanned any more: {code(pattern)}" for pattern in sorted(new_excludes - old_excludes))
    yield from (f"scanned again: {code(pattern)}" for pattern in sorted(old_excludes - new_excludes))
    if before.config.allow != after.config.allow:
        yield f"the allow list is {code(after.config.allow)} now, was {code(before.config.allow)}"
