"""What the ledger is held against: the sealed files, the policy, and where values go. No key is needed for any of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.ledger import approved_copies
from sealkit.ledger.compare import LeafChange, changes
from sealkit.ledger.entries import AccessEntry, PlaceEntry, ReachEntry, RecipientEntry, TargetEntry, file_digest
from sealkit.ledger.pins import Pin
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Observed, ObservedFile, Reason, Unapproved
from sealkit.source import git
from sealkit.source.config import Config
from sealkit.source.filenames import SIGNING_KEY
from sealkit.source.tree import FileTree, GitTree

if TYPE_CHECKING:
    from sealkit.sealed.metadata import Metadata, Recipient, Selector
    from sealkit.sealed.policy import Policy

SHOWN = 3
"""How many routes a message names before it counts the rest."""

OF_FILES = {
    Reason.NEW,
    Reason.CHANGED,
    Reason.REPLAYED,
    Reason.SWAPPED,
    Reason.RECIPIENTS,
    Reason.LINE_REMOVED,
    Reason.DISAGREE,
}
"""What is about a sealed file as a whole, so that its routes are to be found."""


def label(recipient: Recipient) -> str:
    """A recipient as the ledger writes it."""
    fields = "".join(f" {name}={value}" for name, value in recipient.fields)
    return f"{recipient.kind}:{recipient.id}{fields}"


def labels(recipients: Iterable[Recipient]) -> tuple[str, ...]:
    """Recipients as the ledger writes them, sorted, each once."""
    return tuple(sorted({label(recipient) for recipient in recipients}))


def metadata_of(path: str, data: bytes) -> Metadata | None:
    """The `sops` block of a file, or None where it has none or cannot be read."""
    from sealkit.sealed.stores.store import store_for
    from sealkit.source.files import decode

    try:
        return store_for(path).parse(decode(data, path), path).metadata
    except SealkitError:
        return None


def observe_file(path: str, data: bytes) -> ObservedFile:
    """What the ledger says about a file, as it is."""
    metadata = metadata_of(path, data)
    return ObservedFile(file_digest(data), labels(metadata.recipients) if metadata is not None else ())


def sealed_files(tree: FileTree, ledger: Ledger | None) -> dict[str, bytes]:
    """Every file that carries a `sops` block, and every file that the ledger knows, sealed or not."""
    from sealkit.sealed.stores.store import is_sealed

    known = ledger.files() if ledger is not None else {}
    return {
        path: data for path, data in _read_all(tree, known) if path in known or (b"sops" in data and is_sealed(data))
    }


def _read_all(tree: FileTree, needed: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Every file of a tree; those of a commit through one git child."""
    if isinstance(tree, GitTree):
        entries = [tree.entries[path] for path in tree.paths()]
        oids = list(dict.fromkeys(entry.oid for entry in entries))
        blobs = dict(git.cat_blobs(tree.root, oids))
        yield from ((entry.path, blobs[entry.oid]) for entry in entries)
        return
    for path in tree.paths():
        try:
            yield path, tree.read(path)
        except SealkitError:
            # a link out of the tree is never opened (scan reports it), but nothing that must be judged is passed over
            if path in needed or path == SIGNING_KEY:
                raise


def observe_files(files: Mapping[str, bytes], ledger: Ledger | None) -> dict[str, ObservedFile]:
    """The facts of many files. Only those that differ from the ledger are parsed: the digest covers the recipients."""
    known = ledger.files() if ledger is not None else {}
    facts = {}
    for path, data in files.items():
        entry, sha256 = known.get(path), file_digest(data)
        same = entry is not None and entry.sha256 == sha256
        facts[path] = ObservedFile(sha256, entry.to) if same and entry is not None else observe_file(path, data)
    return facts


def policy_entries(policy: Policy | None) -> list[RecipientEntry]:
    """Who each rule of the policy seals to."""
    found: list[RecipientEntry] = []
    for position, rule in enumerate(policy.rules if policy is not None else (), 1):
        found += [
            RecipientEntry(label(recipient), rule.path_regex or "", position, selects(rule.selector))
            for recipient in rule.recipients
        ]
    return found


def target_entries(config: Config) -> tuple[TargetEntry, ...]:
    """Where the sealed files of each target go, as the configuration says."""
    targets = [config.target(name) for name in config.targets or (None,)]
    return tuple(TargetEntry(t.name, t.context or "", t.namespace, ",".join(t.private)) for t in targets)


def selects(selector: Selector) -> str:
    """A selector as the ledger writes it."""
    return f"{selector.mode}={selector.pattern}" if selector.mode else ""


def approved_recipients(ledger: Ledger, path: str) -> set[str]:
    """Who the ledger lets this path be sealed to: the first approved rule that matches it, as sops chooses."""
    from sealkit.source.re2 import search

    rules = sorted((e for e in ledger.entries if isinstance(e, RecipientEntry)), key=lambda e: e.position)
    first = next((e.position for e in rules if not e.rule or search(e.rule, path)), None)
    return {e.recipient for e in rules if e.position == first and (not e.rule or search(e.rule, path))}


@dataclass(frozen=True, slots=True)
class Known:
    """Where the approved version of a file is found."""

    ledger: Ledger
    pin: Pin
    root: Path
    common_dir: Path

    def approved(self, item: Unapproved) -> bytes | None:
        """The newest approved version of what waits, or None where this clone does not have it."""
        entry = self.ledger.files().get(item.path)
        old = item.why in {Reason.REPLAYED, Reason.LINE_REMOVED, Reason.DISAGREE} or entry is None
        sha256 = self.pin.digests.get(item.path, "") if old or entry is None else entry.sha256
        return None if item.why is Reason.NEW else approved_copies.find(self.root, self.common_dir, item.path, sha256)

    def changed(self, item: Unapproved, data: bytes) -> list[LeafChange]:
        """What differs between a waiting file and its approved version; every leaf where there is none to be found."""
        before = self.approved(item)
        text = data.decode("utf-8", "surrogateescape")
        return changes(before.decode("utf-8", "surrogateescape") if before else "", text, item.path)


def with_routes(found: Sequence[Unapproved], files: Mapping[str, bytes], known: Known) -> list[Unapproved]:
    """The same list with the routes that differ from what was approved, where a file changed."""
    done = []
    for item in found:
        data = files.get(item.path)
        if data is not None and not item.route and item.why in OF_FILES:
            done.append(dataclasses.replace(item, route=summary(known.changed(item, data))))
        else:
            done.append(item)
    return done


def summary(found: Sequence[LeafChange]) -> str:
    """The first routes in one line; `.` where only the `sops` block differs."""
    if not found:
        return ".sops"
    places = list(dict.fromkeys(str(change.route) for change in found))
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    what = f" ({found[0].what})" if len(found) == 1 else ""
    return ", ".join(places[:SHOWN]) + more + what


def destinations(config: Config, tree: FileTree) -> Observed:
    """Where values go, over all targets of a house, told with stand-ins. Raises SealkitError for a target that does not
    render: what nobody looked at must not look approved."""
    from sealkit.overlay.render import render
    from sealkit.overlay.stand_ins import StandInOpener

    places: dict[PlaceEntry, None] = {}
    reaches: dict[ReachEntry | AccessEntry, None] = {}
    for name in config.targets or (None,):
        rendered = render(config, config.target(name), tree, StandInOpener())
        places.update(dict.fromkeys(rendered.places))
        reaches.update(dict.fromkeys(rendered.reaches))
    return Observed(places=tuple(places), reaches=tuple(reaches))
