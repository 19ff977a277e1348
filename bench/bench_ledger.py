"""The cost of the ledger: 1,000 public and 200 sealed files are judged, compared with reading them only.

A fresh machine verifies every signature. A known one finds the digest of the ledger in its pin.
"""

from __future__ import annotations

import os
import secrets
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyrage

from common import run, temporary_home
from sealkit.operations.approvals import unapproved
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer
from sealkit.sealed.metadata import Recipient
from sealkit.sealed.policy import CreationRule
from sealkit.sops.encrypt import seal
from sealkit.source.config import load_config
from sealkit.source.read_once import work_tree

PUBLIC, SEALED, RUNS = 1000, 200, 9
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: app-{n}}}
spec:
  selector: {{matchLabels: {{app: app-{n}}}}}
  template:
    metadata: {{labels: {{app: app-{n}}}}}
    spec:
      containers:
        - {{name: app, image: "ghcr.io/example/app-{n}:1.{n}.0", env: [{{name: A, value: "{value}"}}]}}
"""


def fill(root: Path, recipient: str) -> None:
    """Write the repository: 40 public folders of 25 files, 200 sealed files."""
    (root / "sealkit.yaml").write_text("version: 1\nlayout: split\ntargets:\n  home: {}\n")
    (root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
    for n in range(PUBLIC):
        path = root / f"public/part-{n % 40}/app-{n}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(MANIFEST.format(n=n, value=secrets.token_hex(200)))
    rule = CreationRule(groups=[[Recipient("age", recipient)]])
    (root / "private").mkdir()
    for n in range(SEALED):
        text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s-{n}}}\nstringData:\n  a: {secrets.token_hex(8)}\n"
        (root / f"private/s-{n}.sops.yaml").write_bytes(seal(f"private/s-{n}.sops.yaml", text, rule).data)


def median(action: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """The median time in seconds."""
    times = []
    for _ in range(RUNS):
        before()
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    """Print what judging adds to reading."""
    with temporary_home() as home:
        root = home / "repo"
        run(["git", "init", "-q", root])
        identity = pyrage.x25519.Identity.generate()
        key = home / "key.txt"
        key.write_text(f"{identity}\n")
        environ = {
            **os.environ,
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "SOPS_AGE_KEY_FILE": str(key),
        }
        fill(root, str(identity.to_public()))
        create_signer(Repository(load_config(root), environ))

        def read() -> None:
            tree = work_tree(load_config(root))
            for path in tree.paths():
                tree.read(path)

        def judge() -> None:
            assert unapproved(Repository(load_config(root), environ)) == []

        def forget() -> None:
            shutil.rmtree(home / "config/sealkit", ignore_errors=True)

        reading = median(read)
        fresh, known = median(judge, forget), median(judge)
        print(f"{PUBLIC} public and {SEALED} sealed files: reading {reading:.3f} s; judging adds "
              f"{fresh - reading:.3f} s on a fresh machine, {known - reading:.3f} s on a known one")  # fmt: skip


if __name__ == "__main__":
    main()
