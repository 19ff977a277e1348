"""What waits for approval: the difference between what the ledger says and what there is. Pure; no key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from sealkit.ledger.entries import (
    AccessEntry,
    FileEntry,
    LedgerEntry,
    PlaceEntry,
    ReachEntry,
    RecipientEntry,
    TargetEntry,
)
from sealkit.ledger.text import Ledger

POLICY = ".sops.yaml"


class Reason(StrEnum):
    """Why something waits."""

    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"
    REPLAYED = "replayed"
    SWAPPED = "swapped"
    RECIPIENTS = "recipients"
    LINE_REMOVED = "line-removed"
    DISAGREE = "disagree"
    PLACE = "place"
    REACH = "reach"
    ACCESS = "access"
    POLICY = "policy"
    TARGET = "target"


class ObservedFile(NamedTuple):
    """A sealed file as it is: `entries.file_digest` of its bytes and `kind:id` of its recipients, sorted."""

    sha256: str
    to: tuple[str, ...] = ()


class Observed(NamedTuple):
    """What there is. None means not looked at; an empty collection means looked at and found none.

    `seen` is the highest version of each path that this machine has pinned.
    """

    files: Mapping[str, ObservedFile] | None = None
    places: Sequence[PlaceEntry] = ()
    reaches: Sequence[ReachEntry | AccessEntry] = ()
    recipients: Sequence[RecipientEntry] | None = None
    seen: Mapping[str, int] = MappingProxyType({})
    targets: Sequence[TargetEntry] = ()


class Unapproved(NamedTuple):
    """One thing that waits. `path` names the file (or the value or object), `route` where in it; `sign` is what `approve`
    would sign, `drop` the keys of the lines that it would take out."""

    why: Reason
    path: str
    message: str
    route: str = ""
    sign: LedgerEntry | None = None
    drop: tuple[tuple[str, ...], ...] = ()

    def __str__(self) -> str:
        where = f"{self.path} {self.route}".rstrip()
        return f"{where}: {self.message}"


def find_unapproved(ledger: Ledger, observed: Observed) -> list[Unapproved]:
    """Everything in `observed` that the (verified) ledger does not approve, files first, sorted."""
    found: list[Unapproved] = []
    if observed.files is not None:
        found += sorted(_files(ledger, observed.files, observed.seen), key=lambda item: item.path)
    if observed.recipients is not None:
        found += _policy(ledger, observed.recipients)
    keys = ledger.keys
    found += [_target(ledger, entry) for entry in observed.targets if entry.key not in keys]
    found += [_place(ledger, entry) for entry in dict.fromkeys(observed.places) if entry.key not in keys]
    found += [_reach(ledger, entry) for entry in dict.fromkeys(observed.reaches) if entry.key not in keys]
    return found


def _files(ledger: Ledger, files: Mapping[str, ObservedFile], seen: Mapping[str, int]) -> Iterator[Unapproved]:
    known = ledger.files()
    by_digest = {entry.sha256: path for path, entry in known.items() if entry is not None}
    for path, fact in files.items():
        pinned = seen.get(path, 0)
        sign = FileEntry(path, max(ledger.version(path), pinned) + 1, fact.sha256, fact.to)
        if path not in known:
            if pinned:
                text = f"its line was taken out of the ledger (this machine has seen version {pinned})"
                yield Unapproved(Reason.LINE_REMOVED, path, text, sign=sign)
            else:
                yield Unapproved(Reason.NEW, path, "a sealed file that is not approved", sign=sign)
            continue
        entry = known[path]
        if entry is None:
            yield Unapproved(Reason.DISAGREE, path, "two lines of the ledger disagree about it", sign=sign)
        elif entry.sha256 == fact.sha256 and entry.to == fact.to:
            if entry.version < pinned:
                text = f"an old version was put back: version {entry.version}, this machine has seen {pinned}"
                yield Unapproved(Reason.REPLAYED, path, text, sign=sign)
        elif fact.sha256 in by_digest and by_digest[fact.sha256] != path:
            text = f"holds what was approved as {by_digest[fact.sha256]}: the files were swapped or copied"
            yield Unapproved(Reason.SWAPPED, path, text, sign=sign)
        elif entry.to != fact.to:
            text = f"its recipients changed ({gained_lost(entry.to, fact.to)})"
            yield Unapproved(Reason.RECIPIENTS, path, text, sign=sign)
        else:
            yield Unapproved(Reason.CHANGED, path, f"is not what was approved as version {entry.version}", sign=sign)
    for path in known.keys() - files.keys():
        text = "the ledger holds it, but the file was removed"
        yield Unapproved(Reason.REMOVED, path, text, drop=(("file", path),))


def gained_lost(before: Iterable[str], after: Iterable[str]) -> str:
    """`gained A, B; lost C` for two sets of recipients."""
    old, new = set(before), set(after)
    parts = [("gained", sorted(new - old)), ("lost", sorted(old - new))]
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names)


def _policy(ledger: Ledger, policy: Sequence[RecipientEntry]) -> Iterator[Unapproved]:
    approved = [entry for entry in ledger.entries if isinstance(entry, RecipientEntry)]
    missing = [entry for entry in dict.fromkeys(policy) if entry not in approved]
    stale = [entry for entry in approved if entry not in policy]
    people = {entry.recipient for entry in approved}
    for entry in missing:
        # what this rule was when it was approved, for this recipient: the pair is one change, not two
        was = next((s for s in stale if (s.recipient, s.position) == (entry.recipient, entry.position)), None)
        if was is not None:
            stale.remove(was)
        route = f".creation_rules[{entry.position - 1}]"
        if entry.recipient not in people:
            text = f"{entry.recipient} is a recipient that is not approved"
        elif was is not None and was.rule != entry.rule:
            route += ".path_regex"
            text = f"{_rule(entry.rule)}, approved for {entry.recipient} was {_rule(was.rule)}"
        elif was is not None:
            text = f"seals {entry.selects or 'by default'}, approved was {was.selects or 'the default'}"
        else:
            text = f"{entry.recipient} is not approved for {_rule(entry.rule)}"
        yield Unapproved(Reason.POLICY, POLICY, text, route, entry, (was.key,) if was is not None else ())
    for entry in stale:
        text = f"{_rule(entry.rule)} no longer seals to {entry.recipient}"
        yield Unapproved(Reason.POLICY, POLICY, text, f".creation_rules[{entry.position - 1}]", drop=(entry.key,))


def _rule(pattern: str) -> str:
    return f"path_regex {pattern}" if pattern else "every path"


def _target(ledger: Ledger, entry: TargetEntry) -> Unapproved:
    was = [e for e in ledger.entries if isinstance(e, TargetEntry) and e.name == entry.name]
    text = f"sends the sealed files of {entry.private or 'the whole repository'} to {_cluster(entry)}"
    if was:
        text += f", approved was {was[0].private or 'the whole repository'} to {_cluster(was[0])}"
    return Unapproved(Reason.TARGET, f"target {entry.name}", text, sign=entry, drop=tuple(e.key for e in was))


def _cluster(entry: TargetEntry) -> str:
    return f"{'context ' + entry.context if entry.context else 'the current context'}, namespace {entry.namespace}"


def _place(ledger: Ledger, entry: PlaceEntry) -> Unapproved:
    there = [
        e for e in ledger.entries if isinstance(e, PlaceEntry) and (e.object, e.route) == (entry.object, entry.route)
    ]
    same = [e for e in there if e.name == entry.name]
    if same:
        text = f"the text around <sealed:{entry.name}> changed"
    elif there:
        text = f"gets <sealed:{entry.name}>, approved was <sealed:{there[0].name}>"
    else:
        text = f"gets <sealed:{entry.name}>, a new place for it"
    return Unapproved(Reason.PLACE, entry.object, text, entry.route, entry)


def _reach(ledger: Ledger, entry: ReachEntry | AccessEntry) -> Unapproved:
    if isinstance(entry, AccessEntry):
        text = f"{entry.role} lets {entry.subject} {entry.verbs} secrets {entry.secrets}"
        return Unapproved(Reason.ACCESS, entry.subject, text, sign=entry)
    route = f"container {entry.container}" if entry.container else ""
    before = next(
        (
            e
            for e in ledger.entries
            if isinstance(e, ReachEntry)
            and (e.origin, e.workload, e.container) == (entry.origin, entry.workload, entry.container)
        ),
        None,
    )
    if before is None:
        return Unapproved(Reason.REACH, entry.workload, f"gets {entry.origin}, a new reach for it", route, entry)
    parts = {
        "image": "image",
        "command": "command",
        "args": "arguments",
        "account": "service account",
        "settings": "settings (environment, hooks, mounts, pod, open configuration)"
        if entry.container
        else "text around it",
    }
    changed = ", ".join(word for name, word in parts.items() if getattr(before, name) != getattr(entry, name))
    return Unapproved(Reason.REACH, entry.workload, f"gets {entry.origin} with another {changed}", route, entry)
