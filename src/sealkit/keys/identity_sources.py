"""The sources of age identities: every file, variable and command that sops reads, in its order.

Like sops, sealkit uses the identities of all sources. Source: sops 3.11 to 3.13, `age/keysource.go` and `age/ssh_parse.go`.
"""

from __future__ import annotations

import shlex
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.source import files

_KEYS = Path("sops", "age", "keys.txt")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of identities: a file, a text or a command. `label` is what messages call it: a path or a variable."""

    label: str
    path: Path | None = None
    text: str = field(default="", repr=False)
    command: str = field(default="", repr=False)

    def read(self, environ: Mapping[str, str], recipient: str = "") -> bytes:
        """The content of the source, or the output of its command, which gets the recipient in SOPS_AGE_RECIPIENT.

        Raises SealkitError, with the label but without the content.
        """
        if self.path is not None:
            return files.read_named(self.path, self.label)
        if not self.command:
            return self.text.encode("utf-8", "surrogateescape")
        try:
            args = shlex.split(self.command)
        except ValueError:
            args = []
        if not args:
            raise SealkitError(f"{self.label}: not a valid command", hint="check its quotes")
        import subprocess  # slow to import, and few keys need it

        try:
            child = subprocess.run(
                args, env=child_env(environ) | {"SOPS_AGE_RECIPIENT": recipient},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False,
            )  # fmt: skip
        except OSError:
            raise SealkitError(
                f"{self.label}: cannot run {Path(args[0]).name}", hint="check that it is on your PATH"
            ) from None
        if child.returncode:
            raise SealkitError(
                f"{self.label}: the command failed (exit {child.returncode})", hint="run it yourself to see why"
            )
        return child.stdout

    def readable_by_others(self) -> bool:
        """Whether users other than the owner can read the file."""
        try:
            return self.path is not None and bool(self.path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
        except OSError:
            return False


def discover(environ: Mapping[str, str]) -> list[Source]:
    """The available sources; none is opened. A file that a variable names is included even if it is missing: reading it fails."""
    sources = []
    home = home_folder(environ)
    if name := environ.get("SOPS_AGE_SSH_PRIVATE_KEY_FILE"):
        sources.append(Source(f"SOPS_AGE_SSH_PRIVATE_KEY_FILE ({name})", Path(name)))
    if command := environ.get("SOPS_AGE_SSH_PRIVATE_KEY_CMD"):
        sources.append(Source("SOPS_AGE_SSH_PRIVATE_KEY_CMD", command=command))
    defaults = [home / ".ssh" / name for name in ("id_ed25519", "id_rsa")]
    sources += [Source(str(path), path) for path in defaults if _exists(path)]
    if text := environ.get("SOPS_AGE_KEY"):
        sources.append(Source("SOPS_AGE_KEY", text=text))
    if name := environ.get("SOPS_AGE_KEY_FILE"):
        sources.append(Source(f"SOPS_AGE_KEY_FILE ({name})", Path(name)))
    if command := environ.get("SOPS_AGE_KEY_CMD"):
        sources.append(Source("SOPS_AGE_KEY_CMD", command=command))
    if _exists(path := default_file(environ)):
        sources.append(Source(str(path), path))
    return sources


def _exists(path: Path) -> bool:
    """Whether a file exists. One in an unreadable folder counts, so that reading it gives the reason."""
    try:
        return path.exists()
    except OSError:
        return True


def home_folder(environ: Mapping[str, str]) -> Path:
    """The home folder of the user."""
    return Path(environ.get("HOME") or Path.home())


def default_file(environ: Mapping[str, str]) -> Path:
    """The file in which sops looks for age identities by default, and to which `sealkit init` adds a new one."""
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base) / _KEYS
    if sys.platform == "darwin":
        return home_folder(environ) / "Library" / "Application Support" / _KEYS
    return home_folder(environ) / ".config" / _KEYS


def child_env(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for gpg, a plugin or a key command: without SOPS_AGE_KEY, which holds a key."""
    return {name: value for name, value in environ.items() if name != "SOPS_AGE_KEY"}
