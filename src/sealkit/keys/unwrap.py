"""Unwrap data keys with age identities, in stages, so that the user is asked for a passphrase only if nothing else works.

1. age and ssh keys in files and variables; 2. key commands; 3. plugins, one session each for all files; 4. encrypted ssh keys
that a file has a stanza for; 5. passphrase-protected identity files. Identities stay unlocked for the rest of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from sealkit.errors import SealkitError
from sealkit.keys import age_format, age_plugins, age_post_quantum, prompt, ssh
from sealkit.keys.identities import Identity, IdentityKind, read, unlock
from sealkit.keys.identity_sources import Source, child_env
from sealkit.sealed.metadata import Wrapped

_NO_PLUGIN = frozenset(["X25519", age_post_quantum.STANZA, "ssh-ed25519", "ssh-rsa", "scrypt"])
"""Stanza types that need no plugin. No plugin is started for a file that has only these."""

_STANZAS = {
    IdentityKind.X25519: {"X25519"},
    IdentityKind.HYBRID: {age_post_quantum.STANZA},
    IdentityKind.SSH: {"ssh-ed25519", "ssh-rsa"},
}


UNLOCKED = frozenset(_STANZAS)
"""The kinds of identities that need neither a program nor a passphrase."""


@dataclass(slots=True, eq=False)
class WrappedCopy:
    """One wrapped copy of a data key. `request` is the index of its request; `data_key` and `source` are set when it opens."""

    request: int
    wrapped: Wrapped
    data_key: bytes | None = field(default=None, repr=False)
    source: str = ""
    file: age_format.AgeFile | None = None

    def has_stanza(self, types: set[str]) -> bool:
        """Whether its header has a stanza of one of these types."""
        return self.file is not None and any(stanza.type in types for stanza in self.file.stanzas)

    def needs_plugin(self) -> bool:
        """Whether its header has a stanza that only a plugin can open."""
        return self.file is not None and any(stanza.type not in _NO_PLUGIN for stanza in self.file.stanzas)

    def names_ssh_key(self, identity: Identity) -> bool:
        """Whether a stanza is for this ssh key, or may be if its public key is unknown."""
        stanzas = [s for s in self.file.stanzas if s.type in _STANZAS[IdentityKind.SSH]] if self.file else []
        if not identity.recipient:
            return bool(stanzas)
        kind, tag = identity.recipient.split()[0], ssh.tag(identity.recipient)
        return any(stanza.type == kind and stanza.args[:1] == (tag,) for stanza in stanzas)


class Batch:
    """The copies of many requests. Either all of them are to be unwrapped (`every`), or one of each request."""

    def __init__(self, copies: Sequence[WrappedCopy], *, every: bool) -> None:
        self.copies, self.every = copies, every
        self._answered: set[int] = set()

    def needs(self, copy: WrappedCopy) -> bool:
        """Whether a copy is still to be unwrapped."""
        return copy.data_key is None and (self.every or copy.request not in self._answered)

    def pending(self, kind: str) -> list[WrappedCopy]:
        """The copies for one kind of recipient that are still to be unwrapped."""
        return [copy for copy in self.copies if copy.wrapped.recipient.kind == kind and self.needs(copy)]

    def record(self, copy: WrappedCopy, data_key: bytes | None, source: str) -> bool:
        """Set the data key of a copy and its source; False if there is none."""
        if data_key is None:
            return False
        copy.data_key, copy.source = data_key, source
        self._answered.add(copy.request)
        return True


class AgeUnwrapper:
    """The age identities of one run. `on_error` gets the errors of identities that cannot be used; the others are still tried."""

    def __init__(
        self,
        identities: Sequence[Identity],
        commands: Sequence[Source],
        environ: Mapping[str, str],
        on_error: Callable[[SealkitError], None],
        *,
        silent: bool = False,
    ) -> None:
        """`silent`: only identities that open without a program and without asking."""
        self.identities = list(identities)
        self.silent = silent
        self.commands = commands
        self.environ = environ
        self.on_error = on_error
        self._commands_run: set[tuple[str, str]] = set()

    def unwrap(self, batch: Batch) -> None:
        """Unwrap the age copies of a batch, as far as the identities can, in place."""
        own = {identity.recipient for identity in self.identities}
        # copies for an own recipient first: if one per request is enough, the others need not be tried
        copies = sorted(batch.pending("age"), key=lambda copy: copy.wrapped.recipient.id not in own)
        for copy in copies:
            try:
                copy.file = age_format.parse(copy.wrapped.enc)
            except ValueError:
                continue  # `Keyring.refusal` reports it
        asking = (self._commands, self._plugins, self._locked_ssh, self._locked_files)
        for stage in (self._unlocked, *(() if self.silent else asking)):
            if pending := [copy for copy in copies if copy.file is not None and batch.needs(copy)]:
                stage(pending, batch, self.identities)

    def open_more(self, recipients: Sequence[str]) -> Iterator[list[Identity]]:
        """What key commands give for these recipients, then what locked identity files hold; each stays open."""
        for recipient in recipients:
            for source in self.commands:
                if (run := (source.label, recipient)) not in self._commands_run:
                    self._commands_run.add(run)
                    yield self._add(partial(_run_command, source, self.environ, recipient))
        for identity in [one for one in self.identities if one.kind is IdentityKind.LOCKED_FILE]:
            if prompt.has_terminal():
                yield self._unlock(identity)

    def _unlocked(self, copies: Sequence[WrappedCopy], batch: Batch, identities: Sequence[Identity]) -> None:
        """Unlocked age and ssh identities."""
        unlocked = [identity for identity in identities if identity.kind in _STANZAS]
        for copy in copies:
            # the recipient in the metadata is only a hint: it is not authenticated
            by_likelihood = sorted(unlocked, key=lambda identity: identity.recipient != copy.wrapped.recipient.id)
            for identity in by_likelihood if batch.needs(copy) else ():
                if copy.has_stanza(_STANZAS[identity.kind]) and batch.record(
                    copy, _decrypt(copy, identity), identity.source
                ):
                    break

    def _commands(self, copies: Sequence[WrappedCopy], batch: Batch, _: Sequence[Identity]) -> None:
        """Key commands, run once for each recipient, as in sops."""
        for copy in copies:
            for source in self.commands:
                run = (source.label, copy.wrapped.recipient.id)
                if batch.needs(copy) and run not in self._commands_run:
                    self._commands_run.add(run)
                    new = self._add(partial(_run_command, source, self.environ, copy.wrapped.recipient.id))
                    self._unlocked([other for other in copies if batch.needs(other)], batch, new)

    def _plugins(self, copies: Sequence[WrappedCopy], batch: Batch, identities: Sequence[Identity]) -> None:
        """Plugin identities, with one session of each plugin."""
        by_plugin: dict[str, list[Identity]] = {}
        for identity in identities:
            if identity.kind is IdentityKind.PLUGIN:
                by_plugin.setdefault(identity.plugin, []).append(identity)
        for name, group in by_plugin.items():
            pending = [copy for copy in copies if copy.needs_plugin() and batch.needs(copy)]
            if not pending:
                return
            stanzas = [copy.file.stanzas for copy in pending if copy.file]
            try:
                file_keys = age_plugins.unwrap(name, [i.secret for i in group], stanzas, child_env(self.environ))
            except SealkitError as error:
                self.on_error(error)
                continue
            for copy, file_key in zip(pending, file_keys, strict=True):
                if file_key is not None and copy.file is not None:
                    try:
                        batch.record(copy, age_format.decrypt(copy.file, file_key), group[0].source)
                    except ValueError:
                        continue

    def _locked_ssh(self, copies: Sequence[WrappedCopy], batch: Batch, identities: Sequence[Identity]) -> None:
        """Encrypted ssh keys. The user is asked only for those that a file has a stanza for."""
        for identity in [i for i in identities if i.kind is IdentityKind.LOCKED_SSH]:
            pending = [copy for copy in copies if batch.needs(copy) and copy.names_ssh_key(identity)]
            if pending:
                self._unlocked(pending, batch, self._unlock(identity))

    def _locked_files(self, copies: Sequence[WrappedCopy], batch: Batch, identities: Sequence[Identity]) -> None:
        """Passphrase-protected identity files. What they contain is unknown until they are unlocked."""
        for identity in [i for i in identities if i.kind is IdentityKind.LOCKED_FILE]:
            pending = [copy for copy in copies if batch.needs(copy)]
            if pending:
                new = self._unlock(identity)
                for stage in (self._unlocked, self._plugins):
                    stage([copy for copy in pending if batch.needs(copy)], batch, new)

    def _unlock(self, identity: Identity) -> list[Identity]:
        """Replace a locked identity by those behind it; by none if that fails, so that the user is not asked again."""
        self.identities.remove(identity)
        return self._add(lambda: unlock(identity, self.environ))

    def _add(self, load: Callable[[], list[Identity]]) -> list[Identity]:
        try:
            new = load()
        except SealkitError as error:
            self.on_error(error)
            return []
        self.identities += new
        return new


def _decrypt(copy: WrappedCopy, identity: Identity) -> bytes | None:
    """The data key of a copy, if this unlocked identity opens it."""
    import pyrage

    if identity.kind is IdentityKind.HYBRID and copy.file is not None:
        data_key: bytes | None = identity.secret.unwrap(copy.file)
        return data_key
    try:
        return pyrage.decrypt(copy.wrapped.enc.encode(), [identity.secret])
    except pyrage.DecryptError:
        return None


def _run_command(source: Source, environ: Mapping[str, str], recipient: str) -> list[Identity]:
    return read(source.read(environ, recipient), source.label)
