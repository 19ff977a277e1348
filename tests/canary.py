"""The canary: every secret of a test holds it, and the end of the test proves where it did not get to.

Searched in every spelling (plain, quoted, hex, base64 in three alignments): standard output and error, logs, exception
text, all files below the test's folder but the ones it named, and the arguments and environment of child processes.
"""

from __future__ import annotations

import json
import secrets
import zlib
from pathlib import Path

from sealkit.reveal import spellings


class Canary:
    """One test's canary."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.text = "cnry" + secrets.token_hex(6)
        self.allowed: set[Path] = set()
        self.heard: list[tuple[str, str]] = []
        self.audit = folder / "children.log"
        self._spellings = {s.encode() for s in spellings(self.text)}

    def secret(self, prefix: str = "", suffix: str = "") -> str:
        """A fresh fake secret that holds the canary."""
        return f"{prefix}{self.text}{secrets.token_hex(6)}{suffix}"

    def allow(self, *paths: Path) -> None:
        """Files or folders in which this test puts secrets on purpose (the messy input, a planted leak, a key)."""
        self.allowed.update(path.absolute() for path in paths)

    def hear(self, what: str, text: str) -> None:
        """Text that a run printed or raised; checked at the end."""
        self.heard.append((what, text))

    def found_in(self, data: bytes) -> bool:
        """Whether the canary stands in these bytes in any spelling."""
        return any(spelling in data for spelling in self._spellings)

    def leaks(self) -> list[str]:
        """Every place where the canary is and must not be."""
        found = [what for what, text in self.heard if self.found_in(text.encode("utf-8", "surrogatepass"))]
        if self.audit.exists():
            for line in self.audit.read_text().splitlines():
                record = json.loads(line)
                if any(self.found_in(part.encode()) for part in [*record["argv"], *record["env"]]):
                    found.append(f"child process {record['argv'][0]}")
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path != self.audit and not self._is_allowed(path):
                data = path.read_bytes()
                if "objects" in path.parts and ".git" in path.parts and data[:1] == b"x":
                    data = zlib.decompress(data)
                if self.found_in(data):
                    found.append(f"file {path.relative_to(self.folder)}")
        return found

    def _is_allowed(self, path: Path) -> bool:
        return any(path.is_relative_to(allowed) for allowed in self.allowed)
