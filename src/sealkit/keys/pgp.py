"""PGP through the user's gpg, with its agent, smart cards and pinentry. sealkit sees neither the private key nor a passphrase.

One gpg process decrypts many messages. `--decrypt-files` writes each plaintext beside its input, so the output names are links
to anonymous memory files that gpg inherits: no plaintext reaches a disk. Encryption uses python-gnupg; decryption does not,
because python-gnupg copies what it reads into its debug log.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sealkit.errors import SealkitError, UsageError
from sealkit.keys.identity_sources import child_env

_RECIPIENT = re.compile(r"[0-9A-Fa-f]{16,64}!?\Z")
_MAX_MESSAGES = 200
"""Messages per gpg process. Each needs a file descriptor, and the usual limit is 1024."""
_MAX_MESSAGE_SIZE = 1 << 16
"""Bytes of an armored message. One for RSA-16384 has 3 KiB."""
_KEY_RECORDS = frozenset(["sec", "ssb", "pub", "sub"])
_UNUSABLE = frozenset("rdni")
"""Validities of a key to which nothing can be encrypted: revoked, disabled, not valid, invalid."""
_MAX_PLAINTEXT = 4096
"""Bytes of a plaintext; a data key has 32. The limit keeps a compressed message from filling the memory."""


@dataclass(frozen=True, slots=True)
class Key:
    """A PGP key in gpg's keyring. `expires` is when its last encryption subkey expires, None for never."""

    fingerprint: str
    user: str
    ids: tuple[str, ...]
    """The fingerprints of the key and its subkeys."""
    expires: datetime | None
    usable: bool
    """Whether data can be encrypted to it now: it is valid, and has a valid encryption subkey."""

    def matches(self, fingerprint: str) -> bool:
        """Whether the `fp` of a `sops` block (a fingerprint, or a long key id) refers to this key or one of its subkeys."""
        suffix = fingerprint.rstrip("!").upper()
        return len(suffix) >= 16 and any(own.endswith(suffix) for own in self.ids)


def program(environ: Mapping[str, str]) -> str:
    """The path of gpg, or of the program in SOPS_GPG_EXEC. Raises SealkitError if it is not installed."""
    name = environ.get("SOPS_GPG_EXEC") or "gpg"
    path = shutil.which(name, path=environ.get("PATH"))
    if path is None:
        hint = "check SOPS_GPG_EXEC" if environ.get("SOPS_GPG_EXEC") else "install GnuPG"
        raise SealkitError(f"{name} is not installed, and a PGP key needs it", hint=hint)
    return path


def has_home(environ: Mapping[str, str]) -> bool:
    """Whether the user has a GnuPG home. Without this check, gpg would create one and start its agent."""
    home = environ.get("GNUPGHOME")
    folder = Path(home) if home else Path(environ.get("HOME") or Path.home()) / ".gnupg"
    return folder.is_dir()


def decrypt(messages: Sequence[str], environ: Mapping[str, str]) -> list[bytes | None]:
    """The plaintext of each armored message, None for one that gpg does not decrypt. Raises SealkitError if gpg is missing."""
    if not messages or not has_home(environ):
        return [None] * len(messages)
    gpg = program(environ)
    if sys.platform != "linux":
        return [_decrypt_one(gpg, message, environ) for message in messages]
    plaintexts: list[bytes | None] = []
    while len(plaintexts) < len(messages):
        # gpg may stop at a message: continue after it
        plaintexts += _decrypt_batch(gpg, messages[len(plaintexts) : len(plaintexts) + _MAX_MESSAGES], environ)
    return plaintexts


