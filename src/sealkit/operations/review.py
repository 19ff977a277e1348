"""What a change does to the sealed files of a repository, told without a key: the report of `sealkit review`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from sealkit.errors import SealkitError, UsageError
from sealkit.ledger import observe, pins
from sealkit.ledger.approved_versions import WHOLE_FILE, summary
from sealkit.ledger.compare import LeafChange, changes
from sealkit.ledger.entries import FileEntry, LedgerEntry, RecipientEntry, SignerEntry
from sealkit.ledger.signing import leads_to, verify
from sealkit.ledger.text import Ledger, line_of
from sealkit.ledger.unapproved import Observed, Reason, Unapproved, find_unapproved, gained_lost
from sealkit.operations.value_destinations import destinations
from sealkit.printable import printable
from sealkit.sealed import policy as policies
from sealkit.sealed.file import SealedFile
from sealkit.source import filenames, files, git
from sealkit.source.config import Config, read_config
from sealkit.source.file_tree import FileTree, GitTree
from sealkit.source.read_once import work_tree

_TICKS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Review:
    """The report as Markdown, and whether the ledger is refused or anything is not approved after the change."""

    markdown: str
    needs_approval: bool


@dataclass(frozen=True)
class Revision:
    """The repository as it is in one tree: a commit, or the work tree."""

    name: str
    config: Config
    tree: FileTree

    @classmethod
    def of(cls, config: Config, revision: str | None) -> Revision:
        """A commit, or the work tree for None. Its own configuration says where its private folders are."""
        if revision is None:
            return cls("the work tree", config, work_tree(config))
        tree = GitTree(config.root, revision)
        if filenames.CONFIG not in tree.paths():
            return cls(revision, Config(config.root), tree)
        text = files.decode(tree.read(filenames.CONFIG), filenames.CONFIG)
        return cls(revision, read_config(config.root, text), tree)

    @cached_property
    def sealed(self) -> dict[str, SealedFile]:
        """The sealed files, and those that the ledger names."""
        return observe.sealed_files(self.tree, self.ledger)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The ledger, its signatures verified under the signing key that it names. Raises RefusedError."""
        text = self.text(filenames.LEDGER)
        ledger = Ledger.parse(text) if text is not None else None
        if ledger is not None:
            verify(ledger)
        return ledger

    def text(self, path: str) -> str | None:
        """The text of a file, or None where there is none."""
        return files.decode(self.tree.read(path), path) if path in self.tree.paths() else None

    def policy(self) -> list[RecipientEntry]:
        """Who each creation rule seals to."""
        return observe.policy_entries(policies.load(self.tree))


def review(config: Config, revisions: str, environ: Mapping[str, str]) -> Review:
    """What differs between two revisions (`A..B`, or `A...B` since they parted; default: HEAD and the work tree).

    `environ` says where this machine keeps its pins. Raises SealkitError.
    """
    before, after = (Revision.of(config, name) for name in _revisions(config, revisions))
    pin = pins.load(git.common_dir(config.root), environ)
    items, refused = _unapproved(before, after, pin, environ)
    sections = [
        ("Not approved", [*refused, *(f"{code(f'{item.path} {item.route}'.rstrip())}: {code(item.message)}" for item in items)]),
        ("Sealed files", list(_changed_files(before, after))),
        ("Approvals", list(_approvals(before, after))),
        ("Policy", list(_policy_changes(before, after))),
        ("Allow list", list(_scan_settings(before, after))),
    ]  # fmt: skip
    lines = [f"## Sealed files: {code(before.name)} to {code(after.name)}", ""]
    if not any(rows for _, rows in sections):
        lines += ["Nothing changed, and everything is approved.", ""]
    for title, rows in sections:
        if rows:
            lines += [f"### {title}", "", *(f"- {row}" for row in rows), ""]
    return Review("\n".join(lines), bool(items or refused))


def code(text: str) -> str:
    """Text from outside as a Markdown code span that it cannot leave."""
    shown = printable(text).replace("\n", " ").replace("\t", " ")
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _revisions(config: Config, text: str) -> tuple[str | None, str | None]:
    if not text:
        return "HEAD", None
    old, dots, new = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        return old, None
    old, new = old or "HEAD", new or "HEAD"
    if dots == "...":
        base = git.run(["merge-base", "--end-of-options", old, new], config.root, check=False).decode().strip()
        if not base:
            raise UsageError(
                f"{text}: no common ancestor", hint="name both: A..B; in a shallow clone: git fetch --unshallow"
            )
        old = base
    return old, new


