"""What `init` and `bootstrap` write into a repository, as plain text. Nothing that exists is ever overwritten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Recipient
from sealkit.source import files
from sealkit.source.filenames import SIGNING_KEY

CONFIG = """\
# Where the halves of this house are. Everything has a default; `sealkit render --help` says what a target is.
version: 1
layout: split
public: public
private: private
example: private.example
"""

IGNORED = ("keys.txt", "*.agekey", "*.dec", "*.dec.*", ".decrypted~*")
"""Names under which keys and opened files are usually left lying about."""

_SIGNING_KEY_REGEX = SIGNING_KEY.replace(".", r"\.")

OPEN_KEYS = "^(apiVersion|kind|metadata|type|immutable)$"
"""What stays open in a sealed object, so that anyone can see which object it is. A secret under such a key name is a finding."""


def policy(recipients: Sequence[Recipient], private: str = "private") -> str:
    """A `.sops.yaml` that seals the private tree (empty: every file) and the signing key to these recipients."""
    folder = re.sub(r"[^\w/ -]", lambda found: "\\" + found[0], private)
    place = f"path_regex: ^{folder}/.*\n    " if private else ""
    return (
        "# Who can open what. sops and sealkit read this; what it proposes is approved in sealkit.sum.\n"
        "creation_rules:\n"
        f"{signing_key_rule(recipients)}"
        f"  - {place}unencrypted_regex: {OPEN_KEYS}\n{_who(recipients)}"
    )


def signing_key_rule(recipients: Sequence[Recipient]) -> str:
    """The rule of the signing key, as lines of a block list."""
    return f"  - path_regex: ^{_SIGNING_KEY_REGEX}$\n{_who(recipients)}"


def _who(recipients: Sequence[Recipient]) -> str:
    ids = {kind: [r.id for r in recipients if r.kind == kind] for kind in ("age", "pgp")}
    return "".join(f"    {kind}: >-\n      " + ",\n      ".join(who) + "\n" for kind, who in ids.items() if who)


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
    text = files.decode(path.read_bytes(), ".gitignore") if path.exists() else ""
    missing = [line for line in IGNORED if line not in text.splitlines()]
    if missing:
        lead = "" if not text or text.endswith("\n") else "\n"
        block = "# keys and opened files have no place here\n" + "\n".join(missing) + "\n"
        files.write(path, (text + lead + block).encode())
    return missing
