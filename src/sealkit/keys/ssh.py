"""ssh private keys as age identities: what a key file tells without its passphrase, and opening it with one.

An encrypted key is opened by the user's own ssh-keygen on an anonymous memory file: the passphrase is typed into ssh-keygen
and never enters this process, and the opened key never reaches a disk.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import passphrase

_MAGIC = b"openssh-key-v1\0"
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
TYPES = ("ssh-ed25519", "ssh-rsa")
"""What age can use."""

_TRIES = 3


def is_private(data: bytes) -> bool:
    """Whether this is the text of an ssh private key, in OpenSSH's or an older form."""
    head = data.lstrip()[:64]
    return head.startswith(b"-----BEGIN ") and b"PRIVATE KEY-----" in head.splitlines()[0]


def inspect(data: bytes, source: str) -> tuple[str, bool]:
    """The public half as a recipient (empty where an old form hides it) and whether a passphrase is needed.

    Raises SealkitError, naming the source, for something unreadable or of a type that age cannot use.
    """
    text = data.strip()
    if not text.startswith(_OPENSSH):
        key = _older(text, source)
        return (key[0], False) if key else ("", True)
    try:
        raw = base64.b64decode(b"".join(text.splitlines()[1:-1]), validate=True)
        if not raw.startswith(_MAGIC):
            raise ValueError
        rest = raw[len(_MAGIC) :]
        cipher, rest = _string(rest)
        _, rest = _string(rest)
        _, rest = _string(rest)
        blob, _ = _string(rest[4:])
        kind = _string(blob)[0].decode("ascii")
    except ValueError:
        raise SealkitError(f"{source}: not a whole ssh private key", hint="restore it from its backup") from None
    _usable(kind, source)
    return f"{kind} {base64.b64encode(blob).decode()}", cipher != b"none"


def normal(data: bytes, source: str) -> bytes:
    """An unencrypted key in the form that pyrage reads. Raises SealkitError."""
    text = data.strip()
    if text.startswith(_OPENSSH):
        return text + b"\n"
    key = _older(text, source)
    assert key is not None, "inspect said that it needs no passphrase"
    return key[1]


def _older(text: bytes, source: str) -> tuple[str, bytes] | None:
    """Public half and OpenSSH form of a PEM key; None where it is encrypted."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    try:
        key = pem.load_pem_private_key(text, None)
    except TypeError:
        return None
    except (ValueError, UnsupportedAlgorithm):
        raise SealkitError(f"{source}: not a whole ssh private key", hint="restore it from its backup") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        _usable(type(key).__name__.removesuffix("PrivateKey"), source)
    public = key.public_key().public_bytes(pem.Encoding.OpenSSH, pem.PublicFormat.OpenSSH)
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.OpenSSH, pem.NoEncryption())
    return public.decode(), private


def tag(recipient: str) -> str:
    """The four bytes by which a stanza names an ssh key, in base64."""
    blob = base64.b64decode(recipient.split()[1])
    return base64.b64encode(hashlib.sha256(blob).digest()[:4]).rstrip(b"=").decode()


def unlock(data: bytes, source: str, env: Mapping[str, str]) -> bytes:
    """The key without its passphrase, which ssh-keygen asks for on the terminal, three times at most.

    Raises NoIdentityError, naming the source: no terminal, wrong passphrase, a system without memory files.
    """
    if sys.platform != "linux":
        raise NoIdentityError(
            f"{source}: sealkit opens a passphrase-protected ssh key on Linux only", hint="use an age identity here"
        )
    passphrase.require(source)
    passphrase.tell(f"sealkit: {source} is needed")
    for _ in range(_TRIES):
        handle = os.memfd_create("key")
        try:
            os.fchmod(handle, 0o600)  # ssh-keygen refuses a key that others could read
            os.write(handle, data)
            child = subprocess.run(
                ["ssh-keygen", "-q", "-p", "-N", "", "-f", f"/proc/self/fd/{handle}"],
                pass_fds=(handle,), env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            if child.returncode == 0:
                return os.pread(handle, 1 << 16, 0)
        except FileNotFoundError:
            raise NoIdentityError(
                f"{source}: needs ssh-keygen to be opened, and it is not installed", hint="install OpenSSH"
            ) from None
        finally:
            os.close(handle)
    raise NoIdentityError(f"{source}: the passphrase is wrong", hint="run it again")


def _usable(kind: str, source: str) -> None:
    if kind not in TYPES:
        raise SealkitError(
            f"{source}: an ssh key of type {kind[:40]}, and age takes ed25519 and rsa",
            hint="make one: ssh-keygen -t ed25519",
        )


def _string(data: bytes) -> tuple[bytes, bytes]:
    """One length-prefixed string and the rest. Raises ValueError."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < 4 or len(data) < end:
        raise ValueError
    return data[4:end], data[end:]
