"""`Repository`: config, files, policy, ledger and identities of one repository, each read when first asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import RefusedError, SealkitError
from sealkit.keys.keyring import Keyring
from sealkit.ledger import signing
from sealkit.ledger.admission import Admission
from sealkit.ledger.approved_versions import ApprovedVersions
from sealkit.ledger.inputs import Inputs, read_inputs
from sealkit.ledger.pins import Pin
from sealkit.ledger.text import Ledger
from sealkit.reveal import reveal
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import KeyOpener, open_file
from sealkit.source import filenames, files, git
from sealkit.source.clone_facts import CloneFacts
from sealkit.source.config import Config, load_config
from sealkit.source.file_tree import SourceTree
from sealkit.source.read_once import work_tree

if TYPE_CHECKING:  # not imported to read one file (measured: 8 ms)
    from sealkit.overlay.opener import Opener
    from sealkit.sealed.policy import CreationRule, Policy


class _Snapshot:
    """What was read since the last write. A write replaces the whole snapshot, so nothing stale is left."""

    def __init__(
        self,
        config: Config,
        facts: CloneFacts,
        environ: Mapping[str, str],
        vouched: Callable[[Ledger], str],
        *,
        deploys: bool | None = None,
    ) -> None:
        self._deploys = deploys
        self._config = config
        self._facts = facts
        self._environ = environ
        self._vouched = vouched

    @cached_property
    def tree(self) -> SourceTree:
        return work_tree(self._config)

    @cached_property
    def policy(self) -> Policy | None:
        from sealkit.sealed import policy

        return policy.load(self.tree)

    @cached_property
    def admission(self) -> Admission:
        return Admission(self._facts, self._environ)

    @cached_property
    def ledger_text(self) -> str | None:
        exists = os.path.lexists(self._config.root / filenames.LEDGER)
        return files.decode(self.tree.read(filenames.LEDGER), filenames.LEDGER) if exists else None

    @cached_property
    def ledger(self) -> Ledger | None:
        ledger = self.admission.admit(self.ledger_text, self._vouched)
        if ledger is not None and self.ledger_text is not None:
            self.admission.remember(ledger, self.ledger_text)
        return ledger

    @cached_property
    def inputs(self) -> Inputs:
        return read_inputs(self._config, self.tree, self.ledger, deploys=self._deploys)


class Repository:
    """Made by `open`. What is asked for is read once and kept until `refresh`, so an operation pays only for what it uses."""

    def __init__(
        self, config: Config, environ: Mapping[str, str] | None = None, keyring: Keyring | None = None
    ) -> None:
        """`keyring`: the identities to use instead of every one that sops would read."""
        self.config = config
        self.environ = os.environ if environ is None else environ
        self._snapshot: _Snapshot | None = None
        self._keyring = keyring
        self._deploys: bool | None = None

    @classmethod
    def open(cls, start: Path | None = None, environ: Mapping[str, str] | None = None) -> Repository:
        """The repository that a folder (default: the current one) is in. Raises SealkitError."""
        return cls(load_config(start), environ)

    @property
    def root(self) -> Path:
        """The top of the work tree."""
        return self.config.root

    @cached_property
    def common_dir(self) -> Path:
        """The git folder that all worktrees share; the pin and the write lock belong to it."""
        return git.common_dir(self.root)

    @cached_property
    def _facts(self) -> CloneFacts:
        return CloneFacts(self.root, self.common_dir)

    @property
    def _state(self) -> _Snapshot:
        if self._snapshot is None:
            self._snapshot = _Snapshot(self.config, self._facts, self.environ, self._vouched, deploys=self._deploys)
        return self._snapshot

    def reload_config(self) -> None:
        """Read `sealkit.yaml` again, after it was written, and forget what was read by the old one."""
        self.config = load_config(self.config.root)
        self.refresh()

    def deploys(self) -> None:
        """From here on public files count, also in a repository that was only sealed and scanned until now (`is_deployed`)."""
        if not self._deploys:
            self._deploys = True
            self.refresh()

    def refresh(self) -> None:
        """Forget what was read: after a write, and once the write lock is held."""
        self._snapshot = None

    @property
    def tree(self) -> SourceTree:
        """The files of the work tree with the private folders; each is read once."""
        return self._state.tree

    @property
    def policy(self) -> Policy | None:
        """`.sops.yaml`, or None where there is none. Raises SealkitError."""
        return self._state.policy

    @property
    def admission(self) -> Admission:
        """What this machine knows of the repository, whether or not its ledger was let in."""
        return self._state.admission

    @property
    def pin(self) -> Pin:
        """What this machine remembers of the ledger that it let in. Raises as `ledger` does."""
        _ = self.ledger
        return self._state.admission.pin

    @property
    def ledger_text(self) -> str | None:
        """The ledger as it is, not verified and of whatever signing key; None without one."""
        return self._state.ledger_text

    @property
    def ledger(self) -> Ledger | None:
        """The verified ledger, under a signing key that this machine knows or an own identity vouches for; None where there never
        was one. Raises RefusedError."""
        return self._state.ledger

    @property
    def sealed(self) -> dict[str, SealedFile]:
        """Every file with a `sops` block, and every file that the ledger names, by path; the signing key's included."""
        return self._state.inputs.sealed

    @property
    def found(self) -> dict[str, SealedFile]:
        """Every sealed file by path, whatever a ledger says: for what needs no key, also in the clone of a stranger."""
        return read_inputs(self.config, self.tree, None, deploys=False).sealed

    @property
    def inputs(self) -> Inputs:
        """What deploys read, and what else the ledger names. Raises SealkitError."""
        return self._state.inputs

    def rule_for(self, path: str) -> CreationRule:
        """The creation rule of a path. Raises SealkitError where there is no policy, or no rule matches."""
        if self.policy is None:
            raise SealkitError(f"there is no {filenames.POLICY}, so no recipients are known", hint="sealkit init")
        return self.policy.rule_for(path)

    @property
    def keyring(self) -> Keyring:
        """Every identity that sops would read; none is loaded before it is needed."""
        if self._keyring is None:
            self._keyring = Keyring.discover(self.environ)
        return self._keyring

    def reload_keyring(self) -> None:
        """Look for identities again: a new one was made."""
        self._keyring = None

    def _vouched(self, ledger: Ledger) -> str:
        """The own recipient that vouches for the signing key of a ledger; empty without one."""
        from sealkit.keys import vouching  # only where this machine does not know the ledger

        entry = vouching.vouched_for(ledger, self.keyring)
        return entry.recipient if entry is not None else ""

    def opener(self) -> Opener:
        """Opens sealed files with the identities at hand."""
        return KeyOpener(self.keyring)

    def require_ledger(self) -> Ledger:
        """The ledger. Raises SealkitError where there never was one."""
        if self.ledger is None:
            raise SealkitError(f"this repository has no ledger ({filenames.LEDGER})", hint="make one: sealkit init")
        return self.ledger

    def approved_versions(self) -> ApprovedVersions:
        """Where approved versions are found. Raises SealkitError without a ledger."""
        return ApprovedVersions(self.require_ledger(), self.root, self.common_dir)

    def signing_key(self, keyring: Keyring | None = None) -> signing.SigningKey:
        """The private signing key, decrypted with the identities at hand or those of `keyring`. Raises
        NoIdentityError for someone who may not approve, and RefusedError where the file holds another key than the ledger names."""
        old = self.root / filenames.OLD_SIGNING_KEY
        if old.exists() and not (self.root / filenames.SIGNING_KEY).exists():
            raise SealkitError(
                f"{filenames.OLD_SIGNING_KEY} was renamed to {filenames.SIGNING_KEY}",
                hint=f"start a new ledger: git rm {filenames.LEDGER} {filenames.OLD_SIGNING_KEY}, then: sealkit init",
            )
        opened = open_file(
            SealedFile(filenames.SIGNING_KEY, self.tree.read(filenames.SIGNING_KEY)), keyring or self.keyring
        )
        texts = [str(reveal(value)) for value in opened.values]
        keys = [signing.load_key(text) for text in texts if text.startswith(signing.LABEL)]
        # the file holds two keys while the signing key is being replaced: the one that the ledger names signs
        key = next((key for key in keys if key.public == self.require_ledger().signer), None)
        if key is None:
            raise RefusedError(
                f"{filenames.SIGNING_KEY} .key: not the signing key that {filenames.LEDGER} names",
                hint=f"restore it: git checkout -- {filenames.SIGNING_KEY}",
            )
        return key
