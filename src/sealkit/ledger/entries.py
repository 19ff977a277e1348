"""What key holders approve: one kind of entry for each kind of line in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A sealed file: what it holds and who can open it. `sha256` is `SealedFile.digest`."""

    kind: ClassVar[str] = "file"
    path: str
    version: int
    sha256: str
    to: tuple[str, ...] = ()
    """`kind:id` of each recipient, sorted."""

    @property
    def key(self) -> tuple[str, ...]:
        """What there can be one of: a path is sealed, public or configuration, and its versions go on when that changes."""
        return ("path", self.path)


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A public file that a deploy reads. `sha256` is the digest of its bytes, `free` the digest of its bytes with the free spans
    blanked (empty where it has none)."""

    kind: ClassVar[str] = "public"
    path: str
    version: int
    sha256: str
    free: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """As `FileEntry.key`."""
        return ("path", self.path)


@dataclass(frozen=True, slots=True)
class ConfigEntry:
    """`sealkit.yaml` or `.sops.yaml`, whole: targets, policy and recipients."""

    kind: ClassVar[str] = "config"
    path: str
    version: int
    sha256: str

    @property
    def key(self) -> tuple[str, ...]:
        """As `FileEntry.key`."""
        return ("path", self.path)


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """A folder that a deploy reads: `names` is the digest of the sorted names in it, so that a file that is gone together with its
    line is seen. The empty path is the root."""

    kind: ClassVar[str] = "folder"
    path: str
    version: int
    names: str

    @property
    def key(self) -> tuple[str, ...]:
        """A folder is approved as a whole."""
        return ("folder", self.path)


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


@dataclass(frozen=True, slots=True)
class VouchEntry:
    """Proof by the identity of an approver that `signer` is the signing key that it knew for this repository.

    `repository` is the id of the repository, `name` its name, `recipient` the `kind:id` of the approver, `proof` base64url.
    """

    kind: ClassVar[str] = "vouch"
    repository: str
    name: str
    recipient: str
    signer: str
    proof: str

    @property
    def key(self) -> tuple[str, ...]:
        """An approver vouches for one signing key."""
        return (self.kind, self.recipient, self.signer)


VersionedEntry = FileEntry | PublicEntry | ConfigEntry | FolderEntry
"""Entries whose version only goes up."""
PathEntry = FileEntry | PublicEntry | ConfigEntry
"""Entries that approve the bytes of one file."""
LedgerEntry = VersionedEntry | SignerEntry | VouchEntry
KINDS: dict[str, type[LedgerEntry]] = {
    kind.kind: kind for kind in (FileEntry, PublicEntry, ConfigEntry, FolderEntry, SignerEntry, VouchEntry)
}
"""Each kind by the first word of its line."""
RETIRED = frozenset({"place", "reach", "access", "target", "recipient"})
"""Kinds of lines of earlier versions. They approve nothing any more: the files that they were about are signed whole."""
