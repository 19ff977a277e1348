"""What this machine remembers of a repository: its signer, the versions that were handed to a program, and the ledger that verified.

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
from sealkit.ledger.signing import leads_to, verified
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
    """The highest version of each path that `exec` handed to a program. What was merely written or rendered does not count: whoever
    edits on one branch and works on another would be told of a replay, and learn to approve replays."""
    verified: str = ""
    """SHA-256 of the ledger text whose every signature held."""

    def save(self) -> None:
        """Write it, readable by its owner alone. Raises SealkitError."""
        body = {
            "version": 1, "repository": self.repository, "signer": self.signer, "verified": self.verified,
            "versions": dict(sorted(self.versions.items())),
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
        return Pin(path, where, str(body["signer"]), versions, str(body["verified"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealkitError(
            f"{path}: not a pin of sealkit", hint="compare the signing key with a colleague, then remove that file"
        ) from None


def admit(text: str | None, pin: Pin, environ: Mapping[str, str]) -> Ledger | None:
    """The ledger of this text with the lines that verify, under the signing key that this machine trusts; None where there never
    was one.

    Raises RefusedError if the whole ledger was removed or the signing key was replaced.
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
    return ledger if pin.verified == _digest(text) else verified(ledger)


def remember(pin: Pin, ledger: Ledger, text: str, environ: Mapping[str, str], *, reset: bool = False) -> None:
    """Move the pin to a ledger that `admit` let in, and save it if that changed anything: the signing key follows its
    succession. `reset` starts over for a ledger that was just made here.

    A ledger that only `SEALKIT_SIGNER` vouches for does not change the pin of another signer. Raises SealkitError where the pin
    cannot be kept and nothing else names the signing key.
    """
    if reset:
        pin.versions = {}
    elif pin.signer and environ.get(VARIABLE) and not leads_to(ledger, pin.signer):
        return
    before = (pin.signer, pin.verified)
    # a text with lines that sign nothing is judged again each time, so that they are counted each time
    pin.signer, pin.verified = ledger.signer, "" if ledger.ignored else _digest(text)
    if reset or before != (pin.signer, pin.verified):
        try:
            pin.save()
        except SealkitError as error:
            if not environ.get(VARIABLE):
                hint = f"{VARIABLE}=ed25519:… names the signing key where nothing can be kept"
                raise SealkitError(error.message, hint=hint) from None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
