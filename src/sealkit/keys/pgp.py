"""PGP through the user's gpg: its agent, its cards and its pinentry are theirs, and we see neither key nor passphrase.

Opening many messages is one gpg run. `--decrypt-files` writes each plaintext beside its input, so the output names are links to
anonymous memory files that gpg inherits: nothing opened reaches a disk. Sealing goes through python-gnupg; opening does not,
because it copies what it reads into its debug log.
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
_RUN = 200
"""Messages of one run: each holds a file descriptor, and a process usually has 1024."""
_LARGEST = 1 << 16
"""Bytes of an armored message: an RSA-16384 one is 3 KiB."""
_PARTS = frozenset(["sec", "ssb", "pub", "sub"])
_DEAD = frozenset("rdni")
"""Validities of a part that nothing can be encrypted to: revoked, disabled, not valid, invalid."""
_DATA_KEY = 4096
"""More plaintext than this is no data key, and a message that unpacks to more than gpg's limit must not fill the memory."""


@dataclass(frozen=True, slots=True)
class Key:
    """A PGP key that gpg knows. `expires` is when the last subkey that can decrypt does, None for never."""

    fingerprint: str
    user: str
    ids: tuple[str, ...]
    """Fingerprints of the key and its subkeys."""
    expires: datetime | None
    usable: bool
    """Whether something can be encrypted to it now: not revoked, not disabled, with a subkey for encryption."""

    def named(self, fingerprint: str) -> bool:
        """Whether a metadata entry's `fp` (whole, or a long key id) means this key."""
        wanted = fingerprint.rstrip("!").upper()
        return len(wanted) >= 16 and any(known.endswith(wanted) for known in self.ids)


def program(environ: Mapping[str, str]) -> str:
    """gpg, or what SOPS_GPG_EXEC names. Raises SealkitError where it is not installed."""
    name = environ.get("SOPS_GPG_EXEC") or "gpg"
    found = shutil.which(name, path=environ.get("PATH"))
    if found is None:
        hint = "check SOPS_GPG_EXEC" if environ.get("SOPS_GPG_EXEC") else "install GnuPG"
        raise SealkitError(f"{name} is not installed, and a PGP key is needed", hint=hint)
    return found


def present(environ: Mapping[str, str]) -> bool:
    """Whether there is a GnuPG home at all. gpg would make one when asked a question, and start its agent."""
    home = environ.get("GNUPGHOME")
    folder = Path(home) if home else Path(environ.get("HOME") or Path.home()) / ".gnupg"
    return folder.is_dir()


def decrypt(messages: Sequence[str], environ: Mapping[str, str]) -> list[bytes | None]:
    """What each armored message holds, None where gpg does not open it. Raises SealkitError without gpg."""
    if not messages or not present(environ):
        return [None] * len(messages)
    gpg = program(environ)
    if sys.platform != "linux":
        return [_single(gpg, message, environ) for message in messages]
    opened: list[bytes | None] = []
    while len(opened) < len(messages):
        # where gpg gave up, go on behind that message
        opened += _batch(gpg, messages[len(opened) : len(opened) + _RUN], environ)
    return opened


