"""`split` from reading to writing: the pure half (`overlay`) meets identities, policy and ledger here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError
from sealkit.model.tree import Tree
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.operations.split_inputs import SplitInputs, gather
from sealkit.overlay import load, prove, resolve, split
from sealkit.overlay.split import Proposal
from sealkit.overlay.stand_ins import StandInOpener
from sealkit.scan import known_values
from sealkit.scan.known_values import Search
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_file
from sealkit.sops.encrypt import plain, reseal, seal
from sealkit.source import files
from sealkit.source.file_tree import FileTree, inside


class Split:
    """One split. Made with what it reads; `propose`, `prove` and `write` follow each other, `remains` comes last."""

    def __init__(self, repository: Repository, events: Events, inputs: SplitInputs) -> None:
        self.repository = repository
        self.events = events
        self.inputs = inputs
        self.proposal = Proposal()

    @cached_property
    def sealed(self) -> dict[str, SealedFile]:
        """Every sealed file of every target."""
        config = self.repository.config
        sealed: dict[str, SealedFile] = {}
        for name in config.targets or (None,):
            sealed |= load.private_files(config, config.target(name), self.repository.tree)
        return sealed

    @cached_property
    def public(self) -> dict[str, bytes]:
        """Every file of the public tree as it is; in the layout inline, the files that are split."""
        config = self.repository.config
        if not config.public:
            return dict(self.inputs.data)
        tree = self.repository.tree
        return {path: tree.read(path) for path in tree.paths(config.public) if path not in self.sealed}

    @cached_property
    def opened(self) -> dict[str, list[Tree]]:
        """The other sealed files, decrypted only where the input holds placeholders already."""
        needed = any(b"<sealed:" in data for data in self.inputs.data.values())
        return self.repository.opener().open_all(self.sealed) if needed and self.sealed else {}

    def propose(self) -> Proposal:
        """The two halves. Raises SealkitError and RefusedError as `overlay.split.propose` does."""
        inputs = [
            split.Input(path, self.inputs.text(path), self.inputs.display_path(path)) for path in self.inputs.data
        ]
        private_paths = {self.private_path(item.path) for item in inputs}
        existing = {path: self._plain(file) for path, file in self.sealed.items() if path in private_paths}
        names = set(resolve.collect(StandInOpener().open_all(self.sealed)))  # the names in use, told without a key
        self.proposal = split.propose(inputs, self.private_path, existing, names)
        return self.proposal

    def prove(self) -> None:
        """Both proofs, and that every new private file has a creation rule. Raises SealkitError."""
        for path in self.proposal.private:
            if path not in self.sealed:
                self.repository.rule_for(path)
        prove.prove(self.proposal, self.opened, self.public)

    @property
    def writes(self) -> list[str]:
        """The public paths that change or are new."""
        return [
            change.path
            for change in self.proposal.changes
            if change.after != change.before or (change.manifests and not (self.repository.root / change.path).exists())
        ]

    def private_path(self, path: str) -> str:
        """Where the sealed half of a public file goes: a private folder of every target that renders the file."""
        config = self.repository.config
        usual = split.default_private_path(path, config.public, config.private)
        for target in config.targets.values():
            folder = next((folder for folder in target.public if inside(path, folder)), None)
            if folder is not None and not any(inside(usual, private) for private in target.private):
                return split.default_private_path(path, folder, target.private[0])
        return usual

    def write(self) -> None:
        """Seal the private half, write both halves, and sign them."""
        repository, proposal = self.repository, self.proposal
        sealed = [self._seal(path, text) for path, text in proposal.private.items()]
        self._require_sealed(sealed)
        public = {change.path: self._bytes(change.path, change.after)
                  for change in proposal.changes if change.path in self.writes}  # fmt: skip
        for path, data in self.inputs.data.items():
            if files.read(self.inputs.sources[path], path) != data:
                raise SealkitError(f"{path}: was changed meanwhile; nothing was written", hint="run it again")
        before = {file.path: self.sealed[file.path].data if file.path in self.sealed else None for file in sealed}
        write_sealed(repository, self.events, sealed, before=before, public=public)

    def remains(self) -> Search:
        """Where the moved values still are: in the index, in other files and in the history."""
        changed = {*self.writes, *self.proposal.private, *(change.path for change in self.proposal.changes)}
        others, unread = readable_files(self.repository.tree, changed, self.events)
        search = known_values.search(self.repository.root, prove.needles_of(self.proposal.moved), others)
        return replace(search, skipped=search.skipped + unread)

    def _bytes(self, path: str, text: str) -> bytes:
        bom = files.BOM if self.inputs.data[path].startswith(files.BOM.encode()) else ""
        return (bom + text).encode()

    def _plain(self, file: SealedFile) -> str:
        return plain(open_file(file, self.repository.keyring))

    def _seal(self, path: str, text: str) -> SealedFile:
        if path in self.sealed:
            return reseal(open_file(self.sealed[path], self.repository.keyring), text)
        return seal(path, text, self.repository.rule_for(path), self.repository.keyring)

    def _require_sealed(self, sealed: Sequence[SealedFile]) -> None:
        """Raises RefusedError where the policy, made for Kubernetes objects, leaves a moved value open."""
        names = {moved.name for moved in self.proposal.moved}
        for file in sealed:
            for item in file.parsed.items:
                name = ".".join(map(str, item.route))
                if name in names and not item.sealed and not item.comment and item.value not in (None, ""):
                    raise RefusedError(
                        f"{file.path}: the policy leaves {name} open; nothing was written",
                        hint="give .sops.yaml a rule for this path that seals every value",
                    )


def readable_files(tree: FileTree, without: Collection[str], events: Events) -> tuple[Mapping[str, bytes], int]:
    """All other files of a tree, and how many could not be read (with a warning for each)."""
    contents, unread = {}, 0
    for path in tree.paths():
        if path in without:
            continue
        try:
            contents[path] = tree.read(path)
        except SealkitError as error:
            events.warning(f"not searched: {error.message}", error.hint)
            unread += 1
    return contents, unread


def report_remains(search: Search, events: Events, *, written: bool) -> None:
    """Warn of each place where a value still is, and of what was not searched; with `written`, say how to renew them."""
    for item in search.standing:
        commit = f" (commit {item.commit})" if item.commit else ""
        events.warning(f"{item.name} is still in {item.where}: {item.path}{commit}: renew this value")
    if search.skipped:
        events.warning(f"{search.skipped} files or objects were not searched")
    names = sorted({item.name for item in search.standing})
    if names and written:
        events.hint(
            f"whoever has this repository may have them: change them at their source, then: sealkit set {names[0]}"
        )
    events.progress(f"searched {search.blobs} blobs of the index and the history")


def split_paths(repository: Repository, events: Events, paths: Sequence[Path]) -> Split:
    """A split of these files or folders, proposed and proved; nothing is written yet. Raises SealkitError."""
    plan = Split(repository, events, gather(repository.config, paths))
    plan.propose()
    plan.prove()
    for path, why in [*plan.inputs.skipped, *plan.proposal.left]:
        events.warning(f"not split: {path} ({why})")
    return plan
