"""ssh private keys as age identities: inspect a key without its passphrase, and unlock it.

ssh-keygen unlocks an encrypted key in an anonymous memory file. The user types the passphrase into ssh-keygen, so it never
enters this process, and the unlocked key never reaches a disk.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Mapping

from sealkit.errors import NoIdentityError, SealkitError
from sealkit.keys import prompt

_MAGIC = b"openssh-key-v1\0"
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
TYPES = ("ssh-ed25519", "ssh-rsa")
"""The key types that age supports."""

_ATTEMPTS = 3


def is_private(data: bytes) -> bool:
    """Whether this is an ssh private key, in the OpenSSH format or in PEM."""
    head = data.lstrip()[:64]
    return head.startswith(b"-----BEGIN ") and b"PRIVATE KEY-----" in head.splitlines()[0]


def inspect(data: bytes, source: str) -> tuple[str, bool]:
    """The public key as a recipient (empty for an encrypted PEM key) and whether the key has a passphrase.

    Raises SealkitError, with the source, for an invalid key or one of a type that age does not support.
    """
    text = data.strip()
    if not text.startswith(_OPENSSH):
        key = _read_pem(text, source)
        return (key[0], False) if key else ("", True)
    try:
        raw = base64.b64decode(b"".join(text.splitlines()[1:-1]), validate=True)
        if not raw.startswith(_MAGIC):
            raise ValueError
        rest = raw[len(_MAGIC) :]
        cipher, rest = _read_string(rest)
        _, rest = _read_string(rest)
        _, rest = _read_string(rest)
        blob, _ = _read_string(rest[4:])
        kind = _read_string(blob)[0].decode("ascii")
    except ValueError:
        raise SealkitError(f"{source}: not a valid ssh private key", hint="restore it from a backup") from None
    _check_type(kind, source)
    return f"{kind} {base64.b64encode(blob).decode()}", cipher != b"none"


def to_openssh(data: bytes, source: str) -> bytes:
    """An unencrypted key in the OpenSSH format, which pyrage reads. Raises SealkitError for an invalid key."""
    text = data.strip()
    if text.startswith(_OPENSSH):
        return text + b"\n"
    key = _read_pem(text, source)
    assert key is not None, "inspect reported that it has no passphrase"
    return key[1]


def _read_pem(text: bytes, source: str) -> tuple[str, bytes] | None:
    """The public key and the OpenSSH format of a PEM key; None if it is encrypted."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    try:
        key = pem.load_pem_private_key(text, None)
    except TypeError:
        return None
    except (ValueError, UnsupportedAlgorithm):
        raise SealkitError(f"{source}: not a valid ssh private key", hint="restore it from a backup") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey):
        _check_type(type(key).__name__.removesuffix("PrivateKey"), source)
    public = key.public_key().public_bytes(pem.Encoding.OpenSSH, pem.PublicFormat.OpenSSH)
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.OpenSSH, pem.NoEncryption())
    return public.decode(), private


def tag(recipient: str) -> str:
    """The first four bytes of the SHA-256 of an ssh public key, in base64: an age stanza refers to the key by them."""
    blob = base64.b64decode(recipient.split()[1])
    return base64.b64encode(hashlib.sha256(blob).digest()[:4]).rstrip(b"=").decode()


def unlock(data: bytes, source: str, env: Mapping[str, str]) -> bytes:
    """The key without its passphrase. ssh-keygen asks for it on the terminal, at most three times.

    Raises NoIdentityError, with the source, if there is no terminal, the passphrase is wrong, or the system is not Linux.
    """
    if sys.platform != "linux":
        raise NoIdentityError(
            f"{source}: a passphrase-protected ssh key can be used on Linux only", hint="use an age identity"
        )
    import subprocess  # slow to import, and few keys need it

    prompt.require_terminal(source)
    prompt.show(f"sealkit: the passphrase of {source} is needed")
    for _ in range(_ATTEMPTS):
        handle = os.memfd_create("key")
        try:
            os.fchmod(handle, 0o600)  # ssh-keygen refuses a key that other users can read
            os.write(handle, data)
            result = subprocess.run(
                ["ssh-keygen", "-q", "-p", "-N", "", "-f", f"/proc/self/fd/{handle}"],
                pass_fds=(handle,), env=dict(env), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            if result.returncode == 0:
                return os.pread(handle, 1 << 16, 0)
        except FileNotFoundError:
            raise NoIdentityError(f"{source}: ssh-keygen is needed and not installed", hint="install OpenSSH") from None
        finally:
            os.close(handle)
    raise NoIdentityError(f"{source}: wrong passphrase", hint="run the command again")


def _check_type(kind: str, source: str) -> None:
    if kind not in TYPES:
        raise SealkitError(
            f"{source}: an ssh key of type {kind[:40]}; age supports ed25519 and rsa",
            hint="create one: ssh-keygen -t ed25519",
        )


def _read_string(data: bytes) -> tuple[bytes, bytes]:
    """A length-prefixed string and the bytes after it. Raises ValueError if it is incomplete."""
    end = 4 + int.from_bytes(data[:4])
    if len(data) < 4 or len(data) < end:
        raise ValueError
    return data[4:end], data[end:]
