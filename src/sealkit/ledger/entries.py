"""What key holders approve: one kind of entry for each, and the digests that they hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A sealed file: what it holds and who can open it. `version` only goes up; `sha256` is `SealedFile.digest`."""

    kind: ClassVar[str] = "file"
    path: str
    version: int
    sha256: str
    to: tuple[str, ...] = ()
    """`kind:id` of each recipient, sorted."""

    @property
    def key(self) -> tuple[str, ...]:
        """What there can be one of."""
        return (self.kind, self.path)


@dataclass(frozen=True, slots=True)
class PlaceEntry:
    """A place of a named value: value `name` stands in `route` of `object`, within this text.

    `object` is `str(ObjectRef)`, `route` the named form (`.env[DSN].value`), `around` the `digest` of the field's text
    with the placeholder in it, so that a moved host in a URL is another place.
    """

    kind: ClassVar[str] = "place"
    name: str
    object: str
    route: str
    around: str

    @property
    def key(self) -> tuple[str, ...]:
        """A place is approved as a whole."""
        return (self.kind, self.name, self.object, self.route, self.around)


@dataclass(frozen=True, slots=True)
class ReachEntry:
    """A container that gets a sealed object or value.

    `origin` says what (`private/db.yaml#.password`, or `Secret shop/db`), `workload` is `str(ObjectRef)`, `image` is the
    repository without tag or digest, `command` and `args` are `digest`s of the lists (empty where the image decides),
    `account` is the service account, `settings` a digest of what else decides what the container does with it (environment,
    hooks, mounts, open configuration). An object that is no workload and holds or names a sealed value is one too: it has no
    container and no image.
    """

    kind: ClassVar[str] = "reach"
    origin: str
    workload: str
    container: str
    image: str
    command: str = ""
    args: str = ""
    account: str = ""
    settings: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """A reach is approved as a whole."""
        return (
            self.kind,
            self.origin,
            self.workload,
            self.container,
            self.image,
            self.command,
            self.args,
            self.account,
            self.settings,
        )


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """New RBAC on secrets: `subject` may do `verbs` (comma-separated) on `secrets` (names, or `*`) through `role`."""

    kind: ClassVar[str] = "access"
    role: str
    subject: str
    secrets: str
    verbs: str

    @property
    def key(self) -> tuple[str, ...]:
        """Access is approved as a whole."""
        return (self.kind, self.role, self.subject, self.secrets, self.verbs)


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """Where the sealed files of a target go: its kube context (empty: whichever is current), its namespace, and its private
    folders (comma-separated)."""

    kind: ClassVar[str] = "target"
    name: str
    context: str
    namespace: str
    private: str

    @property
    def key(self) -> tuple[str, ...]:
        """A target is approved as a whole."""
        return (self.kind, self.name, self.context, self.namespace, self.private)


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """Someone whom the policy's rule number `position` (from 1; the first that matches counts) seals to.

    `recipient` is `kind:id`; `rule` its `path_regex`, empty where the rule takes every path; `selects` its selector, as in
    `encrypted_regex=^data$`.
    """

    kind: ClassVar[str] = "recipient"
    recipient: str
    rule: str
    position: int = 1
    selects: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """A recipient is approved for one rule."""
        return (self.kind, self.recipient, self.rule, str(self.position), self.selects)


@dataclass(frozen=True, slots=True)
class SignerEntry:
    """A signing key handed over: signed by `old`, so that pins follow it by themselves."""

    kind: ClassVar[str] = "signer"
    old: str
    new: str

    @property
    def key(self) -> tuple[str, ...]:
        """A key has one successor."""
        return (self.kind, self.old)


LedgerEntry = FileEntry | PlaceEntry | ReachEntry | AccessEntry | TargetEntry | RecipientEntry | SignerEntry
KINDS: dict[str, type[LedgerEntry]] = {
    kind.kind: kind
    for kind in (FileEntry, PlaceEntry, ReachEntry, AccessEntry, TargetEntry, RecipientEntry, SignerEntry)
}
"""Each kind by the first word of its line."""


def digest(*parts: str) -> str:
    """SHA-256 in hex of a list of texts, unambiguous about where one ends. Used for `around`, `command` and `args`.

    Sealed values must be masked before: the ledger is public, and a hash of a short secret can be guessed.
    """
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
