"""One run of a command on one house: where keys, ledger and policy meet.

Reading: `opener`, `waiting`, `require_approved`. Writing: `write_sealed`, which signs what it wrote, and `approve`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.cli import ui
from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger import observe, pins, signing
from sealkit.ledger.text import Ledger
from sealkit.ledger.unapproved import Observed, Unapproved, find_unapproved
from sealkit.operations import sealed_writer
from sealkit.reveal import reveal
from sealkit.source import filenames, files, git
from sealkit.source.config import Config, load_config
from sealkit.source.tree import FileTree
from sealkit.source.work_tree import work_tree

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring
    from sealkit.overlay.opener import Opener
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule, Policy

_APPROVE = "look at it and sign it: sealkit approve"


@dataclass
class Repository:
    """Made by `open`. Everything is found when it is first asked for, so a command pays only for what it uses."""

    config: Config
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @classmethod
    def open(cls, start: Path | None = None) -> Repository:
        """The house that a folder (default: the current one) is in. Raises SealkitError."""
        return cls(load_config(start))

    @property
    def root(self) -> Path:
        """The top of the work tree."""
        return self.config.root

    @cached_property
    def common_dir(self) -> Path:
        """The git folder that all worktrees share; pins and the lock of writers belong to it."""
        return git.common_dir(self.root)

    @cached_property
    def tree(self) -> FileTree:
        """The files of the house as they are now; asked for anew after a write."""
        return work_tree(self.config)

    @cached_property
    def policy(self) -> Policy | None:
        """`.sops.yaml`, or None."""
        from sealkit.sealed import policy

        return policy.load(self.tree)

    def rule_for(self, path: str) -> CreationRule:
        """The creation rule of a path. Raises SealkitError where there is no policy or no rule."""
        if self.policy is None:
            raise SealkitError(f"no {filenames.POLICY} says to whom to seal", hint="sealkit init")
        return self.policy.rule_for(path)

    @cached_property
    def keyring(self) -> Keyring:
        """Every identity that sops would read; none is loaded before it is needed."""
        from sealkit.keys.keyring import Keyring

        return Keyring.discover(self.environ)

    def opener(self) -> Opener:
        """Opens sealed files with the keys at hand."""
        from sealkit.sops.decrypt import KeyOpener

        return KeyOpener(self.keyring)

    @cached_property
    def pin(self) -> pins.Pin:
        """What this machine remembers of the house."""
        return pins.load(self.common_dir, self.environ)

    @cached_property
    def ledger(self) -> Ledger | None:
        """The verified ledger, pinned on first use; None where there never was one. Raises RefusedError."""
        there = os.path.lexists(self.root / filenames.LEDGER)
        text = files.decode(self.tree.read(filenames.LEDGER), filenames.LEDGER) if there else None
        ledger = pins.admit(text, self.pin, self.environ)
        if ledger is not None and text is not None:
            pins.remember(self.pin, ledger, text, self.environ, looked=True)
        return ledger

    def advice(self) -> list[tuple[str, str]]:
        """What is told about this house beside what waits: (message, hint), none of it an error."""
        if self.ledger is None:
            return [("this house has no ledger: nobody vouches for its sealed files", "make one: sealkit init")]
        return []

    # --- what waits

    def waiting(self, where: Observed | None = None, sealed: Mapping[str, bytes] | None = None) -> list[Unapproved]:
        """What is not approved, with the routes that differ. Empty for a house without a ledger.

        `where` brings places and reaches; `sealed` the bytes of files that were already read (those that will be opened), so
        that what is judged is what is used. The policy and all other sealed files are looked at in any case.
        """
        ledger = self.ledger
        if ledger is None:
            return []
        there = {**observe.sealed_files(self.tree, ledger), **(sealed or {})}
        looked = Observed(
            observe.observe_files(there, ledger),
            where.places if where else (),
            where.reaches if where else (),
            observe.policy_entries(self.policy),
            self.pin.versions,
            observe.target_entries(self.config),
        )
        found = find_unapproved(ledger, looked)
        return observe.with_routes(found, there, self.known())

    def known(self) -> observe.Known:
        """Where approved versions are found."""
        return observe.Known(self.signed(), self.pin, self.root, self.common_dir)

    def warn_waiting(self, paths: Sequence[str] = ()) -> list[Unapproved]:
        """Say what waits (of these files, or all) as warnings, for commands that only look or edit."""
        found = [item for item in self.waiting() if not paths or item.path in paths]
        for item in found:
            ui.warning(f"{item}, which waits for approval", f"{_APPROVE} {item.path}")
        for message, hint in self.advice():
            ui.warning(message, hint)
        return found

    def require_approved(self, where: Observed | None = None, sealed: Mapping[str, bytes] | None = None) -> None:
        """Stop (RefusedError, exit 1) while anything waits, after saying what. On a terminal it asks; nothing else, `--yes`
        included, answers that question."""
        found = self.waiting(where, sealed)
        for message, hint in self.advice():
            ui.warning(message, hint)
        if not found:
            if self.ledger is not None:
                # what values went by is what this machine has seen
                text = files.decode(self.tree.read(filenames.LEDGER), filenames.LEDGER)
                pins.remember(self.pin, self.ledger, text, self.environ)
            return
        for item in found:
            ui.warning(f"{item}, which waits for approval")
        if ui.confirm(f"approve {'all ' + str(len(found)) if len(found) > 1 else 'it'} and go on?"):
            self.approve(found)
            return
        first = found[0]
        raise RefusedError(
            f"{len(found)} {'thing waits' if len(found) == 1 else 'things wait'} for approval, first: {first}",
            hint=_APPROVE,
        )

    # --- signing

    def approve(self, found: Sequence[Unapproved]) -> None:
        """Sign what waits. A file is approved as it was when it was looked at: one that changed since still waits."""
        sealed_writer.approve(self, found)

    def write_sealed(
        self,
        texts: Mapping[str, str],
        *,
        before: Mapping[str, bytes | None] | None = None,
        remove: Sequence[str] = (),
        vouched: Sequence[str] = (),
    ) -> None:
        """Write sealed files (path from the root: text), remove others, and sign the lines of all of them.

        `before` holds the bytes that a text was made from (None: no file): if the file is another by now, nothing is
        written. Refuses (RefusedError) a recipient that the ledger does not hold. A file that waits for approval is written,
        but not signed: an edit must not approve what somebody else put in; except those in `vouched`, which the caller held
        against the ledger itself (a merge: every version of it was approved). Killed at any instant, each file is the old or
        the new one, and at worst waits for approval.
        """
        sealed_writer.write_sealed(self, texts, before or {}, remove, vouched)

    def create_signer(self, recipients: Sequence[Recipient] = (), *, replace: bool = False) -> None:
        """Make the signing key and the first ledger: it holds the recipients of the policy and the sealed files as they are.

        The signing key is sealed to whom the policy names for `.sealkit/signing-key.sops.yaml`, or to `recipients` where it names
        nobody. Raises RefusedError where there is a ledger, unless `replace` (a stranger who moves in: own key, own ledger).
        """
        sealed_writer.create_signer(self, recipients, replace=replace)

    def replace_signing_key(self) -> None:
        """Replace the signing key, sealed to whom the policy names now; the old one signs the new one, so pins follow."""
        sealed_writer.replace_signing_key(self)

    def signing_key(self) -> signing.SigningKey:
        """The key that signs, opened from `.sealkit/signing-key.sops.yaml`. Raises NoIdentityError for who may not approve."""
        from sealkit.sops.decrypt import open_file

        data = self.tree.read(filenames.SIGNING_KEY)
        opened = open_file(filenames.SIGNING_KEY, data, self.keyring)
        texts = [str(reveal(value)) for value in opened.values]
        found = [signing.load_key(text) for text in texts if text.startswith(signing.LABEL)]
        # two while the signing key is being replaced: the one that the ledger names signs
        key = next((key for key in found if key.public == self.signed().signer), None)
        if key is None:
            raise RefusedError(
                f"{filenames.SIGNING_KEY} .key: not the signing key that {filenames.LEDGER} names",
                hint=f"restore it: git checkout -- {filenames.SIGNING_KEY}",
            )
        return key

    def signed(self) -> Ledger:
        """The ledger. Raises SealkitError where there never was one."""
        if self.ledger is None:
            raise SealkitError("this house has no ledger", hint="make one: sealkit init")
        return self.ledger

    def refresh(self) -> None:
        """Forget what was read, so that it is read again: after a write, and once the lock is held."""
        for name in ("ledger", "tree", "policy", "pin"):
            self.__dict__.pop(name, None)
