"""The keyring: all identities that sops would use. They are read only when a data key is to be unwrapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import age_format, identities, identity_sources
from sealkit.keys.identities import Identity
from sealkit.keys.identity_sources import Source
from sealkit.keys.unwrap import UNLOCKED, AgeUnwrapper, Batch, WrappedCopy
from sealkit.sealed.metadata import Recipient, Wrapped

if TYPE_CHECKING:
    from sealkit.keys import pgp  # imports subprocess and tempfile, which age does not need (measured: 9 ms)

Request = tuple[Sequence[Wrapped], str]
"""The wrapped copies of one data key, or of one share of it, and the path of their file, for messages."""


class OwnRecipient(NamedTuple):
    """A recipient whose identity is available, and the source of that identity."""

    recipient: Recipient
    source: str


@dataclass
class Keyring:
    """Made by `discover`. `problems` collects the errors of unusable sources; they are fatal only if no other identity works."""

    sources: list[Source]
    environ: Mapping[str, str] = field(repr=False)
    problems: list[SealkitError] = field(default_factory=list)
    silent: bool = False
    """Only identities that open without asking anybody: no passphrase, no program, no agent."""

    @classmethod
    def discover(cls, environ: Mapping[str, str], *, silent: bool = False) -> Keyring:
        """A keyring of every source that sops reads. Checks which files exist and opens none."""
        return cls(identity_sources.discover(environ), environ, silent=silent)

    # --- unwrapping

    def unwrap(self, wrapped: Sequence[Wrapped], path: str = "") -> list[bytes | None]:
        """The data key (32 bytes) or share (33 bytes) in each copy; None for a copy that no identity opens."""
        return self.unwrap_batch([(wrapped, path)])[0]

    def unwrap_batch(self, requests: Sequence[Request]) -> list[list[bytes | None]]:
        """`unwrap` for many files, with one gpg process and one session of each plugin."""
        answers: list[list[bytes | None]] = [[] for _ in requests]
        for copy in self._unwrapped(requests, every=True):
            answers[copy.request].append(copy.data_key)
        return answers

    def first(self, wrapped: Sequence[Wrapped], path: str = "") -> bytes | None:
        """The data key or share from the first copy that opens, in the order of SOPS_DECRYPTION_ORDER; None if none does."""
        return self.first_batch([(wrapped, path)])[0]

    def first_batch(self, requests: Sequence[Request]) -> list[bytes | None]:
        """`first` for many files or key groups, with one gpg process and one session of each plugin."""
        return [copy.data_key if copy else None for copy in self._first(requests)]

    def opened_by(self, requests: Sequence[Request]) -> list[str]:
        """The label of the source that opens each request (a path, a variable, `gpg`), or the empty string."""
        return [copy.source if copy else "" for copy in self._first(requests)]

    def refusal(self, wrapped: Sequence[Wrapped], path: str) -> SealkitError:
        """The error for copies that no identity opens, for the caller to raise. It names the recipients or an unusable source."""
        for entry in wrapped:
            if entry.recipient.kind == "age":
                try:
                    age_format.parse(entry.enc)
                except ValueError as error:
                    return SealkitError(
                        f"{path}: the data key for {str(entry.recipient)[:80]} is not an age file: {error}",
                        hint=f"restore the file: git log -p {path}",
                    )
        if self.problems:
            first = self.problems[0]
            return type(first)(f"{path}: no identity opens it, and {first.message}", hint=first.hint)
        names = [str(entry.recipient)[:80] for entry in wrapped]
        recipients = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        searched = ", ".join(source.label for source in self.sources) or "all places where sops looks, and found no key"
        return NoIdentityError(
            f"{path}: no identity opens it; it is sealed to {recipients or 'nobody'}",
            hint=f"searched {searched}; details: sealkit doctor",
        )

    def _first(self, requests: Sequence[Request]) -> list[WrappedCopy | None]:
        first: dict[int, WrappedCopy] = {}
        for copy in self._unwrapped(requests, every=False):
            if copy.data_key is not None:
                first.setdefault(copy.request, copy)
        return [first.get(index) for index in range(len(requests))]

    def _unwrapped(self, requests: Sequence[Request], *, every: bool) -> list[WrappedCopy]:
        copies = [WrappedCopy(index, entry) for index, (wrapped, _) in enumerate(requests) for entry in wrapped]
        batch = Batch(copies, every=every)
        for kind in self._order():
            if batch.pending(kind):
                self._unwrap_pgp(batch) if kind == "pgp" else self._age.unwrap(batch)
        return copies

    def _order(self) -> list[str]:
        """age and pgp in the order of SOPS_DECRYPTION_ORDER (default `age,pgp`); the sops program serves cloud keys."""
        if self.silent:
            return ["age"]
        order = [part.strip() for part in self.environ.get("SOPS_DECRYPTION_ORDER", "").split(",")]
        return list(dict.fromkeys([part for part in order if part in {"age", "pgp"}] + ["age", "pgp"]))

    def _unwrap_pgp(self, batch: Batch) -> None:
        """Unwrap all copies with one gpg process; or, if one copy per request is enough, one copy of each request at a time,
        copies for own keys first, so that the user is not asked for a smart card that is not needed."""
        from sealkit.keys import pgp

        queue = batch.pending("pgp")
        if len(queue) > len({copy.request for copy in queue}):
            keys = self.pgp_keys
            queue.sort(key=lambda copy: not any(key.matches(copy.wrapped.recipient.id) for key in keys))
        try:
            while queue:
                attempt = queue if batch.every else list({copy.request: copy for copy in reversed(queue)}.values())
                plaintexts = pgp.decrypt([copy.wrapped.enc for copy in attempt], self.environ)
                for copy, plaintext in zip(attempt, plaintexts, strict=True):
                    batch.record(copy, plaintext, "gpg")
                tried = set(attempt)
                queue = [copy for copy in queue if copy not in tried and batch.needs(copy)]
        except SealkitError as error:
            self._add_problem(error)

    # --- available identities

    @cached_property
    def _age(self) -> AgeUnwrapper:
        commands = [source for source in self.sources if source.command]
        return AgeUnwrapper(self.identities, commands, self.environ, self._add_problem, silent=self.silent)

    @cached_property
    def identities(self) -> list[Identity]:
        """The identities of all sources except commands. Locked ones stay locked."""
        read: list[Identity] = []
        for source in self.sources:
            if not source.command:
                try:
                    read += identities.read(source.read(self.environ), source.label)
                except SealkitError as error:
                    self._add_problem(error)
        return read

    @property
    def unlocked(self) -> list[Identity]:
        """The identities that are open by now: those without a passphrase, and what was opened in this run."""
        every = self._age.identities if "_age" in self.__dict__ else self.identities
        return [identity for identity in every if identity.kind in UNLOCKED]

    def open_more(self, recipients: Sequence[str]) -> Iterator[list[Identity]]:
        """Further identities, a few at a time: what key commands give for these age recipients, then, where there is a terminal to
        ask for a passphrase, what the locked identity files hold."""
        return self._age.open_more(recipients)

    def own(self) -> list[OwnRecipient]:
        """The recipients of the available identities. Runs no command and asks for no passphrase, so it may be incomplete."""
        recipients = [OwnRecipient(Recipient("age", i.recipient), i.source) for i in self.identities if i.recipient]
        recipients += [OwnRecipient(Recipient("pgp", key.fingerprint), "gpg") for key in self.pgp_keys if key.usable]
        return list({own.recipient: own for own in reversed(recipients)}.values())[::-1]

    @cached_property
    def pgp_keys(self) -> list[pgp.Key]:
        """The PGP keys whose private key gpg has."""
        from sealkit.keys import pgp

        return pgp.secret_keys(self.environ)

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """Key files that other users can read, as (message, hint)."""
        return [
            (f"{source.label}: other users can read this key file", f"chmod 600 {source.path}")
            for source in self.sources
            if source.readable_by_others()
        ]

    def _add_problem(self, error: SealkitError) -> None:
        if error.message not in {problem.message for problem in self.problems}:
            self.problems.append(error)