def _unapproved(
    before: Revision, after: Revision, pin: pins.Pin, environ: Mapping[str, str]
) -> tuple[list[Unapproved], list[str]]:
    """What is not approved after the change, and why its ledger is refused."""
    try:
        ledger = after.ledger
        _require_known_signer(before, ledger, pin, environ)
    except SealkitError as error:
        return [], [code(error.message)]
    if ledger is None:
        return [], []
    refused = []
    try:
        observed = destinations(after.config, after.tree)
    except SealkitError as error:  # what nobody looked at is not approved
        observed, refused = Observed(), [f"where values go is unknown: {code(error.message)}"]
    observed = observed._replace(
        files=observe.observe_files(after.sealed, ledger),
        recipients=after.policy(),
        seen=_seen_versions(before, pin),
        targets=observe.target_entries(after.config),
    )
    items = []
    for item in find_unapproved(ledger, observed):
        if item.why is Reason.REMOVED and item.path not in before.sealed:
            continue  # a private folder that is not committed is in neither tree
        new = after.sealed.get(item.path)
        if new is not None and not item.route and item.why in WHOLE_FILE:
            items.append(item._replace(route=summary(_leaf_changes(before.sealed.get(item.path), new))))
        else:
            items.append(item)
    return items, refused


def _seen_versions(before: Revision, pin: pins.Pin) -> dict[str, int]:
    """The highest version of each file that this machine or the ledger before the change knows."""
    seen = dict(pin.versions) if pin.signer else {}
    if before.ledger is not None:
        for path in before.ledger.files():
            seen[path] = max(before.ledger.version(path), seen.get(path, 0))
    return seen


def _require_known_signer(before: Revision, ledger: Ledger | None, pin: pins.Pin, environ: Mapping[str, str]) -> None:
    """Raises SealkitError unless the signing key is the one before the change, that this machine has pinned, or that
    SEALKIT_SIGNER names."""
    trusted = environ.get(pins.VARIABLE, "").strip() or pin.signer
    known = {key for key in (trusted, before.ledger.signer if before.ledger else "") if key}
    if known and ledger is None:
        raise SealkitError(f"{filenames.LEDGER}: the whole ledger was removed")
    for key in known:
        if ledger is not None and not leads_to(ledger, key):
            raise SealkitError(
                f"{filenames.LEDGER}:1: the signing key was replaced: it is {ledger.signer}, known is {key}"
            )


def _changed_files(before: Revision, after: Revision) -> Iterator[str]:
    for path in sorted(before.sealed.keys() | after.sealed.keys()):
        old, new = before.sealed.get(path), after.sealed.get(path)
        if new is None:
            yield f"{code(path)} removed"
            continue
        if old is not None and old.data == new.data:
            continue
        leaf_changes = _leaf_changes(old, new)
        parts = [f"{change.what}: {code(str(change.route))}" for change in leaf_changes]
        recipients_before = observe.observe_file(old).to if old is not None else ()
        recipients_after = observe.observe_file(new).to
        if recipients_before != recipients_after:
            parts.append(f"recipients {code(gained_lost(recipients_before, recipients_after))}")
        head = "new" if old is None else "rewrapped only" if not leaf_changes else ""
        yield f"{code(path)} {head}".rstrip() + "".join(f"\n  - {part}" for part in parts)


def _leaf_changes(old: SealedFile | None, new: SealedFile) -> list[LeafChange]:
    texts = [file.data.decode("utf-8", "surrogateescape") if file is not None else "" for file in (old, new)]
    return changes(texts[0], texts[1], new.path)


def _approvals(before: Revision, after: Revision) -> Iterator[str]:
    try:
        old, new = before.ledger, after.ledger
    except SealkitError:
        return
    if old is not None and new is not None and old.signer != new.signer:
        yield f"signing key {code(old.signer)} handed over to {code(new.signer)}"
    entries_before, entries_after = set(old.entries if old else ()), set(new.entries if new else ())
    for title, entries, others in (
        ("approved", entries_after - entries_before, entries_before),
        ("no longer approved", entries_before - entries_after, entries_after),
    ):
        rows = sorted(line_of(entry) for entry in entries if _is_shown(entry, others))
        yield from (f"{title}: {code(row)}" for row in rows)


def _is_shown(entry: LedgerEntry, others: set[LedgerEntry]) -> bool:
    """A new version of a file is one change; the line that it replaces is not shown."""
    if isinstance(entry, SignerEntry):
        return False
    if not isinstance(entry, FileEntry):
        return True
    same_path = [other for other in others if isinstance(other, FileEntry) and other.path == entry.path]
    return all(entry.version > other.version for other in same_path)


def _policy_changes(before: Revision, after: Revision) -> Iterator[str]:
    old, new = before.policy(), after.policy()
    for verb, entries, others in (("gained", new, old), ("lost", old, new)):
        for entry in entries:
            if entry not in others:
                paths = f"path_regex {entry.rule}" if entry.rule else "every path"
                selector = f", {entry.selects}" if entry.selects else ""
                yield f"rule {entry.position} ({code(paths + selector)}) {verb} {code(entry.recipient)}"
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
