"""Whether the signing key that a ledger names is the one that this machine knows for its repository.

Nothing is taken silently. A ledger is let in under the signing key that the pin of its repository names, or that `SEALKIT_SIGNER`
names, or that an identity at hand has vouched for. A repository is known by its id, its root commits, its origin and its folder:
where any of these is known under other signing keys alone, the ledger is refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger import pins
from sealkit.ledger.pins import Pin
from sealkit.ledger.signer_refusals import VARIABLE, ReplacedSignerError, not_kept, not_named, unknown_signer
from sealkit.ledger.signing import leads_to, verified
from sealkit.ledger.text import NAME, Ledger
from sealkit.source import files, git
from sealkit.source.clone_facts import CloneFacts
from sealkit.source.filenames import SIGNING_KEY

OLD_VARIABLE = "SEALKIT_HOUSE"
SIGNER = re.compile(r"ed25519:[A-Za-z0-9_-]{43}\Z")
"""The form of a signing key."""
Vouched = Callable[[Ledger], str]
"""The recipient of an identity at hand that vouches for the signing key of a verified ledger; empty without one."""


def no_vouch(ledger: Ledger) -> str:  # noqa: ARG001 - one signature
    """Where no identity may be looked at."""
    return ""


class Admission:
    """The pins of this machine, as seen from one clone, and the one of its repository once its ledger was let in."""

    def __init__(self, facts: CloneFacts, environ: Mapping[str, str]) -> None:
        """Read every pin. Raises SealkitError where one cannot be read."""
        if OLD_VARIABLE in environ:
            raise UsageError(f"{OLD_VARIABLE} was renamed to {VARIABLE}", hint=f"export {VARIABLE}=${OLD_VARIABLE}")
        self.facts = facts
        self.environ = environ
        self.override = environ.get(VARIABLE, "").strip()
        if self.override and not SIGNER.match(self.override):
            raise UsageError(f"{VARIABLE}: not a signing key", hint="it looks like ed25519: and 43 characters")
        self.all = pins.read_all(environ)
        self.pin = Pin(pins.folder(environ) / "none.json")
        """The pin of the ledger that was let in; an empty one before."""
        self.vouch = ""
        """The own recipient whose vouch let the ledger in, where that was needed."""

    # --- what this machine knows

    def evidence(self, repository_id: str) -> dict[str, list[Pin]]:
        """The pins that know this clone, by what they know it: its id, root commit, origin or folder."""
        facts, found = self.facts, {}
        found["id"] = [pin for pin in self.all if repository_id and pin.id == repository_id]
        found["folder"] = [pin for pin in self.all if facts.folder in pin.folders]
        if any(pin.roots for pin in self.all):
            found["root commit"] = [pin for pin in self.all if pin.roots & facts.roots]
        if any(pin.origins for pin in self.all):
            found["origin"] = [pin for pin in self.all if facts.origin and facts.origin in pin.origins]
        return {what: holders for what, holders in found.items() if holders}

    @property
    def is_known(self) -> bool:
        """Whether this machine knows the clone by its folder, root commit or origin, whatever its ledger says."""
        return bool(self.evidence(""))

    def known_as(self, ledger: Ledger) -> Pin | None:
        """The pin under which this machine knows the ledger, None for a repository that it does not know. Raises RefusedError
        where it knows the repository under another signing key."""
        if (quick := self._by_folder(ledger)) is not None:
            return quick
        evidence = self.evidence(ledger.id)
        exact = next((p for holders in evidence.values() for p in holders if p.signer == ledger.signer), None)
        # an earlier version knew a repository by its folder alone, and the folder may have moved
        exact = exact or next((p for p in self.all if p.signer == ledger.signer and not p.id), None)
        others = {
            what: holders for what, holders in evidence.items() if not any(p.signer == ledger.signer for p in holders)
        }
        if exact is not None and list(others) == ["folder"] and len(evidence) == 4:
            others = {}  # another clone took the place of one that was removed: all the rest says which
        if exact is not None and exact.id and exact.id != ledger.id:
            raise RefusedError(
                f"{NAME}:1: the id of the repository was changed: it is {ledger.id or 'gone'}, this machine knows {exact.id}",
                hint=f"restore it: git log -p -- {NAME}",
            )
        if others:
            raise ReplacedSignerError(ledger, others)
        return exact

    def _by_folder(self, ledger: Ledger) -> Pin | None:
        """The pin of a clone in its own folder under its own id: no process is started for that."""
        same = (p for p in self.all if p.signer == ledger.signer and p.id == ledger.id != "")
        return next((pin for pin in same if self.facts.folder in pin.folders), None)

    def knows(self, ledger: Ledger) -> bool:
        """Whether this machine knows the signing key of a ledger; for who only looks, and lets nothing in. Raises RefusedError
        where it knows another one for the repository."""
        if self.override and ledger.signer != self.override:
            raise not_named(verified(ledger), self.override)
        try:
            return bool(self.override) or self.known_as(ledger) is not None
        except ReplacedSignerError as refusal:
            raise refusal.told(verified(ledger)) from None

    # --- letting a ledger in

    def admit(self, text: str | None, vouched: Vouched = no_vouch) -> Ledger | None:
        """The ledger of this text with the lines that verify, under the signing key that this machine trusts; None where there
        never was one.

        Raises RefusedError if the whole ledger was removed, if the signing key is not known here, or if it was replaced.
        """
        if text is None:
            self._require_never_had()
            return None
        ledger = Ledger.parse(text)
        if self.override:
            return self._admit_override(ledger, text)
        try:
            pin = self.known_as(ledger)
        except ReplacedSignerError as refusal:
            ledger = verified(ledger)
            pin = refusal.handed_over(ledger)
            if pin is None or not self._vouched(ledger, vouched):
                raise refusal.told(ledger) from None
        else:
            ledger = self._verified(ledger, text, pin)
            if pin is None:
                if not self._vouched(ledger, vouched):
                    raise unknown_signer(ledger)
                pin = pins.new(self.environ, ledger.id, ledger.signer)
        pin.move(ledger.signer)
        self.pin = pin
        return ledger

    def _admit_override(self, ledger: Ledger, text: str) -> Ledger:
        if ledger.signer != self.override:
            raise not_named(verified(ledger), self.override)
        same = [pin for pin in self.all if pin.signer == ledger.signer and pin.id in {"", ledger.id}]
        ledger = self._verified(ledger, text, same[0] if same else None)
        self.pin = same[0] if same else pins.new(self.environ, ledger.id, ledger.signer)
        self.pin.move(ledger.signer)
        return ledger

    def _vouched(self, ledger: Ledger, vouched: Vouched) -> str:
        self.vouch = vouched(ledger)
        return self.vouch

    def _verified(self, ledger: Ledger, text: str, pin: Pin | None) -> Ledger:
        known = pin is not None and pin.signer == ledger.signer and pins.digest(text) in pin.verified
        return ledger if known else verified(ledger)

    def _require_never_had(self) -> None:
        """Raises RefusedError where something says that there was a ledger."""
        facts, holders = self.facts, [pin for found in self.evidence("").values() for pin in found]
        known = f"the pin of this machine ({holders[0].path}) knows its signer" if holders else ""
        if self.override:
            known = f"{VARIABLE} names its signer"
        if not known and self._has_signing_key():
            known = f"{SIGNING_KEY} is the signing key of one"
        if not known and facts.ever_had(NAME):
            known = "the history of this branch holds one"
        if known:
            hint = f"restore it: git log -- {NAME}, git checkout COMMIT -- {NAME}"
            raise RefusedError(f"{NAME}: the whole ledger was removed: {known}", hint=hint)

    def _has_signing_key(self) -> bool:
        """Whether git has the file of a signing key here. One that git does not have is left of an `init` that was killed."""
        root = self.facts.root
        return os.path.lexists(root / SIGNING_KEY) and bool(git.query(["ls-files", "--", SIGNING_KEY], root))

    # --- remembering it

    def remember(self, ledger: Ledger, text: str) -> None:
        """Keep what is known now of the ledger that was let in, or written here under the signing key that replaced its own.

        A machine that cannot keep anything asks again each time: what let the ledger in is still there.
        """
        pin, facts = self.pin, self.facts
        if self._is_elsewhere(pin):
            return
        changed = (
            pin.signer != ledger.signer or pin.signer != pin.stored or (pin.id, pin.name) != (ledger.id, ledger.name)
        )
        moved = bool(pin.stored) and pin.signer != ledger.signer
        pin.move(ledger.signer)
        pin.id, pin.name = ledger.id or pin.id, ledger.name or pin.name
        if facts.folder not in pin.folders or not pin.roots or (facts.origin and facts.origin not in pin.origins):
            changed |= self._learn(pin)
        # a text with lines that sign nothing is judged again each time, so that they are counted each time
        changed |= not ledger.ignored and pin.note(text)
        if changed:
            try:
                pin.save()
            except SealkitError as error:
                if moved and not self.override:
                    raise not_kept(error) from None
        if pin not in self.all:
            self.all.append(pin)

    def _is_elsewhere(self, pin: Pin) -> bool:
        """Whether `SEALKIT_SIGNER` let in what this machine knows under another signing key: that knowledge stays."""
        return bool(self.override) and any(
            other.signer != pin.signer for holders in self.evidence(pin.id).values() for other in holders
        )

    def take(self, ledger: Ledger, text: str) -> Pin:
        """Know a repository under the signing key of this ledger from now on, because a person said so or because the ledger was
        made here. Its folder and origin are no other's any more; a root commit may be that of a fork. Raises SealkitError."""
        facts = self.facts
        pin = self._to_move(ledger) or pins.new(self.environ, ledger.id, ledger.signer)
        for other in [one for one in self.all if one is not pin]:
            if other.id and other.id == ledger.id:
                files.drop(other.path)  # one repository has one signing key
                self.all.remove(other)
            elif other.forget(facts.folder, facts.origin):
                self._save(other, merge=False)
        pin.move(ledger.signer)
        pin.id, pin.name = ledger.id, ledger.name or pin.name
        self._learn(pin)
        if not ledger.ignored:
            pin.note(text)
        self._save(pin)
        self.pin = pin
        if pin not in self.all:
            self.all.append(pin)
        return pin

    def _learn(self, pin: Pin) -> bool:
        facts = self.facts
        return pin.learn(folder=facts.folder, roots=facts.roots, origin=facts.origin)

    def _to_move(self, ledger: Ledger) -> Pin | None:
        """The pin of the same repository: of its id, or of a signing key that handed over to this one."""
        same = [pin for pin in self.all if pin.signer == ledger.signer and pin.id in {"", ledger.id}]
        same += [pin for pin in self.all if pin.id and pin.id == ledger.id]
        same += [pin for pin in self.all if leads_to(ledger, pin.signer) and pin.id in {"", ledger.id}]
        return same[0] if same else None

    def _save(self, pin: Pin, *, merge: bool = True) -> None:
        try:
            pin.save(merge=merge)
        except SealkitError as error:
            if not self.override:
                raise not_kept(error) from None


def held_under(text: str, pin: Pin) -> Ledger | None:
    """Another version of a repository's ledger (of another branch, of the index) with the lines that verify; None if it is not of
    the signing key that the pin knows. Raises SealkitError for what is no ledger."""
    ledger = Ledger.parse(text)
    return verified(ledger) if ledger.signer == pin.signer else None
