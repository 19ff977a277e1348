"""What this machine remembers of a repository: its signer, the highest version of every file, and the ledger that verified.

A pin is made on first use and lies outside the repository (`$XDG_CONFIG_HOME/sealkit/pins/`, one file of mode 0600 for
each repository, known by its git common dir), so nothing that a clone or a pull brings can move it. `SEALKIT_SIGNER` names
the signing key instead, where nothing is kept between runs (CI).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.ledger.signing import leads_to, verify
from sealkit.ledger.text import NAME, Ledger
from sealkit.source import files

VARIABLE = "SEALKIT_SIGNER"
OLD_VARIABLE = "SEALKIT_HOUSE"


@dataclass(slots=True)
class Pin:
    """A repository as this machine knows it. `signer` is empty before the first use."""

    path: Path
    repository: str = ""
    signer: str = ""
    versions: dict[str, int] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """What each path held at that version, so that a message can say what differs."""
    verified: str = ""
    """SHA-256 of the ledger text whose every signature held."""

    def save(self) -> None:
        """Write it, readable by its owner alone. Raises SealkitError."""
        body = {
            "version": 1, "repository": self.repository, "signer": self.signer, "verified": self.verified,
            "versions": dict(sorted(self.versions.items())), "digests": dict(sorted(self.digests.items())),
        }  # fmt: skip
        files.write(self.path, (json.dumps(body, indent=1) + "\n").encode(), mode=0o600)


def folder(environ: Mapping[str, str]) -> Path:
    """Where pins lie."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".config")
    return Path(base) / "sealkit" / "pins"


def load(common_dir: Path, environ: Mapping[str, str]) -> Pin:
    """The pin of a repository. Raises SealkitError where there is one that cannot be read: no pin must not look like it."""
    where = str(common_dir.resolve())
    path = folder(environ) / f"{hashlib.sha256(where.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
    if not path.exists():
        return Pin(path, where)
    try:
        body = json.loads(files.read(path))
        versions = {str(name): int(number) for name, number in body["versions"].items()}
        digests = {str(name): str(text) for name, text in body["digests"].items()}
        return Pin(path, where, str(body["signer"]), versions, digests, str(body["verified"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealkitError(
            f"{path}: not a pin of sealkit", hint="compare the signing key with a colleague, then remove that file"
        ) from None


def admit(text: str | None, pin: Pin, environ: Mapping[str, str]) -> Ledger | None:
    """The ledger of this text, verified and under the signing key that this machine trusts; None where there never was one.

    Raises RefusedError if the whole ledger was removed, the signing key was replaced, or a signature does not verify.
    """
    if OLD_VARIABLE in environ:
        raise UsageError(f"{OLD_VARIABLE} was renamed to {VARIABLE}", hint=f"export {VARIABLE}=${OLD_VARIABLE}")
    override = environ.get(VARIABLE, "").strip()
    trusted = override or pin.signer
    if text is None:
        if not trusted:
            return None
        source = VARIABLE if override else f"the pin of this machine ({pin.path})"
        raise RefusedError(
            f"{NAME}: the whole ledger was removed, and {source} knows its signer",
            hint=f"restore it: git checkout HEAD -- {NAME}; to go on without a ledger, remove the pin",
        )
    ledger = Ledger.parse(text)
    if trusted and not leads_to(ledger, trusted):
        raise RefusedError(
            f"{NAME}:1: the signing key was replaced: it is {ledger.signer}, "
            f"{VARIABLE if override else 'this machine'} knows {trusted}",
            hint="ask a colleague on another channel; if it is right, "
            + (f"name it in {VARIABLE}" if override else f"remove {pin.path}"),
        )
    if pin.verified != _digest(text):
        verify(ledger)
    return ledger


def remember(
    pin: Pin, ledger: Ledger, text: str, environ: Mapping[str, str], *, reset: bool = False, looked: bool = False
) -> None:
    """Move the pin to a ledger that `admit` let in, and save it if that changed anything: the signing key follows its
    succession, versions only go up. `reset` starts over for a ledger that was just made here.

    `looked`: it was only read, so versions stay once there is a pin. Otherwise whoever looks at somebody's branch and
    goes back would be told of a replay, and learn to approve replays.

    A ledger that only `SEALKIT_SIGNER` vouches for does not change the pin of another signer. Raises SealkitError where the pin
    cannot be kept and nothing else names the signing key.
    """
    if reset:
        pin.signer, pin.versions, pin.digests = ledger.signer, {}, {}
    elif pin.signer and environ.get(VARIABLE) and not leads_to(ledger, pin.signer):
        return
    before = (pin.signer, pin.verified, dict(pin.versions), dict(pin.digests))
    raised = not (looked and pin.signer)
    pin.signer, pin.verified = ledger.signer, _digest(text)
    for path, entry in ledger.files().items() if raised else ():
        if entry is not None and entry.version >= pin.versions.get(path, 0):
            pin.versions[path], pin.digests[path] = entry.version, entry.sha256
    if reset or before != (pin.signer, pin.verified, pin.versions, pin.digests):
        try:
            pin.save()
        except SealkitError as error:
            if not environ.get(VARIABLE):
                hint = f"{VARIABLE}=ed25519:… names the signing key where nothing can be kept"
                raise SealkitError(error.message, hint=hint) from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
