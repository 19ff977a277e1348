"""Checks of trust: how this machine knows the signing key, and who vouches for it."""

from __future__ import annotations

from collections.abc import Iterator

from sealkit.keys.vouching import can_vouch
from sealkit.ledger import vouches
from sealkit.ledger.recipient_names import recipient_name
from sealkit.ledger.signer_refusals import VARIABLE
from sealkit.operations.doctor.check import Check, CheckContext, Level
from sealkit.operations.own_vouches import approvers


def signer(context: CheckContext) -> Iterator[Check]:
    """How this machine knows the signing key. Raises RefusedError where it does not."""
    repository = context.repository
    ledger = repository.ledger
    if ledger is None:
        return
    name = f" of {ledger.name}" if ledger.name else ""
    if repository.admission.override:
        yield Check(Level.OK, "signer", f"{VARIABLE} names the signing key{name}: {ledger.signer}")
    elif repository.pin.stored != ledger.signer:
        yield Check(
            Level.RISK, "signer", f"{repository.pin.path} cannot be written, so this machine asks for a vouch each time",
            f"make {repository.pin.path.parent} writable",
        )  # fmt: skip
    else:
        yield Check(Level.OK, "signer", f"this machine knows the signing key{name}: {ledger.signer}")


def vouched(context: CheckContext) -> Iterator[Check]:
    """Whether each approver's key can tell a new machine the signing key."""
    repository = context.repository
    ledger = repository.ledger
    if ledger is None:
        return
    have = vouches.about(ledger)
    own = {recipient_name(identity.recipient) for identity in repository.keyring.own()}
    missing = [recipient for recipient in approvers(ledger) if recipient not in have]
    for recipient in missing:
        if not can_vouch(recipient):
            text = (
                f"{recipient[:80]} cannot vouch: on a new machine, its owner must know the signing key: {ledger.signer}"
            )
            yield Check(Level.NOTE, "vouch", text)
        elif recipient in own:
            text = f"{recipient[:80]}, which is yours, does not vouch for the signing key, so a new machine will not know it"
            yield Check(Level.RISK, "vouch", text, f"sealkit trust {ledger.signer}")
        else:
            text = f"{recipient[:80]} does not vouch for the signing key yet: it will when its owner signs something"
            yield Check(Level.NOTE, "vouch", f"{text}; a key on paper: sealkit doctor --with KEYFILE")
    if approvers(ledger) and not missing:
        yield Check(Level.OK, "vouch", "every key that may approve vouches for the signing key")
