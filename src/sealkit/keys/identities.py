"""Identities: read them from files and variables, unlock them, and generate one where sops looks for it.

Plugin identities, encrypted ssh keys and passphrase-protected identity files need a program or a passphrase. `read` returns
them as they are; they are unlocked only when a file has a stanza for them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.keys import age_format, age_post_quantum, bech32, identity_sources, prompt, recipients, ssh

_X25519_PREFIX, _PLUGIN_PREFIX = "age-secret-key-", "age-plugin-"
_RECIPIENT_COMMENT = re.compile(r"#.*?\b(age1[a-z0-9]+)\s*\Z")
_ENCRYPTED = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
_MAX_FILE_SIZE = 1 << 24
_ATTEMPTS = 3


class IdentityKind(Enum):
    """The kind of an identity, and whether it is locked by a passphrase."""

    X25519 = "age"
    HYBRID = "age, post-quantum"
    SSH = "ssh"
    PLUGIN = "age plugin"
    LOCKED_SSH = "ssh, with a passphrase"
    LOCKED_FILE = "age, with a passphrase"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity. `recipient` is its public key, empty if that is unknown until it is unlocked."""

    kind: IdentityKind
    source: str
    recipient: str
    secret: Any = field(repr=False)
    """A pyrage identity, a `HybridIdentity`, the text of a plugin identity, or the bytes of a locked one."""
    private: bytes = field(default=b"", repr=False)
    """An unlocked ssh key in the OpenSSH format, to sign with."""

    @property
    def plugin(self) -> str:
        """The name of its plugin: `yubikey` for `AGE-PLUGIN-YUBIKEY-1…`."""
        return str(self.secret).lower().removeprefix(_PLUGIN_PREFIX).rpartition("1")[0].rstrip("-")


def read(data: bytes, source: str) -> list[Identity]:
    """The identities in a file or variable: age keys, one a line, with comments and blank lines (or separated by spaces, as sops
    3.13 reads SOPS_AGE_KEY); or one ssh key; or one passphrase-protected age file.

    `source` is what messages call it. Raises SealkitError, with source and line but without the content, for anything else.
    """
    if ssh.is_private(data):
        recipient, locked = ssh.inspect(data, source)
        if locked:
            return [Identity(IdentityKind.LOCKED_SSH, source, recipient, data)]
        return [ssh_identity(data, source, recipient)]
    if data.lstrip().startswith(_ENCRYPTED):
        return [Identity(IdentityKind.LOCKED_FILE, source, "", data)]
    identities: list[Identity] = []
    comment = ""
    try:
        lines = data.decode("utf-8").removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError:
        raise SealkitError(
            f"{source}: not an identity file", hint="an age identity begins with AGE-SECRET-KEY-1"
        ) from None
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            match = _RECIPIENT_COMMENT.search(line)
            comment = match[1] if match else comment
            continue
        for word in line.split():
            identities.append(_parse(word, f"{source}:{number}", source, comment))
            comment = ""
    return identities


def _parse(word: str, place: str, source: str, comment: str) -> Identity:
    import pyrage

    try:
        prefix, data = bech32.decode(word)
        if prefix == _X25519_PREFIX:
            key = pyrage.x25519.Identity.from_str(word.upper())
            return Identity(IdentityKind.X25519, source, str(key.to_public()), key)
        if prefix == age_post_quantum.SECRET_PREFIX:
            hybrid = age_post_quantum.HybridIdentity(data)
            return Identity(IdentityKind.HYBRID, source, hybrid.recipient, hybrid)
        if prefix.startswith(_PLUGIN_PREFIX) and re.fullmatch(
            r"[a-z0-9+._]+(-[a-z0-9+._]+)*-", prefix.removeprefix(_PLUGIN_PREFIX)
        ):
            identity = Identity(IdentityKind.PLUGIN, source, "", word.upper())
            own = recipients.plugin_name(comment) == identity.plugin
            return replace(identity, recipient=comment) if own else identity
    except (ValueError, pyrage.IdentityError):
        pass
    if word.startswith(("age1", "ssh-")):
        hint = "this is a recipient; its identity begins with AGE-SECRET-KEY-1"
    else:
        hint = "an age identity begins with AGE-SECRET-KEY-1, a comment with #"
    raise SealkitError(f"{place}: not a valid age identity", hint=hint)


def ssh_identity(data: bytes, source: str, recipient: str) -> Identity:
    """An unencrypted ssh key as an identity. Raises SealkitError if age cannot use it."""
    import pyrage

    private = ssh.to_openssh(data, source)
    try:
        return Identity(IdentityKind.SSH, source, recipient, pyrage.ssh.Identity.from_buffer(private), private)
    except pyrage.IdentityError:
        raise SealkitError(
            f"{source}: an ssh key that age cannot use", hint="create one: ssh-keygen -t ed25519"
        ) from None


def unlock(identity: Identity, environ: Mapping[str, str]) -> list[Identity]:
    """The identities behind a locked one; asks for its passphrase on the terminal. Any other identity is returned unchanged.

    Raises NoIdentityError if there is no terminal or the passphrase is wrong, SealkitError for an unreadable file.
    """
    if identity.kind is IdentityKind.LOCKED_SSH:
        opened = ssh.unlock(identity.secret, identity.source, identity_sources.child_env(environ))
        return [ssh_identity(opened, identity.source, ssh.inspect(opened, identity.source)[0])]
    if identity.kind is IdentityKind.LOCKED_FILE:
        return read(_unlock_file(identity.secret, identity.source), identity.source)
    return [identity]


def _unlock_file(data: bytes, source: str) -> bytes:
    import pyrage

    if len(data) > _MAX_FILE_SIZE:
        raise SealkitError(f"{source}: too large for an identity file")
    try:
        sealed = age_format.unarmor(data.decode("ascii")) if data.lstrip().startswith(_ENCRYPTED[1]) else data
    except ValueError:
        raise SealkitError(f"{source}: not a complete age file", hint="restore it from a backup") from None
    for _ in range(_ATTEMPTS):
        typed = prompt.ask_secret(f"passphrase of {source}", source)
        try:
            return pyrage.passphrase.decrypt(sealed, typed)
        except pyrage.DecryptError:
            prompt.show("wrong passphrase")
    raise NoIdentityError(f"{source}: wrong passphrase", hint="run the command again")


def generate(environ: Mapping[str, str]) -> tuple[Path, str]:
    """Generate an age identity and append it to the file where sops looks for identities. Returns the file and the recipient.

    A new file is readable by its owner only. Raises RefusedError if the file is passphrase-protected or holds anything but
    identities, SealkitError if it cannot be written.
    """
    import pyrage

    path = identity_sources.default_file(environ)
    before = path.read_bytes() if path.exists() else b""
    try:
        if any(identity.kind is IdentityKind.LOCKED_FILE for identity in read(before, str(path))):
            raise RefusedError(
                f"{path}: protected by a passphrase, so no identity can be added",
                hint="use its identity: sealkit init -r RECIPIENT",
            )
    except SealkitError as error:
        raise RefusedError(error.message, hint=error.hint) from None
    key = pyrage.x25519.Identity.generate()
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lead = "\n" if before and not before.endswith(b"\n") else ""
    block = f"{lead}# created: {created}\n# public key: {key.to_public()}\n{key}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.closing(os.fdopen(handle, "wb", buffering=0)) as stream:
            stream.write(block.encode())
            os.fsync(stream.fileno())
    except OSError as error:
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be written').lower()}") from None
    return path, str(key.to_public())
