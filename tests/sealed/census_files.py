"""Files that the real sops sealed, for the tests of the census."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sealkit.sealed import policy
from sealkit.sealed.policy import Policy

SOPS = Path(sys.executable).with_name("sops")


@dataclass
class Sealer:
    """sops in a folder of its own, with a policy."""

    folder: Path
    recipient: str
    rules: str = ""

    def policy_of(self, *settings: str, path_regex: str = "", more: str = "") -> Policy:
        """Write a policy with one rule for our recipient (and more, as text), and read it."""
        place = [f"path_regex: {path_regex}"] if path_regex else []
        rule = "\n    ".join([*place, f"age: {self.recipient}", *settings])
        self.rules = f"creation_rules:\n  - {rule}\n{more}"
        (self.folder / ".sops.yaml").write_text(self.rules)
        return policy.read(self.rules)

    def seal(self, text: str, path: str = "a.yaml", *options: str) -> str:
        """Text sealed by sops under the policy for a path."""
        if not self.rules:
            self.policy_of()
        command = ["encrypt", *options, "--filename-override", path, "/dev/stdin"]
        return self._run(command, text).stdout

    def open(self, text: str, path: str = "a.yaml") -> subprocess.CompletedProcess[str]:
        """What sops says when it is to open it."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return self._run(["decrypt", path], check=False)

    def opens(self, text: str, path: str = "a.yaml") -> bool:
        """Whether sops opens it."""
        return self.open(text, path).returncode == 0

    def _run(self, args: list[str], text: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SOPS), *args], cwd=self.folder, input=text, capture_output=True, text=True, check=check
        )
