"""Why a ledger is not let in, in words: its signing key is not known here, was replaced, or was handed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealkit.errors import RefusedError, SealkitError
from sealkit.ledger.pins import Pin
from sealkit.ledger.signing import leads_to
from sealkit.ledger.text import NAME, Ledger

VARIABLE = "SEALKIT_SIGNER"


def not_named(ledger: Ledger, named: str) -> RefusedError:
    """What stops where `SEALKIT_SIGNER` names another signing key than a verified ledger."""
    problem = "was handed over: it is" if leads_to(ledger, named) else "was replaced: it is"
    return RefusedError(
        f"{NAME}:1: the signing key {problem} {ledger.signer}, {VARIABLE} knows {named}",
        hint=f"ask a colleague on another channel; if it is right, name it in {VARIABLE}",
    )


def unknown_signer(ledger: Ledger) -> RefusedError:
    """What stops where neither a pin nor a vouch knows the signing key."""
    name = f" of {ledger.name}" if ledger.name else ""
    return RefusedError(
        f"{NAME}:1: this machine does not know the signing key{name}: {ledger.signer}",
        hint="compare it with another machine (sealkit doctor), or ask on another channel who may approve; if it is right: "
        f"sealkit trust {ledger.signer} (in CI: {VARIABLE})",
    )


class ReplacedSignerError(RefusedError):
    """A repository that this machine knows, under a signing key that it does not know for it."""

    def __init__(self, ledger: Ledger, others: Mapping[str, Sequence[Pin]]) -> None:
        super().__init__(f"{NAME}:1: the signing key was replaced: it is {ledger.signer}")
        self.others = others

    def handed_over(self, ledger: Ledger) -> Pin | None:
        """The pin that a verified ledger was handed over from, if all that is known of the clone says the same."""
        found = [
            next((pin for pin in holders if leads_to(ledger, pin.signer)), None) for holders in self.others.values()
        ]
        return found[0] if found and all(pin is not None for pin in found) else None

    def told(self, ledger: Ledger) -> RefusedError:
        """The error, once it is known whether the key was handed over."""
        what, holders = next(iter(self.others.items()))
        known = f"this machine knows {holders[0].signer} (by its {what})"
        handed = self.handed_over(ledger) is not None
        problem = "was handed over to" if handed else "was replaced: it is"
        return RefusedError(
            f"{NAME}:1: the signing key {problem} {ledger.signer}; {known}",
            hint="ask who may approve, on another channel; "
            + ("" if handed else "a repository of somebody else that shares the past of yours looks the same; ")
            + f"if it is right: sealkit trust {ledger.signer}",
        )


def not_kept(error: SealkitError) -> SealkitError:
    hint = f"{VARIABLE}=ed25519:… names the signing key where nothing can be kept"
    return SealkitError(error.message, hint=hint)
