"""What a change does to the sealed half, told without a key: the report of `sealkit review`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from sealkit.cli import facts, say
from sealkit.errors import SealkitError, UsageError
from sealkit.ledger import pins
from sealkit.ledger.compare import changes
from sealkit.ledger.entries import Entry, FileEntry, HouseEntry, RecipientEntry
from sealkit.ledger.signing import leads_to, verify
from sealkit.ledger.text import Ledger, line_of
from sealkit.ledger.waiting import Facts, Waiting, Why, gained_lost, waiting
from sealkit.source import config, files, git
from sealkit.source.tree import GitTree, Tree

_TICKS = re.compile("`+")


@dataclass(frozen=True)
class Side:
    """The house as it is in one tree: a commit, or the work tree."""

    name: str
    house: config.House
    tree: Tree

    @classmethod
    def of(cls, house: config.House, rev: str | None) -> Side:
        """A revision, or the work tree for None. Its own configuration says where its halves are."""
        tree: Tree = GitTree(house.root, rev) if rev is not None else facts.work_tree(house)
        if rev is not None:
            has = config.NAME in tree.paths()
            text = files.decode(tree.read(config.NAME), config.NAME) if has else ""
            house = config.read(house.root, text) if has else config.House(house.root)
        return cls(rev or "the work tree", house, tree)

    @cached_property
    def sealed(self) -> dict[str, bytes]:
        """The sealed files, and what the ledger calls so."""
        return facts.sealed_files(self.tree, self.ledger)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The ledger as its text stands, its signatures held against its own house key. Raises RefusedError."""
        text = self.text(config.LEDGER)
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

        return facts.policy_entries(policy.load(self.tree))


