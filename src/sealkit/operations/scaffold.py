"""The plain files that `init` and `bootstrap` write. Nothing that exists is overwritten."""

from __future__ import annotations

from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.source import files

CONFIG = """\
# Where the public and the private half of this repository are. Every key has a default.
version: 1
layout: split
public: public
private: private
example: private.example
# who deploys by CI lets image tags go up without a signature (docs/ledger.md):
# trust: {free: [image-tags]}
"""

IGNORED = ("keys.txt", "*.agekey", "*.dec", "*.dec.*", ".decrypted~*")
"""File names that keys and decrypted files usually have."""


def create(path: Path, text: str) -> bool:
    """Write a file that does not exist yet; False, and nothing done, if it does."""
    if path.exists() or path.is_symlink():
        return False
    files.write(path, text.encode())
    return True


def extend_ignore(root: Path) -> list[str]:
    """Add the missing lines to `.gitignore`; those that were added."""
    path = root / ".gitignore"
    if path.is_symlink():
        raise SealkitError(
            ".gitignore: a symbolic link, which git does not follow", hint="replace it with the file itself"
        )
    text = files.decode(files.read(path, ".gitignore"), ".gitignore") if path.exists() else ""
    missing = [line for line in IGNORED if line not in text.splitlines()]
    if missing:
        lead = "" if not text or text.endswith("\n") else "\n"
        block = "# keys and decrypted files do not belong here\n" + "\n".join(missing) + "\n"
        files.write(path, (text + lead + block).encode())
    return missing
