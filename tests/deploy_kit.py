"""A small repository: a Secret, an app that gets its password in a URL, a ConfigMap file, sealed by the real sops."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from canary import Canary
from sealkit.operations.approvals import approve, unapproved
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer

SOPS = Path(sys.executable).with_name("sops")
PUBLIC = """\
apiVersion: v1
kind: Secret
metadata: {name: db}
type: Opaque
stringData:
  password: <sealed:db.password>
---
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data:
  level: info
  app.ini: |
    [auth]
    token = <sealed:token>
    color = blue
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 1
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: ghcr.io/shop/api:1.2
          env:
            - {name: LEVEL, value: info}
            - name: DSN
              value: postgres://app:<sealed:db.password>@db/shop
"""


class DeployedRepo:
    """The repository, its values, and the cluster it goes to."""

    def __init__(
        self, root: Path, recipient: str, canary: Canary, git: Callable[..., Any], cluster: Any, namespace: str
    ) -> None:
        self.root, self.recipient, self.canary, self.git = root, recipient, canary, git
        self.cluster, self.namespace = cluster, namespace
        self.password, self.token = canary.secret(), canary.secret()
        (root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {recipient}\n")
        self.configure()
        self.public("app.yaml", PUBLIC)
        self.seal()
        create_signer(self.repository)
        git(root, "add", "-A")
        git(root, "commit", "-qm", "a repository")
        self.approve()

    @property
    def repository(self) -> Repository:
        """A fresh run."""
        return Repository.open(self.root)

    def configure(self, context: str = "") -> None:
        """Write sealkit.yaml."""
        named = f"context: {context}, " if context else ""
        (self.root / "sealkit.yaml").write_text(
            f"version: 1\nlayout: split\ntargets:\n  home: {{{named}namespace: {self.namespace}}}\n"
        )

    def public(self, path: str, text: str) -> None:
        """Write a public file."""
        target = self.root / "public" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def replace(self, old: str, new: str) -> None:
        """Change the public half."""
        path = self.root / "public/app.yaml"
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new))

    def seal(self) -> None:
        """Seal the values as they are now."""
        path = self.root / "private/values.yaml"
        path.parent.mkdir(exist_ok=True)
        text = f"db:\n  password: {self.password}\ntoken: {self.token}\n"
        done = subprocess.run(
            [SOPS, "encrypt", "--filename-override", "private/values.yaml", "/dev/stdin"],
            cwd=self.root, input=text, capture_output=True, text=True, check=True,
        )  # fmt: skip
        path.write_text(done.stdout)

    def approve(self) -> None:
        """Approve whatever waits, as a key holder who looked at it."""
        repository = self.repository
        approve(repository, unapproved(repository))

    def forget(self) -> None:
        """As on a machine that never saw this repository."""
        shutil.rmtree(Path(os.environ["XDG_CONFIG_HOME"]) / "sealkit/pins", ignore_errors=True)

    def get(self, kind: str, name: str, path: str) -> str:
        """A field of a live object."""
        return str(self.cluster.kubectl("get", kind, name, "-n", self.namespace, "-o", f"jsonpath={path}").stdout)

    def apply_with_kubectl(self, text: str, *options: str) -> None:
        """What somebody else does to the cluster."""
        self.cluster.kubectl("apply", "-n", self.namespace, *options, "-f", "-", input=text)
