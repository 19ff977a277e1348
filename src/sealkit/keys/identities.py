"""Identities: reading the files and texts that hold them, and making a new one where sops looks for it.

Three kinds need somebody or something else: a plugin's, an encrypted ssh key, a passphrase-protected identity file. They are
read, but opened only when a stanza asks for them.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from sealkit.errors import NoIdentityError, RefusedError, SealkitError
from sealkit.keys import age_format, age_post_quantum, bech32, identity_sources, passphrase, recipients, ssh

_X25519, _PLUGIN = "age-secret-key-", "age-plugin-"
_RECIPIENT_COMMENT = re.compile(r"#.*?\b(age1[a-z0-9]+)\s*\Z")
_ENCRYPTED = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")
_LARGEST = 1 << 24
_TRIES = 3


class Kind(Enum):
    """How an identity opens a stanza."""

    X25519 = "age"
    HYBRID = "age, post-quantum"
    SSH = "ssh"
    PLUGIN = "age plugin"
    LOCKED_SSH = "ssh, with a passphrase"
    LOCKED_FILE = "age, with a passphrase"


@dataclass(frozen=True, slots=True)
class Identity:
    """One key at hand. `recipient` is its public half, empty where that cannot be known without opening it."""

    kind: Kind
    source: str
    recipient: str
    secret: Any = field(repr=False)
    """pyrage's identity; a HybridIdentity; the text of a plugin's; the bytes of a locked one."""

    @property
    def plugin(self) -> str:
        """The name of the plugin that opens it: `yubikey` for `AGE-PLUGIN-YUBIKEY-1…`."""
        return str(self.secret).lower().removeprefix(_PLUGIN).rpartition("1")[0].rstrip("-")


def read(data: bytes, source: str) -> list[Identity]:
    """The identities of a file or text: age keys one a line (or between blanks, as sops 3.13 reads SOPS_AGE_KEY), comments and
    blank lines between them; or one ssh key; or a passphrase-protected age file.

    Raises SealkitError with source and line, and never a piece of the content, for anything else.
    """
    if ssh.is_private(data):
        recipient, locked = ssh.inspect(data, source)
        if locked:
            return [Identity(Kind.LOCKED_SSH, source, recipient, data)]
        return [ssh_identity(data, source, recipient)]
    if data.lstrip().startswith(_ENCRYPTED):
        return [Identity(Kind.LOCKED_FILE, source, "", data)]
    found, comment = [], ""
    try:
        lines = data.decode("utf-8").removeprefix("\ufeff").splitlines()
    except UnicodeDecodeError:
        raise SealkitError(
            f"{source}: not an identity file", hint="age identities begin with AGE-SECRET-KEY-1"
        ) from None
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            told = _RECIPIENT_COMMENT.search(line)
            comment = told[1] if told else comment
            continue
        for word in line.split():
            found.append(_one(word, f"{source}:{number}", source, comment))
            comment = ""
    return found


def _one(word: str, where: str, source: str, comment: str) -> Identity:
    import pyrage

    try:
        prefix, data = bech32.decode(word)
        if prefix == _X25519:
            key = pyrage.x25519.Identity.from_str(word.upper())
            return Identity(Kind.X25519, source, str(key.to_public()), key)
        if prefix == age_post_quantum.SECRET_PREFIX:
            seeded = age_post_quantum.HybridIdentity(data)
            return Identity(Kind.HYBRID, source, seeded.recipient, seeded)
        if prefix.startswith(_PLUGIN) and re.fullmatch(r"[a-z0-9+._]+(-[a-z0-9+._]+)*-", prefix.removeprefix(_PLUGIN)):
            made = Identity(Kind.PLUGIN, source, "", word.upper())
            named = recipients.plugin_name(comment) == made.plugin
            return Identity(Kind.PLUGIN, source, comment if named else "", word.upper())
    except (ValueError, pyrage.IdentityError):
        pass
    if word.startswith(("age1", "ssh-")):
        hint = "that is a recipient; the identity begins with AGE-SECRET-KEY-1"
    else:
        hint = "age identities begin with AGE-SECRET-KEY-1; comments with #"
    raise SealkitError(f"{where}: not a whole age identity", hint=hint)


def ssh_identity(data: bytes, source: str, recipient: str) -> Identity:
    """An unencrypted ssh key as an identity. Raises SealkitError."""
    import pyrage

    try:
        return Identity(Kind.SSH, source, recipient, pyrage.ssh.Identity.from_buffer(ssh.normal(data, source)))
    except pyrage.IdentityError:
        raise SealkitError(f"{source}: an ssh key that age cannot use", hint="ssh-keygen -t ed25519") from None


def unlock(identity: Identity, environ: Mapping[str, str]) -> list[Identity]:
    """What a locked identity holds, once its passphrase was typed on the terminal; any other is returned as it is.

    Raises NoIdentityError without a terminal or with the wrong passphrase, SealkitError for something unreadable.
    """
    if identity.kind is Kind.LOCKED_SSH:
        opened = ssh.unlock(identity.secret, identity.source, identity_sources.child_env(environ))
        return [ssh_identity(opened, identity.source, ssh.inspect(opened, identity.source)[0])]
    if identity.kind is Kind.LOCKED_FILE:
        return read(_unlock_file(identity.secret, identity.source), identity.source)
    return [identity]


def _unlock_file(data: bytes, source: str) -> bytes:
    import pyrage

    if len(data) > _LARGEST:
        raise SealkitError(f"{source}: too large for an identity file")
    try:
        sealed = age_format.unarmor(data.decode("ascii")) if data.lstrip().startswith(_ENCRYPTED[1]) else data
    except ValueError:
        raise SealkitError(f"{source}: not a whole age file", hint="restore it from its backup") from None
    for _ in range(_TRIES):
        typed = passphrase.passphrase(f"passphrase of {source}", source)
        try:
            return pyrage.passphrase.decrypt(sealed, typed)
        except pyrage.DecryptError:
            passphrase.tell("that is not its passphrase")
    raise NoIdentityError(f"{source}: the passphrase is wrong", hint="run it again")


def generate(environ: Mapping[str, str]) -> tuple[Path, str]:
    """Make a new age identity and add it to the file where sops looks for it; the file and the new recipient.

    What stands in the file stays; a new file is readable by its owner alone. Raises RefusedError where the file is passphrase-
    protected or holds something else than identities, SealkitError where it cannot be written.
    """
    import pyrage

    path = identity_sources.usual_file(environ)
    before = path.read_bytes() if path.exists() else b""
    try:
        if any(identity.kind is Kind.LOCKED_FILE for identity in read(before, str(path))):
            raise RefusedError(
                f"{path}: protected by a passphrase, so nothing can be added to it",
                hint="use the identity in it: sealkit init -r RECIPIENT",
            )
    except SealkitError as error:
        raise RefusedError(error.message, hint=error.hint) from None
    key = pyrage.x25519.Identity.generate()
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lead = "\n" if before and not before.endswith(b"\n") else ""
    block = f"{lead}# created: {made}\n# public key: {key.to_public()}\n{key}\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with contextlib.closing(os.fdopen(handle, "wb", buffering=0)) as stream:
            stream.write(block.encode())
            os.fsync(stream.fileno())
    except OSError as error:
        raise SealkitError(f"{path}: {(error.strerror or 'cannot be written').lower()}") from None
    return path, str(key.to_public())