def review(house: config.House, revisions: str) -> tuple[str, bool]:
    """The report as Markdown, and whether anything waits for approval. Raises SealkitError."""
    before, after = (Side.of(house, rev) for rev in _revisions(house, revisions))
    waits, refused = _waiting(house, before, after)
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
    shown = say.clean(text).replace("\n", " ").replace("\t", " ")
    longest = max((len(run) for run in _TICKS.findall(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown[:1] == "`" or shown[-1:] == "`" or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _revisions(house: config.House, text: str) -> tuple[str | None, str | None]:
    if not text:
        return "HEAD", None
    one, dots, two = text.partition("...") if "..." in text else text.partition("..")
    if not dots:
        return one, None
    one, two = one or "HEAD", two or "HEAD"
    if dots == "...":
        base = git.run(["merge-base", "--end-of-options", one, two], house.root, check=False).decode().strip()
        if not base:
            raise UsageError(
                f"{text}: no common ancestor", hint="name both: A..B; in a shallow clone: git fetch --unshallow"
            )
        one = base
    return one, two


def _waiting(house: config.House, before: Side, after: Side) -> tuple[list[Waiting], list[str]]:
    """What waits after the change, and why its ledger is refused."""
    try:
        ledger = after.ledger
        _same_house(house, before, ledger)
    except SealkitError as error:
        return [], [code(error.message)]
    if ledger is None:
        return [], []
    pin = pins.load(git.common_dir(house.root), os.environ)
    seen = pin.generations if pin.house else {}
    if before.ledger is not None:
        older = {path: before.ledger.generation(path) for path in before.ledger.files()}
        seen = {path: max(number, seen.get(path, 0)) for path, number in {**seen, **older}.items()}
    refused = []
    try:
        where = facts.going(after.house, after.tree)
    except SealkitError as error:  # what nobody looked at is not approved
        where, refused = Facts(), [f"where values go cannot be told: {code(error.message)}"]
    looked = Facts(
        facts.file_facts(after.sealed, ledger),
        where.places,
        where.reaches,
        after.policy(),
        seen,
        facts.target_entries(after.house),
    )
    found = []
    for item in waiting(ledger, looked):
        if item.why is Why.REMOVED and item.path not in before.sealed:
            continue  # a private half that is not committed is in neither tree
        old, new = before.sealed.get(item.path), after.sealed.get(item.path)
        if new is not None and not item.route and item.why in facts.OF_FILES:
            differs = changes(_text(old), _text(new), item.path)
            found.append(replace(item, route=facts.summary(differs)))
        else:
            found.append(item)
    return found, refused


def _same_house(house: config.House, before: Side, ledger: Ledger | None) -> None:
    """The ledger is of the house that was there before, that this machine has pinned, or that SEALKIT_HOUSE names."""
    pin = pins.load(git.common_dir(house.root), os.environ)
    trusted = os.environ.get(pins.VARIABLE, "").strip() or pin.house
    known = {key for key in (trusted, before.ledger.house if before.ledger else "") if key}
    if known and ledger is None:
        raise SealkitError(f"{config.LEDGER}: the whole ledger was removed")
    for key in known:
        if ledger is not None and not leads_to(ledger, key):
            raise SealkitError(f"{config.LEDGER}:1: the house key was replaced: it is {ledger.house}, known is {key}")


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
        was = facts.file_fact(path, old).to if old is not None else ()
        now = facts.file_fact(path, new).to
        if was != now:
            parts.append(f"recipients {code(gained_lost(was, now))}")
        head = "new" if old is None else "rewrapped only" if not found else ""
        yield f"{code(path)} {head}".rstrip() + "".join(f"\n  - {part}" for part in parts)


def _approvals(before: Side, after: Side) -> Iterator[str]:
    try:
        old, new = before.ledger, after.ledger
    except SealkitError:
        return
    if old is not None and new is not None and old.house != new.house:
        yield f"house key {code(old.house)} handed over to {code(new.house)}"
    had, has = set(old.entries if old else ()), set(new.entries if new else ())
    for word, entries in (("approved", has - had), ("no longer approved", had - has)):
        rows = sorted(line_of(entry) for entry in entries if _worth(entry, had if word == "approved" else has))
        yield from (f"{word}: {code(row)}" for row in rows)


def _worth(entry: Entry, others: set[Entry]) -> bool:
    """A new generation of a file is one change; the line that it replaces is not shown."""
    if isinstance(entry, HouseEntry):
        return False
    if not isinstance(entry, FileEntry):
        return True
    rest = [other for other in others if isinstance(other, FileEntry) and other.path == entry.path]
    return all(entry.generation > other.generation for other in rest)


def _policy(before: Side, after: Side) -> Iterator[str]:
    old, new = before.policy(), after.policy()
    for word, entries, others in (("gained", new, old), ("lost", old, new)):
        for entry in entries:
            if entry not in others:
                which = f"path_regex {entry.rule}" if entry.rule else "every path"
                more = f", {entry.selects}" if entry.selects else ""
                yield f"rule {entry.position} ({code(which + more)}) {word} {code(entry.recipient)}"
    if old == new and before.text(config.POLICY) != after.text(config.POLICY):
        yield f"{code(config.POLICY)} changed; its recipients, paths and selectors are the same"


def _allowed(before: Side, after: Side) -> Iterator[str]:
    old = (before.text(before.house.allow) or "").splitlines()
    new = (after.text(after.house.allow) or "").splitlines()
    yield from (f"gained {code(row)}" for row in new if row.strip() and row not in old)
    yield from (f"lost {code(row)}" for row in old if row.strip() and row not in new)
    hid, hides = set(before.house.exclude), set(after.house.exclude)
    yield from (f"not scanned any more: {code(pattern)}" for pattern in sorted(hides - hid))
    yield from (f"scanned again: {code(pattern)}" for pattern in sorted(hid - hides))
    if before.house.allow != after.house.allow:
        yield f"the allow list is {code(after.house.allow)} now, was {code(before.house.allow)}"


def _where(item: Waiting) -> str:
    return f"{item.path} {item.route}".rstrip()


def _text(data: bytes | None) -> str:
    return data.decode("utf-8", "surrogateescape") if data is not None else ""
