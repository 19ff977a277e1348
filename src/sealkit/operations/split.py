"""One split from reading to writing: where the pure half (`overlay`) meets keys, policy and ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError
from sealkit.source import files
from sealkit.source.tree import inside

if TYPE_CHECKING:
    from sealkit.model.objects import Tree as Document
    from sealkit.operations.repository import Repository
    from sealkit.operations.split_inputs import Gathered
    from sealkit.overlay.split import Proposal
    from sealkit.scan.known_values import Search
    from sealkit.source.tree import FileTree


@dataclass
class Run:
    """One split from reading to writing."""

    repository: Repository
    gathered: Gathered
    proposal: Proposal = field(init=False)

    @cached_property
    def sealed(self) -> dict[str, bytes]:
        """Every sealed file of every target."""
        from sealkit.overlay import load

        config = self.repository.config
        found: dict[str, bytes] = {}
        for name in config.targets or (None,):
            found |= load.private_paths(config, config.target(name), self.repository.tree)
        return found

    @cached_property
    def public(self) -> dict[str, bytes]:
        """Every file of the public tree as it is; in the layout inline, the files that are split."""
        config = self.repository.config
        if not config.public:
            return dict(self.gathered.raw)
        tree = self.repository.tree
        return {path: tree.read(path) for path in tree.paths(config.public) if path not in self.sealed}

    @cached_property
    def opened(self) -> dict[str, list[Document]]:
        """The other sealed files, opened only where the input holds placeholders already."""
        needed = any(b"<sealed:" in data for data in self.gathered.raw.values())
        return self.repository.opener().open_all(self.sealed) if needed and self.sealed else {}

    def propose(self) -> Proposal:
        """The two halves. Raises SealkitError and RefusedError as `overlay.split.propose` does."""
        from sealkit.overlay.split import Input, propose

        inputs = [Input(path, self.gathered.text(path), self.gathered.shown(path)) for path in self.gathered.raw]
        mine = {self.private_path(item.path) for item in inputs}
        existing = {path: self._plain(path, data) for path, data in self.sealed.items() if path in mine}
        self.proposal = propose(inputs, self.private_path, existing, self._names())
        return self.proposal

    def prove(self) -> None:
        """Both proofs, and that the sealed half can be sealed. Raises SealkitError."""
        from sealkit.overlay.prove import prove

        for path in self.proposal.private:
            if path not in self.sealed:
                self.repository.rule_for(path)
        prove(self.proposal, self.opened, self.public)

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
        from sealkit.overlay.split import default_private_path

        config = self.repository.config
        usual = default_private_path(path, config.public, config.private)
        for target in config.targets.values():
            folder = next((folder for folder in target.public if inside(path, folder)), None)
            if folder is not None and not any(inside(usual, private) for private in target.private):
                return default_private_path(path, folder, target.private[0])
        return usual

    def write(self) -> None:
        """Seal, write and sign the private half; then rename the public half into place; then sign the places."""
        repository, proposal = self.repository, self.proposal
        texts = {path: self._seal(path, text) for path, text in proposal.private.items()}
        self._nothing_open(texts)
        staged: list[tuple[Path, Path]] = []
        try:
            for change in proposal.changes:
                if change.path in self.writes:
                    bom = files.BOM if self.gathered.raw[change.path].startswith(files.BOM.encode()) else ""
                    place = repository.root / change.path
                    staged.append((files.stage(place, (bom + change.after).encode()), place))
            for path, data in self.gathered.raw.items():
                if files.read(self.gathered.sources[path], path) != data:
                    raise SealkitError(f"{path}: changed meanwhile; nothing was written", hint="run it again")
            if texts:
                repository.write_sealed(texts, before={path: self.sealed.get(path) for path in texts})
            for temporary, place in staged:
                files.commit(temporary, place)
        except BaseException:
            for temporary, _ in staged:
                files.drop(temporary)
            raise
        repository.refresh()
        self._sign_places()

    def remains(self) -> Search:
        """What still stands in the index, in other files and in the history."""
        from sealkit.overlay import prove
        from sealkit.scan import known_values

        mine = {*self.writes, *self.proposal.private, *(change.path for change in self.proposal.changes)}
        others, unread = readable(self.repository.tree, mine)
        found = known_values.search(self.repository.root, prove.needles_of(self.proposal.moved), others)
        return replace(found, skipped=found.skipped + unread)

    def _names(self) -> set[str]:
        """The names in use, told without a key."""
        from sealkit.overlay import resolve
        from sealkit.overlay.stand_ins import StandInOpener

        return set(resolve.collect(StandInOpener().open_all(self.sealed)))

    def _plain(self, path: str, data: bytes) -> str:
        from sealkit.sops.decrypt import open_file
        from sealkit.sops.encrypt import plain

        return plain(open_file(path, data, self.repository.keyring))

    def _seal(self, path: str, text: str) -> str:
        from sealkit.sops.decrypt import open_file
        from sealkit.sops.encrypt import reseal, seal

        if path in self.sealed:
            return reseal(open_file(path, self.sealed[path], self.repository.keyring), text)
        return seal(path, text, self.repository.rule_for(path), self.repository.keyring)

    def _nothing_open(self, texts: Mapping[str, str]) -> None:
        """What was moved is sealed: a policy made for Kubernetes objects may leave a named value open."""
        from sealkit.sealed.stores.store import store_for

        names = {moved.name for moved in self.proposal.moved}
        for path, text in texts.items():
            for item in store_for(path).parse(text, path).items:
                name = ".".join(map(str, item.route))
                if name in names and not item.sealed and not item.comment and item.value not in (None, ""):
                    raise RefusedError(
                        f"{path}: the policy leaves {name} open; nothing was written",
                        hint="give .sops.yaml a rule for this path that seals every value",
                    )

    def _sign_places(self) -> None:
        """Sign where the moved values go: they stood there before, and whoever splits holds a key. Everything is named."""
        from sealkit.ledger import observe
        from sealkit.ledger.entries import PlaceEntry, ReachEntry

        if self.repository.ledger is None or not self.proposal.moved:
            return
        try:
            going = observe.destinations(self.repository.config, self.repository.tree)
        except SealkitError as error:
            ui.warning(f"places were not signed: {error.message}", "mend it, then: sealkit approve")
            return
        names = {moved.name for moved in self.proposal.moved}
        objects = {entry.object for entry in going.places if entry.name in names}
        origins = objects | set(self.proposal.private) | {f"{path}#" for path in self.proposal.private}
        mine = [
            item
            for item in self.repository.waiting(going)
            if (isinstance(item.sign, PlaceEntry) and item.sign.name in names)
            or (isinstance(item.sign, ReachEntry) and item.sign.origin.startswith(tuple(origins)))
        ]
        for item in mine:
            ui.info(f"signed: {item}")
        if mine:
            self.repository.approve(mine)


def readable(tree: FileTree, without: Collection[str]) -> tuple[dict[str, bytes], int]:
    """All other files of a tree, and how many could not be read (each is named aloud)."""
    found, unread = {}, 0
    for path in tree.paths():
        if path in without:
            continue
        try:
            found[path] = tree.read(path)
        except SealkitError as error:
            ui.warning(f"not searched: {error.message}", error.hint)
            unread += 1
    return found, unread
