"""The `sops` block of a sealed file as plain data, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

CLOUD = ("kms", "gcp_kms", "hckms", "azure_kv", "hc_vault")
"""Key services that only the `sops` program talks to."""

LISTS = ("pgp", *CLOUD, "age")
"""Every list of recipients that a `sops` block can hold."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who a file is sealed to: `kind` is a name of `LISTS`; `id` an age or ssh recipient, a PGP fingerprint, an ARN, a URL.

    `fields` are the other settings of the entry, without `enc` and `created_at` (an AWS role, a Vault engine path).
    """

    kind: str
    id: str
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True, slots=True)
class Wrapped:
    """One recipient's copy of the data key, or of its share where there are several key groups."""

    recipient: Recipient
    enc: str
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which leaves are sealed: at most one of the six is set; none means all but `*_unencrypted`."""

    mode: str = ""
    """`unencrypted_suffix`, `encrypted_suffix`, `unencrypted_regex`, `encrypted_regex`, `unencrypted_comment_regex` or
    `encrypted_comment_regex`; empty where the file names none (then sops applies `unencrypted_suffix: _unencrypted`)."""
    pattern: str = ""


@dataclass(slots=True)
class Metadata:
    """The whole block. `order` is the order of its keys as found, kept when it is written again."""

    groups: list[list[Wrapped]] = field(default_factory=list)
    threshold: int = 0
    mac: str = ""
    lastmodified: str = ""
    version: str = ""
    selector: Selector = Selector()
    mac_only_encrypted: bool = False
    order: tuple[str, ...] = ()

    def wrapped(self) -> Iterator[Wrapped]:
        """All copies of the data key or its shares, over all groups."""
        for group in self.groups:
            yield from group

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """Everyone the file is sealed to, in the order of the block."""
        return tuple(entry.recipient for entry in self.wrapped())
