"""What a repository holds, in the terms of the ledger: sealed files, creation rules, targets. No key is needed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError
from sealkit.ledger.entries import RecipientEntry, TargetEntry
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import ObservedFile
from sealkit.sealed.file import SealedFile
from sealkit.sealed.metadata import Recipient, Selector
from sealkit.source.config import Config
from sealkit.source.file_tree import FileTree, GitTree
from sealkit.source.filenames import SIGNING_KEY
from sealkit.source.git_objects import read_blobs
from sealkit.source.re2 import search

if TYPE_CHECKING:
    from sealkit.sealed.policy import Policy  # not imported to read one file (measured: 5 ms)


def recipient_name(recipient: Recipient) -> str:
    """A recipient as the ledger writes it: `age:age1…`, with the other settings of a cloud key behind it."""
    fields = "".join(f" {name}={value}" for name, value in recipient.fields)
    return f"{recipient.kind}:{recipient.id}{fields}"


def recipient_names(recipients: Iterable[Recipient]) -> tuple[str, ...]:
    """Recipients as the ledger writes them, sorted, each once."""
    return tuple(sorted({recipient_name(recipient) for recipient in recipients}))


def sealed_files(tree: FileTree, ledger: Ledger | None) -> dict[str, SealedFile]:
    """Every file with a `sops` block, and every file that the ledger names, sealed or not; by path.

    Raises SealkitError for a file that the ledger names and that cannot be read.
    """
    known = ledger.files() if ledger is not None else {}
    every = (SealedFile(path, data) for path, data in _read_all(tree, known))
    return {file.path: file for file in every if file.path in known or file.is_sealed}


def _read_all(tree: FileTree, required: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Every file of a tree; those of a commit through one git child."""
    if isinstance(tree, GitTree):
        entries = [tree.entries[path] for path in tree.paths()]
        oids = list(dict.fromkeys(entry.oid for entry in entries))
        blobs = dict(read_blobs(tree.root, oids))
        yield from ((entry.path, blobs[entry.oid]) for entry in entries)
        return
    for path in tree.paths():
        try:
            yield path, tree.read(path)
        except SealkitError:
            # a link out of the tree is never opened (scan reports it), but a file that must be judged is not skipped
            if path in required or path == SIGNING_KEY:
                raise


def observe_file(file: SealedFile) -> ObservedFile:
    """Digest and recipients of a file."""
    return ObservedFile(file.digest, recipient_names(file.recipients))


def observe_files(files: Mapping[str, SealedFile], ledger: Ledger | None) -> dict[str, ObservedFile]:
    """The same of many files. Only a file that differs from the ledger is parsed: the digest covers the recipients."""
    known = ledger.files() if ledger is not None else {}
    observed = {}
    for path, file in files.items():
        entry = known.get(path)
        same = entry is not None and entry.sha256 == file.digest
        observed[path] = ObservedFile(file.digest, entry.to) if same and entry is not None else observe_file(file)
    return observed


def policy_entries(policy: Policy | None) -> list[RecipientEntry]:
    """Who each creation rule of the policy seals to."""
    entries: list[RecipientEntry] = []
    for position, rule in enumerate(policy.rules if policy is not None else (), 1):
        entries += [
            RecipientEntry(recipient_name(recipient), rule.path_regex or "", position, selector_text(rule.selector))
            for recipient in rule.recipients
        ]
    return entries


def target_entries(config: Config) -> tuple[TargetEntry, ...]:
    """Where the sealed files of each target go, as `sealkit.yaml` says."""
    targets = [config.target(name) for name in config.targets or (None,)]
    return tuple(TargetEntry(t.name, t.context or "", t.namespace, ",".join(t.private)) for t in targets)


def selector_text(selector: Selector) -> str:
    """A selector as the ledger writes it: `encrypted_regex=^data$`; empty for the default of sops."""
    return f"{selector.mode}={selector.pattern}" if selector.mode else ""


def approved_recipients(ledger: Ledger, path: str) -> set[str]:
    """Who the ledger allows this path to be sealed to: the first approved rule that matches it counts, as in sops."""
    rules = sorted((e for e in ledger.entries if isinstance(e, RecipientEntry)), key=lambda e: e.position)
    first = next((e.position for e in rules if not e.rule or search(e.rule, path)), None)
    return {e.recipient for e in rules if e.position == first and (not e.rule or search(e.rule, path))}
