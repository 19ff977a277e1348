"""What a change does to the sealed half, told without a key: the report of `sealkit review`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sealkit.errors import SealkitError, UsageError
from sealkit.ledger import observe, pins
from sealkit.ledger.compare import changes
from sealkit.ledger.entries import FileEntry, LedgerEntry, RecipientEntry, SignerEntry
from sealkit.ledger.signing import leads_to, verify
from sealkit.ledger.text import Ledger, line_of
from sealkit.ledger.unapproved import Observed, Reason, Unapproved, find_unapproved, gained_lost
from sealkit.printable import printable
from sealkit.source import filenames, files, git
from sealkit.source.config import Config, read_config
from sealkit.source.tree import FileTree, GitTree
from sealkit.source.work_tree import work_tree

_TICKS = re.compile("`+")


@dataclass(frozen=True)
class Side:
    """The house as it is in one tree: a commit, or the work tree."""

    name: str
    config: Config
    tree: FileTree

    @classmethod
    def of(cls, config: Config, rev: str | None) -> Side:
        """A revision, or the work tree for None. Its own configuration says where its halves are."""
        tree: FileTree = GitTree(config.root, rev) if rev is not None else work_tree(config)
        if rev is not None:
            has = filenames.CONFIG in tree.paths()
            text = files.decode(tree.read(filenames.CONFIG), filenames.CONFIG) if has else ""
            config = read_config(config.root, text) if has else Config(config.root)
        return cls(rev or "the work tree", config, tree)

    @cached_property
    def sealed(self) -> dict[str, bytes]:
        """The sealed files, and what the ledger calls so."""
        return observe.sealed_files(self.tree, self.ledger)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The ledger as its text stands, its signatures held against its own signing key. Raises RefusedError."""
        text = self.text(filenames.LEDGER)
        ledger = Ledger.parse(text) if text is not None else None
        if ledger is not None:
            verify(ledger)
        return ledger

    def text(self, path: str) -> str | None:
        """The text of a file, or None where there is none."""
        return files.decode(self.tree.read(path), path) if path in self.tree.paths() else None

    def policy(self) -> list[RecipientEntry]:
        """Who each rule seals to."""
        from sealkit.sealed import policy

        return observe.policy_entries(policy.load(self.tree))


def review(config: Config, revisions: str) -> tuple[str, bool]:
    """The report as Markdown, and whether anything waits for approval. Raises SealkitError."""
    before, after = (Side.of(config, rev) for rev in _revisions(config, revisions))
    waits, refused = _waiting(config, before, after)
    parts = [
        ("Waits for approval", [*refused, *(f"{code(_where(item))}: {code(item.message)}" for item in waits)]),
        ("Sealed files", list(_files(before, after))),
        ("Approvals", list(_approvals(before, after))),
        ("Policy", list(_policy(before, after))),
        ("Allow list", list(_allowed(before, after))),
    ]
    lines = [f"## Sealed half: {code(before.name)} to {code(after.name)}", ""]
    if not any(rows for _, rows in parts):
        lines += ["Nothing changed, and nothing waits for approval.", ""]
    for title, rows in parts:
        if rows:
            lines += [f"### {title}", "", *(f"- {row}" for row in rows), ""]
    return "\n".join(lines), bool(waits or refused)


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
    one, dots, two = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        return one, None
    one, two = one or "HEAD", two or "HEAD"
    if dots == "...":
        base = git.run(["merge-base", "--end-of-options", one, two], config.root, check=False).decode().strip()
        if not base:
            raise UsageError(
                f"{text}: no common ancestor", hint="name both: A..B; in a shallow clone: git fetch --unshallow"
            )
        one = base
    return one, two


def _waiting(config: Config, before: Side, after: Side) -> tuple[list[Unapproved], list[str]]:
    """What waits after the change, and why its ledger is refused."""
    try:
        ledger = after.ledger
        _same_signer(config, before, ledger)
    except SealkitError as error:
        return [], [code(error.message)]
    if ledger is None:
        return [], []
    pin = pins.load(git.common_dir(config.root), os.environ)
    seen = pin.versions if pin.signer else {}
    if before.ledger is not None:
        older = {path: before.ledger.version(path) for path in before.ledger.files()}
        seen = {path: max(number, seen.get(path, 0)) for path, number in {**seen, **older}.items()}
    refused = []
    try:
        where = observe.destinations(after.config, after.tree)
    except SealkitError as error:  # what nobody looked at is not approved
        where, refused = Observed(), [f"where values go cannot be told: {code(error.message)}"]
    looked = Observed(
        observe.observe_files(after.sealed, ledger),
        where.places,
        where.reaches,
        after.policy(),
        seen,
        observe.target_entries(after.config),
    )
    found = []
    for item in find_unapproved(ledger, looked):
        if item.why is Reason.REMOVED and item.path not in before.sealed:
            continue  # a private half that is not committed is in neither tree
        old, new = before.sealed.get(item.path), after.sealed.get(item.path)
        if new is not None and not item.route and item.why in observe.OF_FILES:
            differs = changes(_text(old), _text(new), item.path)
            found.append(replace(item, route=observe.summary(differs)))
        else:
            found.append(item)
    return found, refused


