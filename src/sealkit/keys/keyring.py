"""The key ring: every identity that sops would use, read only when a wrapped data key is to be opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import age_format, identities, identity_sources, pgp
from sealkit.keys.identities import Identity
from sealkit.keys.identity_sources import Source
from sealkit.keys.unwrap import AgeOpener, Batch, Copy
from sealkit.sealed.metadata import Recipient, Wrapped

Request = tuple[Sequence[Wrapped], str]
"""The wrapped copies of one data key, or of one share, and the path of their file for messages."""


@dataclass(frozen=True, slots=True)
class Own:
    """A recipient that an identity at hand opens, and where that identity is."""

    recipient: Recipient
    source: str


@dataclass
class Keyring:
    """Made by `discover`. `problems` fills as sources turn out to be unusable; they stop nobody whose file another one opens."""

    sources: list[Source]
    environ: Mapping[str, str] = field(repr=False)
    problems: list[SealkitError] = field(default_factory=list)

    @classmethod
    def discover(cls, environ: Mapping[str, str]) -> Keyring:
        """Every source that sops reads. Looks for files, opens none."""
        return cls(identity_sources.discover(environ), environ)

    # --- opening

    def unwrap(self, wrapped: Sequence[Wrapped], path: str = "") -> list[bytes | None]:
        """What each copy holds: 32 bytes of data key, or 33 of a share; None where no identity opens it."""
        return self.unwrap_batch([(wrapped, path)])[0]

    def unwrap_batch(self, requests: Sequence[Request]) -> list[list[bytes | None]]:
        """`unwrap` for many files: one gpg run, one session of each plugin."""
        answers: list[list[bytes | None]] = [[] for _ in requests]
        for copy in self._opened(requests, every=True):
            answers[copy.request].append(copy.opened)
        return answers

    def first(self, wrapped: Sequence[Wrapped], path: str = "") -> bytes | None:
        """What the first copy that opens holds, in the order of SOPS_DECRYPTION_ORDER; None where none does."""
        return self.first_batch([(wrapped, path)])[0]

    def first_batch(self, requests: Sequence[Request]) -> list[bytes | None]:
        """`first` for many files or key groups: one gpg run, one session of each plugin."""
        return [copy.opened if copy else None for copy in self._first(requests)]

    def opens(self, requests: Sequence[Request]) -> list[str]:
        """What opens each request: the label of a source (a path, a variable, `gpg`), or the empty string."""
        return [copy.source if copy else "" for copy in self._first(requests)]

    def refusal(self, wrapped: Sequence[Wrapped], path: str) -> SealkitError:
        """Why none of these copies opens, for the caller to raise: who could open the file, and which source was unusable."""
        for entry in wrapped:
            if entry.recipient.kind == "age":
                try:
                    age_format.parse(entry.enc)
                except ValueError as error:
                    return SealkitError(
                        f"{path}: the data key for {str(entry.recipient)[:80]} is no age file: {error}",
                        hint="restore the file from its history",
                    )
        if self.problems:
            first = self.problems[0]
            return type(first)(f"{path}: no identity at hand opens it, and {first.message}", hint=first.hint)
        names = [str(entry.recipient)[:80] for entry in wrapped]
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        looked = ", ".join(source.label for source in self.sources) or "every place where sops looks, and found no key"
        return NoIdentityError(
            f"{path}: no identity at hand opens it; it is sealed to {shown or 'nobody'}",
            hint=f"looked in {looked}; more: sealkit doctor",
        )

    def _first(self, requests: Sequence[Request]) -> list[Copy | None]:
        found: dict[int, Copy] = {}
        for copy in self._opened(requests, every=False):
            if copy.opened is not None:
                found.setdefault(copy.request, copy)
        return [found.get(at) for at in range(len(requests))]

    def _opened(self, requests: Sequence[Request], *, every: bool) -> list[Copy]:
        copies = [Copy(at, entry) for at, (wrapped, _) in enumerate(requests) for entry in wrapped]
        batch = Batch(copies, every=every)
        for kind in self._order():
            if batch.left(kind):
                self._open_pgp(batch) if kind == "pgp" else self._age.open(batch)
        return copies

    def _order(self) -> list[str]:
        """age and pgp in the order of SOPS_DECRYPTION_ORDER (default `age,pgp`); cloud key services are not opened here."""
        wanted = [part.strip() for part in self.environ.get("SOPS_DECRYPTION_ORDER", "").split(",")]
        return list(dict.fromkeys([part for part in wanted if part in {"age", "pgp"}] + ["age", "pgp"]))

    def _open_pgp(self, batch: Batch) -> None:
        """One gpg run for everything; where one copy is enough, for one copy of each file at a time, ours first, so that
        nobody is asked for a card that is not needed."""
        queue = batch.left("pgp")
        if len(queue) > len({copy.request for copy in queue}):
            keys = self.pgp_keys
            queue.sort(key=lambda copy: not any(key.named(copy.wrapped.recipient.id) for key in keys))
        try:
            while queue:
                turn = queue if batch.every else list({copy.request: copy for copy in reversed(queue)}.values())
                for copy, opened in zip(turn, pgp.decrypt([c.wrapped.enc for c in turn], self.environ), strict=True):
                    batch.settle(copy, opened, "gpg")
                tried = set(turn)
                queue = [copy for copy in queue if copy not in tried and batch.wants(copy)]
        except SealkitError as error:
            self._note(error)

    # --- what is at hand

    @cached_property
    def _age(self) -> AgeOpener:
        commands = [source for source in self.sources if source.command]
        return AgeOpener(self.identities, commands, self.environ, self._note)

    @cached_property
    def identities(self) -> list[Identity]:
        """The identities of all sources but commands, locked ones as they are."""
        found: list[Identity] = []
        for source in self.sources:
            if not source.command:
                try:
                    found += identities.read(source.read(self.environ), source.label)
                except SealkitError as error:
                    self._note(error)
        return found

    def own(self) -> list[Own]:
        """Whom the identities at hand are, known without asking anybody: no command is run, no passphrase needed."""
        found = [Own(Recipient("age", i.recipient), i.source) for i in self.identities if i.recipient]
        found += [Own(Recipient("pgp", key.fingerprint), "gpg") for key in self.pgp_keys if key.usable]
        return list({own.recipient: own for own in reversed(found)}.values())[::-1]

    @cached_property
    def pgp_keys(self) -> list[pgp.Key]:
        """The PGP keys whose secret part gpg knows."""
        return pgp.secret_keys(self.environ)

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """Key files that others can read: (message, hint)."""
        return [
            (f"{source.label}: others can read this key file", f"chmod 600 {source.path}")
            for source in self.sources
            if source.exposed()
        ]

    def _note(self, error: SealkitError) -> None:
        if error.message not in {known.message for known in self.problems}:
            self.problems.append(error)
