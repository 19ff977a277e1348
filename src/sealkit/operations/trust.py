"""`trust`: take the signing key of a repository on this machine, and vouch for it with the own identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealkit.errors import NoIdentityError, RefusedError, SealkitError, UsageError
from sealkit.ledger import write_lock
from sealkit.ledger.admission import SIGNER, Admission
from sealkit.ledger.signing import leads_to, verified
from sealkit.ledger.text import Ledger
from sealkit.operations.events import Events
from sealkit.operations.own_vouches import approvers, with_own_vouches
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_ledger
from sealkit.source.filenames import LEDGER
from sealkit.wording import count

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring


def trust(repository: Repository, events: Events, signer: str) -> None:
    """Know this repository under a signing key from now on, which is the one of its ledger.

    Says what the ledger is and what this machine knew before. Where it knew another signing key, a person at a terminal is asked;
    without a terminal, to name the key in full is the answer. Raises RefusedError where the ledger is of another signing key.
    """
    if not SIGNER.match(signer):
        raise UsageError(f"{signer[:80]}: not a signing key", hint="it looks like ed25519: and 43 characters")
    text = repository.ledger_text
    if text is None:
        raise SealkitError(f"this repository has no ledger ({LEDGER}), so it has no signing key", hint="sealkit init")
    ledger = verified(Ledger.parse(text))
    _require_signer_of(ledger, signer, events)
    for line in _told(ledger):
        events.progress(line)
    before = known_before(repository.admission, ledger)
    for line in before:
        events.warning(line)
    if before and events.interactive:
        events.require_yes(
            f"take {ledger.signer} from now on?", hint=f"sealkit trust {ledger.signer}", outcome="nothing was changed"
        )
    repository.admission.take(ledger, text)
    repository.refresh()
    events.progress("this machine knows the signing key now")
    try:
        made = add_own_vouches(repository, with_gpg=True)
    except RefusedError as error:  # SEALKIT_SIGNER names another, or the sealed signing key is another
        events.warning(error.message, error.hint)
        return
    for recipient in made:
        events.progress(f"{recipient} vouches for it: commit {LEDGER}")


def known_before(admission: Admission, ledger: Ledger) -> list[str]:
    """What this machine knows of the clone that says otherwise than the ledger, one line each."""
    return [
        f"by its {what}, this machine knew this repository{' as ' + pin.name if pin.name else ''} under {pin.signer}"
        for what, holders in admission.evidence(ledger.id).items()
        for pin in holders
        if pin.signer != ledger.signer
    ]


def add_own_vouches(repository: Repository, *, with_gpg: bool = False, keyring: Keyring | None = None) -> list[str]:
    """Sign the vouches that are missing of own identities (default: those at hand) that may approve; the recipients of those.

    Opens the signing key for it: without one that may approve at hand, nothing is done. Raises SealkitError.
    """
    keyring = keyring or repository.keyring
    with write_lock.hold(repository.common_dir):
        repository.refresh()
        ledger = repository.require_ledger()
        if not approvers(ledger):
            return []
        try:
            key = repository.signing_key(keyring)
        except NoIdentityError:
            return []
        after, made = with_own_vouches(ledger, key, keyring, with_gpg=with_gpg)
        if made:
            write_ledger(repository, after, key)
        return made


def _require_signer_of(ledger: Ledger, signer: str, events: Events) -> None:
    """Raises RefusedError unless the ledger is of this signing key, or of one that it handed over to and that a person takes."""
    if ledger.signer == signer:
        return
    if not leads_to(ledger, signer):
        raise RefusedError(
            f"{LEDGER}:1: its signing key is another one: {ledger.signer}",
            hint="ask who told you which one is right; do not go on before that",
        )
    events.require_yes(
        f"{signer} handed over to {ledger.signer}: take that one?",
        hint=f"ask whether that is right, then: sealkit trust {ledger.signer}",
        outcome="nothing was changed",
    )


def _told(ledger: Ledger) -> list[str]:
    who = ", ".join(approvers(ledger)) or "nobody whom the ledger names"
    return [
        f"repository: {ledger.name or 'without a name'}{f' ({ledger.id})' if ledger.id else ''}",
        f"signing key: {ledger.signer}, which signed {count(len(ledger.lines), 'line')}",
        f"who may approve: {who}",
    ]