def _same_signer(config: Config, before: Side, ledger: Ledger | None) -> None:
    """The ledger is of the house that was there before, that this machine has pinned, or that SEALKIT_SIGNER names."""
    pin = pins.load(git.common_dir(config.root), os.environ)
    trusted = os.environ.get(pins.VARIABLE, "").strip() or pin.signer
    known = {key for key in (trusted, before.ledger.signer if before.ledger else "") if key}
    if known and ledger is None:
        raise SealkitError(f"{filenames.LEDGER}: the whole ledger was removed")
    for key in known:
        if ledger is not None and not leads_to(ledger, key):
            raise SealkitError(
                f"{filenames.LEDGER}:1: the signing key was replaced: it is {ledger.signer}, known is {key}"
            )


def _files(before: Side, after: Side) -> Iterator[str]:
    for path in sorted(before.sealed.keys() | after.sealed.keys()):
        old, new = before.sealed.get(path), after.sealed.get(path)
        if old == new:
            continue
        if new is None:
            yield f"{code(path)} removed"
            continue
        found = changes(_text(old), _text(new), path)
        parts = [f"{change.what}: {code(str(change.route))}" for change in found]
        was = observe.observe_file(path, old).to if old is not None else ()
        now = observe.observe_file(path, new).to
        if was != now:
            parts.append(f"recipients {code(gained_lost(was, now))}")
        head = "new" if old is None else "rewrapped only" if not found else ""
        yield f"{code(path)} {head}".rstrip() + "".join(f"\n  - {part}" for part in parts)


def _approvals(before: Side, after: Side) -> Iterator[str]:
    try:
        old, new = before.ledger, after.ledger
    except SealkitError:
        return
    if old is not None and new is not None and old.signer != new.signer:
        yield f"signing key {code(old.signer)} handed over to {code(new.signer)}"
    had, has = set(old.entries if old else ()), set(new.entries if new else ())
    for word, entries in (("approved", has - had), ("no longer approved", had - has)):
        rows = sorted(line_of(entry) for entry in entries if _worth(entry, had if word == "approved" else has))
        yield from (f"{word}: {code(row)}" for row in rows)


def _worth(entry: LedgerEntry, others: set[LedgerEntry]) -> bool:
    """A new version of a file is one change; the line that it replaces is not shown."""
    if isinstance(entry, SignerEntry):
        return False
    if not isinstance(entry, FileEntry):
        return True
    rest = [other for other in others if isinstance(other, FileEntry) and other.path == entry.path]
    return all(entry.version > other.version for other in rest)


def _policy(before: Side, after: Side) -> Iterator[str]:
    old, new = before.policy(), after.policy()
    for word, entries, others in (("gained", new, old), ("lost", old, new)):
        for entry in entries:
            if entry not in others:
                which = f"path_regex {entry.rule}" if entry.rule else "every path"
                more = f", {entry.selects}" if entry.selects else ""
                yield f"rule {entry.position} ({code(which + more)}) {word} {code(entry.recipient)}"
    if old == new and before.text(filenames.POLICY) != after.text(filenames.POLICY):
        yield f"{code(filenames.POLICY)} changed; its recipients, paths and selectors are the same"


def _allowed(before: Side, after: Side) -> Iterator[str]:
    old = (before.text(before.config.allow) or "").splitlines()
    new = (after.text(after.config.allow) or "").splitlines()
    yield from (f"gained {code(row)}" for row in new if row.strip() and row not in old)
    yield from (f"lost {code(row)}" for row in old if row.strip() and row not in new)
    hid, hides = set(before.config.exclude), set(after.config.exclude)
    yield from (f"not scanned any more: {code(pattern)}" for pattern in sorted(hides - hid))
    yield from (f"scanned again: {code(pattern)}" for pattern in sorted(hid - hides))
    if before.config.allow != after.config.allow:
        yield f"the allow list is {code(after.config.allow)} now, was {code(before.config.allow)}"


def _where(item: Unapproved) -> str:
    return f"{item.path} {item.route}".rstrip()


def _text(data: bytes | None) -> str:
    return data.decode("utf-8", "surrogateescape") if data is not None else ""
