"""The `sops` block of a sealed file as plain data, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

CLOUD_KINDS = ("kms", "gcp_kms", "hckms", "azure_kv", "hc_vault")
"""The recipient kinds whose key service only the `sops` program talks to."""

RECIPIENT_KINDS = ("pgp", *CLOUD_KINDS, "age")
"""Every kind of recipient, by the name of its list in a `sops` block."""

SELECTOR_MODES = (
    "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
    "unencrypted_comment_regex", "encrypted_comment_regex",
)  # fmt: skip
"""The six ways to select leaves. A file, or a creation rule, has at most one."""


class Recipient(NamedTuple):
    """Who a file is sealed to: `kind` is one of `RECIPIENT_KINDS`, `id` an age or ssh recipient, a PGP fingerprint, an ARN or a
    URL.

    `fields` are the other settings of the entry (an AWS role, a Vault engine path), without `enc` and `created_at`.
    """

    kind: str
    id: str
    fields: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.id


class Wrapped(NamedTuple):
    """The data key encrypted to one recipient. With several key groups it is the group's share of the data key."""

    recipient: Recipient
    enc: str
    created_at: str = ""


@dataclass(frozen=True, slots=True)
class Selector:
    """Which leaves of a file are sealed."""

    mode: str = ""
    """One of `SELECTOR_MODES`; empty where the file names none. sops then applies `unencrypted_suffix: _unencrypted`."""
    pattern: str = ""

    def __str__(self) -> str:
        """`encrypted_regex=^data$`; empty for the default of sops."""
        return f"{self.mode}={self.pattern}" if self.mode else ""


@dataclass(slots=True)
class Metadata:
    """The whole block. `order` holds its keys in the order of the file, which a write keeps."""

    groups: list[list[Wrapped]] = field(default_factory=list)
    threshold: int = 0
    mac: str = ""
    lastmodified: str = ""
    version: str = ""
    selector: Selector = Selector()
    mac_only_encrypted: bool = False
    order: tuple[str, ...] = ()

    def wrapped(self) -> Iterator[Wrapped]:
        """The wrapped data keys, or shares of it, of all groups."""
        for group in self.groups:
            yield from group

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        """The recipients of all groups, in the order of the block."""
        return tuple(entry.recipient for entry in self.wrapped())
