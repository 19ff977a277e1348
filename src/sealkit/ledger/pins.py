"""What this machine remembers of a repository: its signing key, by what it knows it again, and the versions that a program got.

Pins lie outside the repositories (`$XDG_CONFIG_HOME/sealkit/pins/`, one file of mode 0600 each), so nothing that a clone or a pull
brings can move them. A repository is known by its id, its root commits, its origin and its folder. `ledger.admission` decides
what they say of a ledger.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sealkit.errors import SealkitError
from sealkit.source import files

_VERSION = 2
_MOST = 32
"""How many folders and addresses a pin keeps, the latest."""
_TEXTS = 8
"""How many texts of the ledger: clones on several branches take turns."""


@dataclass(slots=True)
class Pin:
    """A repository as this machine knows it. `signer` is empty before it is taken."""

    path: Path
    signer: str = ""
    id: str = ""
    name: str = ""
    folders: tuple[str, ...] = ()
    """The git folder of each clone, the latest last."""
    roots: frozenset[str] = frozenset()
    origins: tuple[str, ...] = ()
    """The addresses that it was cloned from or pushed to, the latest last."""
    followed: tuple[str, ...] = ()
    """The signing keys before this one: this machine went from each to the next knowingly."""
    verified: tuple[str, ...] = ()
    """SHA-256 of ledger texts whose every signature held, the latest last."""
    versions: dict[str, int] = field(default_factory=dict)
    """The highest version of each path that `exec` handed to a program. What was merely written or rendered does not count: whoever
    edits on one branch and works on another would be told of a replay, and learn to approve replays."""
    stored: str = ""
    """The signing key in the file, as it was read."""

    def move(self, signer: str) -> None:
        """Know this signing key from now on."""
        if self.signer and self.signer != signer:
            self.followed = _latest((*self.followed, self.signer))
            self.verified = ()
        self.signer = signer

    def save(self, *, merge: bool = True) -> None:
        """Write it, readable by its owner alone, together (`merge`) with what other processes have written since. Raises
        SealkitError."""
        with _lock(self.path.parent):
            if merge and self.path.exists():
                self._merge(_read(self.path))
            files.write(self.path, (json.dumps(self._body(), indent=1) + "\n").encode(), mode=0o600)
            self.stored = self.signer

    def _merge(self, there: Pin) -> None:
        if there.signer not in {self.stored, self.signer}:
            # another process took another signing key meanwhile: that decision stays
            self.signer, self.followed, self.verified = there.signer, there.followed, ()
        if there.signer == self.signer:
            self.verified = tuple(dict.fromkeys((*there.verified, *self.verified)))[-_TEXTS:]
        self.id, self.name = self.id or there.id, self.name or there.name
        self.folders = _latest(tuple(dict.fromkeys((*there.folders, *self.folders))))
        self.roots |= there.roots
        self.origins = _latest(tuple(dict.fromkeys((*there.origins, *self.origins))))
        highest = {path: max(number, there.versions.get(path, 0)) for path, number in self.versions.items()}
        self.versions = there.versions | highest

    def _body(self) -> dict[str, Any]:
        return {
            "version": _VERSION, "id": self.id, "name": self.name, "signer": self.signer,
            "followed": list(self.followed), "folders": list(self.folders),
            "roots": sorted(self.roots), "origins": list(self.origins), "verified": list(self.verified),
            "versions": dict(sorted(self.versions.items())),
        }  # fmt: skip

    def learn(self, *, folder: str, roots: frozenset[str], origin: str) -> bool:
        """Add what a clone of it is known by; whether anything was new."""
        before = (self.folders, self.roots, self.origins)
        self.folders = _latest((*(one for one in self.folders if one != folder), folder))
        self.roots |= roots
        if origin:
            self.origins = _latest((*(one for one in self.origins if one != origin), origin))
        return (set(before[0]), before[1], set(before[2])) != (set(self.folders), self.roots, set(self.origins))

    def forget(self, folder: str, origin: str) -> bool:
        """Leave a folder and an origin to another repository; whether it had one of them."""
        had = folder in self.folders or origin in self.origins
        self.folders = tuple(one for one in self.folders if one != folder)
        self.origins = tuple(one for one in self.origins if one != origin)
        return had

    def note(self, text: str) -> bool:
        """Remember a ledger text whose every signature held; whether it is new."""
        known = digest(text)
        if known in self.verified:
            return False
        self.verified = (*self.verified, known)[-_TEXTS:]
        return True


def digest(text: str) -> str:
    """SHA-256 of a ledger text, as `Pin.verified` holds it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def folder(environ: Mapping[str, str]) -> Path:
    """Where pins lie."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME") or Path.home()) / ".config")
    return Path(base) / "sealkit" / "pins"


def read_all(environ: Mapping[str, str]) -> list[Pin]:
    """Every pin of this machine. Raises SealkitError where one cannot be read: no pin must not look like it."""
    where = folder(environ)
    try:
        paths = sorted(
            path for path in where.iterdir() if path.name.endswith(".json") and not path.name.startswith(".")
        )
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SealkitError(
            f"{where}: {(error.strerror or 'cannot be read').lower()}", hint="make it a folder that you can read"
        ) from None
    return [_read(path) for path in paths]


def new(environ: Mapping[str, str], repository_id: str, signer: str) -> Pin:
    """A pin that is not on disk yet. Two clones that take the same ledger at the same time write the same file."""
    name = hashlib.sha256(f"{repository_id}\n{signer}".encode()).hexdigest()[:32]
    return Pin(folder(environ) / f"{name}.json", id=repository_id)


def _read(path: Path) -> Pin:
    try:
        body = json.loads(files.read(path))
        if body["version"] == 1:
            # found by folder alone, and its versions were those of mere writing
            return Pin(path, str(body["signer"]), folders=(str(body["repository"]),), stored=str(body["signer"]))
        if body["version"] != _VERSION:
            raise SealkitError(f"{path}: written by a later version", hint="update sealkit")
        lists = {key: tuple(map(str, body[key])) for key in ("folders", "origins", "followed", "verified")}
        return Pin(
            path, str(body["signer"]), str(body["id"]), str(body["name"]), roots=frozenset(map(str, body["roots"])),
            versions={str(name): int(number) for name, number in body["versions"].items()}, stored=str(body["signer"]),
            **lists,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SealkitError(
            f"{path}: not a pin of sealkit", hint="compare the signing key with a colleague, then remove that file"
        ) from None


def _latest(texts: tuple[str, ...]) -> tuple[str, ...]:
    return texts[-_MOST:]


@contextlib.contextmanager
def _lock(where: Path) -> Iterator[None]:
    """Hold the lock of everyone who writes pins. It is gone with its process."""
    try:
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(where / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SealkitError(f"{where}: {(error.strerror or 'cannot be written').lower()}") from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
