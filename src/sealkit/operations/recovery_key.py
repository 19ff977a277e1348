"""A key ring that holds the keys of one file and nothing else, to prove what that file opens."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sealkit.errors import SealkitError, UsageError
from sealkit.source import files

if TYPE_CHECKING:
    from sealkit.keys.keyring import Keyring

_KEPT = ("PATH", "TERM", "LANG", "LC_ALL", "GPG_TTY", "SOPS_GPG_EXEC", "XDG_RUNTIME_DIR")


@contextlib.contextmanager
def keyring_of(path: Path, environ: Mapping[str, str]) -> Iterator[Keyring]:
    """The keys in an age or ssh identity file, or in an exported PGP secret key (read into a GnuPG home in memory).

    Raises SealkitError for what is none of these.
    """
    from sealkit.keys import identities, ssh
    from sealkit.keys.keyring import Keyring
    from sealkit.operations import tmpfs

    data = files.read_named(path)
    base = {name: environ[name] for name in _KEPT if name in environ}
    if b"BEGIN PGP PUBLIC KEY" in data:
        raise UsageError(f"{path}: a public key, which opens nothing", hint="gpg --export-secret-keys --armor")
    if b"BEGIN PGP PRIVATE KEY" in data:
        with tmpfs.folder(environ) as folder:
            home = {**base, "HOME": str(folder), "GNUPGHOME": str(folder)}
            try:
                _import(data, path, home)
                yield Keyring.discover(home)
            finally:
                subprocess.run(["gpgconf", "--kill", "all"], env=home, capture_output=True, check=False)
        return
    nowhere = {**base, "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "GNUPGHOME": "/nonexistent"}
    if not ssh.is_private(data) and not identities.read(data, str(path)):
        raise SealkitError(f"{path}: holds no key", hint="age identities begin with AGE-SECRET-KEY-1")
    variable = "SOPS_AGE_SSH_PRIVATE_KEY_FILE" if ssh.is_private(data) else "SOPS_AGE_KEY_FILE"
    yield Keyring.discover({**nowhere, variable: str(path.absolute())})


def _import(data: bytes, path: Path, home: Mapping[str, str]) -> None:
    from sealkit.keys import pgp

    done = subprocess.run(
        [pgp.program(home), "--batch", "--quiet", "--import"],
        input=data,
        env=dict(home),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise SealkitError(
            f"{path}: gpg does not read this key", hint="export it again: gpg --export-secret-keys --armor"
        )