def _batch(gpg: str, messages: Sequence[str], environ: Mapping[str, str]) -> list[bytes | None]:
    """What the first messages hold, as far as one run of gpg came: one at least."""
    handles = []
    try:
        with tempfile.TemporaryDirectory(prefix="sealkit-") as name:  # 0700, and only ciphertext and links in it
            folder = Path(name)
            for index, message in enumerate(messages):
                handles.append(os.memfd_create("opened"))
                (folder / f"{index}.gpg").write_text(message if len(message) <= _LARGEST else "")
                (folder / str(index)).symlink_to(f"/proc/self/fd/{handles[-1]}")
            child = subprocess.run(
                [
                    gpg, "--batch", "--yes", "--status-fd", "1", "--max-output", str(_DATA_KEY * _RUN),
                    "--decrypt-files", *(f"{index}.gpg" for index in range(len(messages))),
                ],
                cwd=folder, env=_env(environ), pass_fds=handles,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        good, reached = _progress(child.stdout.decode("utf-8", "replace"))
        found: list[bytes | None] = []
        for index, handle in enumerate(handles[: max(reached, 0) + 1]):
            opened = os.pread(handle, _DATA_KEY + 1, 0)
            found.append(opened if index in good and 0 < len(opened) <= _DATA_KEY else None)
            if len(opened) > _DATA_KEY:
                break  # gpg's limit is one for the whole run, and this one may have used it up
        return found
    finally:
        for handle in handles:
            os.close(handle)


def _progress(status: str) -> tuple[set[int], int]:
    """Which files gpg decrypted and found intact, and the last one it began, by its status lines (GnuPG doc/DETAILS)."""
    good: set[int] = set()
    current = reached = -1
    for line in status.splitlines():
        words = line.removeprefix("[GNUPG:] ").split()
        if words[:1] == ["FILE_START"] and len(words) == 3:
            current = reached = int(words[2].removesuffix(".gpg"))
        elif words[:1] == ["DECRYPTION_OKAY"]:
            good.add(current)
        elif words[:1] == ["DECRYPTION_FAILED"]:
            good.discard(current)
            current = -1
    return good, reached


def _single(gpg: str, message: str, environ: Mapping[str, str]) -> bytes | None:
    """One message in a process of its own, where a child cannot write to an anonymous file of its parent's."""
    child = subprocess.run(
        [gpg, "--batch", "--max-output", str(_DATA_KEY), "--decrypt"],
        input=message.encode()[:_LARGEST], env=_env(environ), capture_output=True, check=False,
    )  # fmt: skip
    return child.stdout or None if child.returncode == 0 else None


def _env(environ: Mapping[str, str]) -> dict[str, str]:
    env = child_env(environ)
    if "GPG_TTY" not in env and sys.stdin is not None and sys.stdin.isatty():
        env["GPG_TTY"] = os.ttyname(sys.stdin.fileno())  # a pinentry for the terminal asks there
    return env


def encrypt(fingerprint: str, secret: bytes, environ: Mapping[str, str]) -> str:
    """An armored message for one key, as sops writes it: the key is trusted because the policy names it.

    Raises UsageError for something that is no fingerprint, SealkitError where gpg cannot encrypt to it.
    """
    import gnupg

    if not _RECIPIENT.match(fingerprint):
        raise UsageError(f"{fingerprint[:80]!r}: not a PGP fingerprint", hint="gpg --fingerprint")
    trusted = fingerprint.rstrip("!")[-16:]
    extra = ["--no-default-recipient", "--yes", "--trusted-key", trusted, "--no-encrypt-to"]
    try:
        gpg = gnupg.GPG(gpgbinary=program(environ), env=_env(environ))
        made = gpg.encrypt(secret, [fingerprint], armor=True, extra_args=extra)
    except (OSError, ValueError):
        raise SealkitError("gpg cannot be run", hint="check: gpg --version") from None
    if not made.ok:
        reason = "no usable key" if made.status.startswith("invalid recipient") else "gpg refused"
        raise SealkitError(
            f"{fingerprint}: {reason} to encrypt to",
            hint=f"import it, or see whether it expired: gpg --list-keys {fingerprint}",
        )
    return str(made)


def secret_keys(environ: Mapping[str, str]) -> list[Key]:
    """The keys whose secret part gpg knows (on a card, too). Empty without gpg or a GnuPG home."""
    return _listed("--list-secret-keys", (), environ)


def public_keys(fingerprints: Iterable[str], environ: Mapping[str, str]) -> list[Key]:
    """Those of these keys whose public part gpg knows: ours and other people's."""
    wanted = sorted({name for name in fingerprints if _RECIPIENT.match(name)})
    return _listed("--list-keys", wanted, environ) if wanted else []


def _listed(command: str, wanted: Sequence[str], environ: Mapping[str, str]) -> list[Key]:
    if not present(environ):
        return []
    try:
        gpg = program(environ)
    except SealkitError:
        return []
    child = subprocess.run(
        [gpg, "--batch", "--with-colons", "--fixed-list-mode", command, *wanted],
        env=_env(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return list(_keys(child.stdout.decode("utf-8", "replace")))


def _keys(listing: str) -> Iterator[Key]:
    """Keys of a colon listing (GnuPG doc/DETAILS): 1 validity, 6 expiry, 9 fingerprint or user, 11 capabilities."""
    blocks: list[list[list[str]]] = []
    for line in listing.splitlines():
        row = line.split(":")
        if row[0] in {"sec", "pub"}:
            blocks.append([])
        if blocks:
            blocks[-1].append(row + [""] * 20)
    for rows in blocks:
        prints = tuple(row[9] for row in rows if row[0] == "fpr")
        users = [row[9] for row in rows if row[0] == "uid"]
        live = [row for row in rows if row[0] in _PARTS and "e" in row[11] and row[1] not in _DEAD]
        ends = [row[6] for row in live]
        if prints:
            last = None if not ends or "" in ends else datetime.fromtimestamp(max(map(int, ends)), UTC)
            usable = rows[0][1] not in {*_DEAD, "e"} and any(row[1] != "e" for row in live)
            yield Key(prints[0], users[0] if users else "", prints, _sooner(last, rows[0][6]), usable)


def _sooner(last: datetime | None, primary: str) -> datetime | None:
    """A key ends with its primary part, whatever its subkeys say."""
    ends = datetime.fromtimestamp(int(primary), UTC) if primary else None
    return min((moment for moment in (last, ends) if moment is not None), default=None)
