"""Detached PGP signatures over short public texts, made and checked by the user's gpg."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.keys import pgp

_STRONG = frozenset({"8", "9", "10", "11"})
"""SHA-256, SHA-384, SHA-512 and SHA-224 (RFC 4880, 9.4)."""
_MAX_SIGNATURE = 1 << 14


def sign(fingerprint: str, text: bytes, environ: Mapping[str, str]) -> bytes:
    """A signature of the key with this fingerprint; its agent may ask for a passphrase. Empty if gpg does not sign."""
    child = subprocess.run(
        [
            pgp.program(environ), "--batch", "--yes", "--quiet", "--local-user", fingerprint, "--digest-algo", "SHA256",
            "--output", "-", "--detach-sign",
        ],
        input=text, env=pgp.child_environ(environ), capture_output=True, check=False,
    )  # fmt: skip
    return child.stdout if child.returncode == 0 and len(child.stdout) <= _MAX_SIGNATURE else b""


def holds(fingerprint: str, text: bytes, signature: bytes, environ: Mapping[str, str]) -> bool:
    """Whether a signature is one good signature over the text by exactly this key, which gpg must have. Asks for nothing and
    fetches nothing."""
    if not 0 < len(signature) <= _MAX_SIGNATURE or not pgp.has_home(environ):
        return False
    with tempfile.TemporaryDirectory(prefix="sealkit-") as folder:
        path = Path(folder, "signature")
        path.write_bytes(signature)
        try:
            child = subprocess.run(
                [
                    pgp.program(environ), "--batch", "--no-auto-key-retrieve", "--disable-dirmngr", "--status-fd", "1",
                    "--verify", str(path), "-",
                ],
                input=text, env=pgp.child_environ(environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                check=False,
            )  # fmt: skip
        except SealkitError:
            return False
    return child.returncode == 0 and _is_good(child.stdout.decode("utf-8", "replace"), fingerprint)


def _is_good(status: str, fingerprint: str) -> bool:
    """From gpg's status lines (GnuPG doc/DETAILS): one signature, good, neither expired nor revoked, of this primary key."""
    rows = [line.removeprefix("[GNUPG:] ").split() for line in status.splitlines()]
    words = [row[0] for row in rows if row]
    valid = [row for row in rows if row[:1] == ["VALIDSIG"]]
    if words.count("NEWSIG") > 1 or words.count("GOODSIG") != 1 or len(valid) != 1 or len(valid[0]) < 11:
        return False
    return valid[0][8] in _STRONG and valid[0][10] == fingerprint