def _decrypt_batch(gpg: str, messages: Sequence[str], environ: Mapping[str, str]) -> list[bytes | None]:
    """The plaintexts of the first messages, up to the one at which one gpg process stopped; at least one."""
    handles = []
    try:
        with tempfile.TemporaryDirectory(prefix="sealkit-") as name:  # mode 0700; holds only ciphertext and links
            folder = Path(name)
            for index, message in enumerate(messages):
                handles.append(os.memfd_create("plaintext"))
                (folder / f"{index}.gpg").write_text(message if len(message) <= _MAX_MESSAGE_SIZE else "")
                (folder / str(index)).symlink_to(f"/proc/self/fd/{handles[-1]}")
            result = subprocess.run(
                [
                    gpg, "--batch", "--yes", "--status-fd", "1", "--max-output", str(_MAX_PLAINTEXT * _MAX_MESSAGES),
                    "--decrypt-files", *(f"{index}.gpg" for index in range(len(messages))),
                ],
                cwd=folder, env=child_environ(environ), pass_fds=handles,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        intact, last = _progress(result.stdout.decode("utf-8", "replace"))
        plaintexts: list[bytes | None] = []
        for index, handle in enumerate(handles[: max(last, 0) + 1]):
            plaintext = os.pread(handle, _MAX_PLAINTEXT + 1, 0)
            plaintexts.append(plaintext if index in intact and 0 < len(plaintext) <= _MAX_PLAINTEXT else None)
            if len(plaintext) > _MAX_PLAINTEXT:
                break  # --max-output is one limit for the whole process, and this message may have used it up
        return plaintexts
    finally:
        for handle in handles:
            os.close(handle)


def _progress(status: str) -> tuple[set[int], int]:
    """From gpg's status lines (GnuPG doc/DETAILS): the files that it decrypted intact, and the last file that it started."""
    intact: set[int] = set()
    current = last = -1
    for line in status.splitlines():
        words = line.removeprefix("[GNUPG:] ").split()
        if words[:1] == ["FILE_START"] and len(words) == 3:
            current = last = int(words[2].removesuffix(".gpg"))
        elif words[:1] == ["DECRYPTION_OKAY"]:
            intact.add(current)
        elif words[:1] == ["DECRYPTION_FAILED"]:
            intact.discard(current)
            current = -1
    return intact, last


def _decrypt_one(gpg: str, message: str, environ: Mapping[str, str]) -> bytes | None:
    """The plaintext of one message from its own gpg process, for systems without memory files."""
    child = subprocess.run(
        [gpg, "--batch", "--max-output", str(_MAX_PLAINTEXT), "--decrypt"],
        input=message.encode()[:_MAX_MESSAGE_SIZE], env=child_environ(environ), capture_output=True, check=False,
    )  # fmt: skip
    return child.stdout or None if child.returncode == 0 else None


def child_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a gpg process: where pinentry asks, and no key."""
    env = child_env(environ)
    if "GPG_TTY" not in env and sys.stdin is not None and sys.stdin.isatty():
        env["GPG_TTY"] = os.ttyname(sys.stdin.fileno())  # pinentry-curses and pinentry-tty ask there
    return env


def encrypt(fingerprint: str, secret: bytes, environ: Mapping[str, str]) -> str:
    """An armored message for one key, as sops writes it. The key counts as trusted, because the policy names it.

    Raises UsageError for an invalid fingerprint, SealkitError if gpg cannot encrypt to the key.
    """
    import gnupg

    if not _RECIPIENT.match(fingerprint):
        raise UsageError(f"{fingerprint[:80]!r}: not a PGP fingerprint", hint="list them: gpg --fingerprint")
    key_id = fingerprint.rstrip("!")[-16:]
    options = ["--no-default-recipient", "--yes", "--trusted-key", key_id, "--no-encrypt-to"]
    try:
        gpg = gnupg.GPG(gpgbinary=program(environ), env=child_environ(environ))
        message = gpg.encrypt(secret, [fingerprint], armor=True, extra_args=options)
    except (OSError, ValueError):
        raise SealkitError("gpg cannot be run", hint="check it: gpg --version") from None
    if not message.ok:
        reason = (
            "no usable key to encrypt to"
            if message.status.startswith("invalid recipient")
            else "gpg refused to encrypt"
        )
        raise SealkitError(
            f"{fingerprint}: {reason}",
            hint=f"import it, or check whether it expired: gpg --list-keys {fingerprint}",
        )
    return str(message)


def secret_keys(environ: Mapping[str, str]) -> list[Key]:
    """The keys with a private key in gpg or on a smart card. Empty if there is no gpg or no GnuPG home."""
    return _list_keys("--list-secret-keys", (), environ)


def public_keys(fingerprints: Iterable[str], environ: Mapping[str, str]) -> list[Key]:
    """The keys with these fingerprints in gpg's keyring. Unknown ones are left out."""
    names = sorted({name for name in fingerprints if _RECIPIENT.match(name)})
    return _list_keys("--list-keys", names, environ) if names else []


def _list_keys(command: str, names: Sequence[str], environ: Mapping[str, str]) -> list[Key]:
    if not has_home(environ):
        return []
    try:
        gpg = program(environ)
    except SealkitError:
        return []
    result = subprocess.run(
        [gpg, "--batch", "--with-colons", "--fixed-list-mode", command, *names],
        env=child_environ(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return list(_keys(result.stdout.decode("utf-8", "replace")))


def _keys(listing: str) -> Iterator[Key]:
    """The keys in a colon listing (GnuPG doc/DETAILS). Fields: 1 validity, 6 expiry, 9 fingerprint or user, 11 capabilities."""
    blocks: list[list[list[str]]] = []
    for line in listing.splitlines():
        row = line.split(":")
        if row[0] in {"sec", "pub"}:
            blocks.append([])
        if blocks:
            blocks[-1].append(row + [""] * 20)
    for rows in blocks:
        fingerprints = tuple(row[9] for row in rows if row[0] == "fpr")
        users = [row[9] for row in rows if row[0] == "uid"]
        encryption = [row for row in rows if row[0] in _KEY_RECORDS and "e" in row[11] and row[1] not in _UNUSABLE]
        expiries = [row[6] for row in encryption]
        if fingerprints:
            last = None if not expiries or "" in expiries else datetime.fromtimestamp(max(map(int, expiries)), UTC)
            usable = rows[0][1] not in {*_UNUSABLE, "e"} and any(row[1] != "e" for row in encryption)
            yield Key(fingerprints[0], users[0] if users else "", fingerprints, _earlier(last, rows[0][6]), usable)


def _earlier(last: datetime | None, primary: str) -> datetime | None:
    """The earlier of the expiry of the last subkey and that of the primary key, with which all subkeys expire."""
    primary_expiry = datetime.fromtimestamp(int(primary), UTC) if primary else None
    return min((moment for moment in (last, primary_expiry) if moment is not None), default=None)
