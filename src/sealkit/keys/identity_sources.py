"""Where identities are: every place that sops reads, in its order, found without opening any.

Source: sops 3.11 to 3.13, `age/keysource.go` and `age/ssh_parse.go` (all sources are united).
"""

from __future__ import annotations

import shlex
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.source import files

_KEYS = Path("sops", "age", "keys.txt")


@dataclass(frozen=True, slots=True)
class Source:
    """One place with identities. `label` is what messages call it: a path, or the variable that holds or names it."""

    label: str
    path: Path | None = None
    text: str = field(default="", repr=False)
    command: str = field(default="", repr=False)

    def read(self, environ: Mapping[str, str], recipient: str = "") -> bytes:
        """What it holds; a command is run, and told the recipient. Raises SealkitError naming the source, never its content."""
        if self.path is not None:
            return files.read(self.path, self.label)
        if not self.command:
            return self.text.encode("utf-8", "surrogateescape")
        try:
            args = shlex.split(self.command)
        except ValueError:
            args = []
        if not args:
            raise SealkitError(f"{self.label}: not a command", hint="check its quotes")
        try:
            child = subprocess.run(
                args, env=child_env(environ) | {"SOPS_AGE_RECIPIENT": recipient},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except OSError:
            raise SealkitError(
                f"{self.label}: its program {Path(args[0]).name} cannot be run", hint="check that it is on the PATH"
            ) from None
        if child.returncode:
            raise SealkitError(
                f"{self.label}: its command failed (exit {child.returncode})", hint="run it yourself to see why"
            )
        return child.stdout

    def exposed(self) -> bool:
        """Whether the file can be read by others than its owner."""
        try:
            return self.path is not None and bool(self.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
        except OSError:
            return False


def discover(environ: Mapping[str, str]) -> list[Source]:
    """The sources that are there. A file that a variable names counts even if it is missing: reading it says so."""
    found = []
    home = home_folder(environ)
    if name := environ.get("SOPS_AGE_SSH_PRIVATE_KEY_FILE"):
        found.append(Source(f"SOPS_AGE_SSH_PRIVATE_KEY_FILE ({name})", Path(name)))
    if command := environ.get("SOPS_AGE_SSH_PRIVATE_KEY_CMD"):
        found.append(Source("SOPS_AGE_SSH_PRIVATE_KEY_CMD", command=command))
    usual = [home / ".ssh" / name for name in ("id_ed25519", "id_rsa")]
    found += [Source(str(path), path) for path in usual if _there(path)]
    if text := environ.get("SOPS_AGE_KEY"):
        found.append(Source("SOPS_AGE_KEY", text=text))
    if name := environ.get("SOPS_AGE_KEY_FILE"):
        found.append(Source(f"SOPS_AGE_KEY_FILE ({name})", Path(name)))
    if command := environ.get("SOPS_AGE_KEY_CMD"):
        found.append(Source("SOPS_AGE_KEY_CMD", command=command))
    if _there(path := usual_file(environ)):
        found.append(Source(str(path), path))
    return found


def _there(path: Path) -> bool:
    """Whether there is such a file; one that cannot be looked at counts, so that reading it says why."""
    try:
        return path.exists()
    except OSError:
        return True


def home_folder(environ: Mapping[str, str]) -> Path:
    """The user's home."""
    return Path(environ.get("HOME") or Path.home())


def usual_file(environ: Mapping[str, str]) -> Path:
    """Where sops looks for age identities when no variable names a place; where `sealkit init` puts a new one."""
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base) / _KEYS
    if sys.platform == "darwin":
        return home_folder(environ) / "Library" / "Application Support" / _KEYS
    return home_folder(environ) / ".config" / _KEYS


def child_env(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment for gpg, a plugin or a key command: without the variable that holds a key itself."""
    return {name: value for name, value in environ.items() if name != "SOPS_AGE_KEY"}
