"""Recipients as the ledger writes them."""

from __future__ import annotations

from collections.abc import Iterable

from sealkit.sealed.metadata import Recipient


def recipient_name(recipient: Recipient) -> str:
    """A recipient as the ledger writes it: `age:age1…`, with the other settings of a cloud key behind it."""
    fields = "".join(f" {name}={value}" for name, value in recipient.fields)
    return f"{recipient.kind}:{recipient.id}{fields}"


def recipient_names(recipients: Iterable[Recipient]) -> tuple[str, ...]:
    """Recipients as the ledger writes them, sorted, each once."""
    return tuple(sorted({recipient_name(recipient) for recipient in recipients}))
