"""Opening wrapped data keys with age identities, in stages: what asks nobody first, what needs a person last.

1. age and ssh keys in files and variables; 2. key commands; 3. plugins, one session each for all files; 4. encrypted ssh keys
whose stanza is there; 5. passphrase-protected identity files. What was opened once stays open for the rest of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sealkit.errors import SealkitError
from sealkit.keys import age_format, age_plugins, age_post_quantum, identities, ssh
from sealkit.keys.identities import Identity, Kind
from sealkit.keys.identity_sources import Source, child_env
from sealkit.sealed.metadata import Wrapped

_SPECIFIED = frozenset(["X25519", age_post_quantum.STANZA, "ssh-ed25519", "ssh-rsa", "scrypt"])
"""Stanzas that need no plugin; none is started for a file with nothing else."""

_STANZAS = {Kind.X25519: {"X25519"}, Kind.HYBRID: {age_post_quantum.STANZA}, Kind.SSH: {"ssh-ed25519", "ssh-rsa"}}


@dataclass(slots=True, eq=False)
class Copy:
    """One wrapped copy on its way through the identities: `request` is whose it is, `source` what opened it."""

    request: int
    wrapped: Wrapped
    opened: bytes | None = field(default=None, repr=False)
    source: str = ""
    file: age_format.AgeFile | None = None

    def has(self, types: set[str]) -> bool:
        """Whether one of these types of stanza is in its header."""
        return self.file is not None and any(stanza.type in types for stanza in self.file.stanzas)

    def for_plugins(self) -> bool:
        """Whether it has a stanza that only a plugin can know."""
        return self.file is not None and any(stanza.type not in _SPECIFIED for stanza in self.file.stanzas)

    def tagged(self, identity: Identity) -> bool:
        """Whether a stanza names this ssh key (or may, where its public half is unknown)."""
        stanzas = [s for s in self.file.stanzas if s.type in _STANZAS[Kind.SSH]] if self.file else []
        if not identity.recipient:
            return bool(stanzas)
        kind, tag = identity.recipient.split()[0], ssh.tag(identity.recipient)
        return any(stanza.type == kind and stanza.args[:1] == (tag,) for stanza in stanzas)


class Batch:
    """Copies of many requests, to be opened all (`every`) or until each request has one."""

    def __init__(self, copies: Sequence[Copy], *, every: bool) -> None:
        self.copies, self.every = copies, every
        self._done: set[int] = set()

    def wants(self, copy: Copy) -> bool:
        """Whether it still matters."""
        return copy.opened is None and (self.every or copy.request not in self._done)

    def left(self, kind: str) -> list[Copy]:
        """What still matters of one kind of recipient."""
        return [copy for copy in self.copies if copy.wrapped.recipient.kind == kind and self.wants(copy)]

    def settle(self, copy: Copy, opened: bytes | None, source: str) -> bool:
        """Note what a copy holds, if anything."""
        if opened is None:
            return False
        copy.opened, copy.source = opened, source
        self._done.add(copy.request)
        return True


class AgeOpener:
    """Holds the identities of one run. `note` is told what could not be used; the rest is tried all the same."""

    def __init__(
        self,
        held: Sequence[Identity],
        commands: Sequence[Source],
        environ: Mapping[str, str],
        note: Callable[[SealkitError], None],
    ) -> None:
        self.held = list(held)
        self.commands = commands
        self.environ = environ
        self.note = note
        self._asked: set[tuple[str, str]] = set()

    def open(self, batch: Batch) -> None:
        """Open what can be opened of the age copies, in place."""
        own = {identity.recipient for identity in self.held}
        # a copy that names one of ours first: where one is enough, the others need not be tried
        copies = sorted(batch.left("age"), key=lambda copy: copy.wrapped.recipient.id not in own)
        for copy in copies:
            try:
                copy.file = age_format.parse(copy.wrapped.enc)
            except ValueError:
                continue  # `Keyring.refusal` says so
        for stage in (self._plain, self._commands, self._plugins, self._locked_ssh, self._locked_files):
            if left := [copy for copy in copies if copy.file is not None and batch.wants(copy)]:
                stage(left, batch, self.held)

    def _plain(self, copies: Sequence[Copy], batch: Batch, held: Sequence[Identity]) -> None:
        """Keys that need nobody."""
        ready = [identity for identity in held if identity.kind in _STANZAS]
        for copy in copies:
            # what the metadata names is only a hint: anybody can edit it
            likely = sorted(ready, key=lambda identity: identity.recipient != copy.wrapped.recipient.id)
            for identity in likely if batch.wants(copy) else ():
                if copy.has(_STANZAS[identity.kind]) and batch.settle(copy, _decrypt(copy, identity), identity.source):
                    break

    def _commands(self, copies: Sequence[Copy], batch: Batch, _: Sequence[Identity]) -> None:
        """Key commands, once for each recipient that they are told of, as in sops."""
        for copy in copies:
            for source in self.commands:
                asked = (source.label, copy.wrapped.recipient.id)
                if batch.wants(copy) and asked not in self._asked:
                    self._asked.add(asked)
                    found = self._add(partial(_run, source, self.environ, copy.wrapped.recipient.id))
                    self._plain([other for other in copies if batch.wants(other)], batch, found)

    def _plugins(self, copies: Sequence[Copy], batch: Batch, held: Sequence[Identity]) -> None:
        """One session of each plugin that an identity names."""
        named: dict[str, list[Identity]] = {}
        for identity in held:
            if identity.kind is Kind.PLUGIN:
                named.setdefault(identity.plugin, []).append(identity)
        for name, group in named.items():
            asked = [copy for copy in copies if copy.for_plugins() and batch.wants(copy)]
            if not asked:
                return
            stanzas = [copy.file.stanzas for copy in asked if copy.file]
            try:
                keys = age_plugins.unwrap(name, [i.secret for i in group], stanzas, child_env(self.environ))
            except SealkitError as error:
                self.note(error)
                continue
            for copy, key in zip(asked, keys, strict=True):
                if key is not None and copy.file is not None:
                    try:
                        batch.settle(copy, age_format.opened(copy.file, key), group[0].source)
                    except ValueError:
                        continue

    def _locked_ssh(self, copies: Sequence[Copy], batch: Batch, held: Sequence[Identity]) -> None:
        """Encrypted ssh keys, asked for only where a stanza is theirs."""
        for identity in [i for i in held if i.kind is Kind.LOCKED_SSH]:
            theirs = [copy for copy in copies if batch.wants(copy) and copy.tagged(identity)]
            if theirs:
                self._plain(theirs, batch, self._unlock(identity))

    def _locked_files(self, copies: Sequence[Copy], batch: Batch, held: Sequence[Identity]) -> None:
        """Passphrase-protected files: nobody knows what is in one before it is opened."""
        for identity in [i for i in held if i.kind is Kind.LOCKED_FILE]:
            left = [copy for copy in copies if batch.wants(copy)]
            if left:
                inside = self._unlock(identity)
                for stage in (self._plain, self._plugins):
                    stage([copy for copy in left if batch.wants(copy)], batch, inside)

    def _unlock(self, identity: Identity) -> list[Identity]:
        """What a locked identity holds, put in its place; nothing, and never asked for again, where that fails."""
        self.held.remove(identity)
        return self._add(lambda: identities.unlock(identity, self.environ))

    def _add(self, read: Callable[[], list[Identity]]) -> list[Identity]:
        try:
            found = read()
        except SealkitError as error:
            self.note(error)
            return []
        self.held += found
        return found


def _decrypt(copy: Copy, identity: Identity) -> bytes | None:
    """What the copy holds, where this identity opens it by itself."""
    import pyrage

    if identity.kind is Kind.HYBRID and copy.file is not None:
        opened: bytes | None = identity.secret.unwrap(copy.file)
        return opened
    try:
        return pyrage.decrypt(copy.wrapped.enc.encode(), [identity.secret])
    except pyrage.DecryptError:
        return None


def _run(source: Source, environ: Mapping[str, str], recipient: str) -> list[Identity]:
    return identities.read(source.read(environ, recipient), source.label)
