"""A repository whose sealed files the real `sops` made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from canary import Canary
from sealkit.ledger.unapproved import Known, Unapproved
from sealkit.operations import approvals, approve
from sealkit.operations.deployed import known_from, signed_state
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile

SOPS = Path(sys.executable).with_name("sops")
OBJECT = """\
apiVersion: v1
kind: Secret
metadata:
    name: app
    namespace: prod
stringData:
    port: "8080"
    password: {password}
    hosts:
        - {one}
        - {two}
"""
PUBLIC = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: api
      containers:
        - name: api
          image: ghcr.io/shop/api:1.2
          env:
            - name: DSN
              value: postgres://app:<sealed:db.password>@db/shop
"""


def sops(
    *args: str | Path, cwd: Path, input: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """The real program."""
    return subprocess.run(
        [str(SOPS), *map(str, args)], cwd=cwd, input=input, capture_output=True, text=True, check=check
    )


@dataclass
class TrustedRepo:
    """A committed repository with a ledger, and what its tests do to it."""

    root: Path
    recipient: str
    canary: Canary
    git: Callable[..., subprocess.CompletedProcess[str]]

    @property
    def repository(self) -> Repository:
        """A fresh run."""
        return Repository.open(self.root)

    def unapproved(self) -> list[Unapproved]:
        """What is not approved now."""
        return approvals.unapproved(self.repository)

    def require_approved(self, known: Known | None = None) -> None:
        """As before values are used, or before a deploy to a target that has deployed these; raises RefusedError while anything is
        not approved."""
        if known is None:
            approvals.require_approved(self.repository, Events())
        elif items := approvals.unapproved(self.repository, known):
            raise approvals.refusal(items)

    def deployed(self) -> Known:
        """What a target says that it deployed, had it been deployed now."""
        ledger = self.repository.require_ledger()
        signed = signed_state(ledger, self.repository.inputs, self.repository.config.target())
        return known_from(self.repository, signed.inventory({}))

    def described(self) -> list[str]:
        """What `approve` shows before it signs."""
        repository = self.repository
        return approve.describe(repository, approve.find(repository))

    def approve(self) -> None:
        """Sign whatever is not approved now."""
        repository = self.repository
        approvals.approve(repository, approvals.unapproved(repository))

    def write_sealed(self, texts: Mapping[str, str], *, events: Events | None = None, **options: Any) -> None:
        """Write sealed texts by path, and sign them."""
        sealed = [SealedFile(path, text.encode()) for path, text in texts.items()]
        write_sealed(self.repository, events or Events(), sealed, **options)

    def seal(self, path: str, text: str, *options: str) -> str:
        """Text sealed by the real sops as the policy says (or as the options say), written to a path."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        done = sops("encrypt", *options, "--filename-override", path, "/dev/stdin", cwd=self.root, input=text)
        target.write_text(done.stdout)
        return done.stdout

    def replace(self, path: str, old: str, new: str) -> None:
        """Tamper with a file; the test fails where there is nothing to tamper with."""
        text = (self.root / path).read_text()
        assert old in text, f"{old!r} is not in {path}"
        (self.root / path).write_text(text.replace(old, new, 1))

    def line(self, path: str, start: str) -> str:
        """The first line of a file that begins so, less its blanks."""
        return next(row for row in (self.root / path).read_text().splitlines() if row.strip().startswith(start))

    def commit(self, message: str = "change") -> str:
        """Commit everything; the new commit."""
        self.git(self.root, "add", "-A")
        self.git(self.root, "commit", "-q", "--allow-empty", "-m", message)
        return self.git(self.root, "rev-parse", "HEAD").stdout.strip()

    def opens_with_sops(self, path: str) -> bool:
        """Whether sops opens it without a word, which is what the tampering is about."""
        return sops("decrypt", path, cwd=self.root, check=False).returncode == 0


def policy(recipient: str, private: str = "^private/", extra: str = "") -> str:
    """A policy that seals objects by their data, and the signing key."""
    return (
        "creation_rules:\n"
        f"  - path_regex: '{private}'\n    encrypted_regex: ^(data|stringData|db)$\n{extra}    age: {recipient}\n"
        f"  - path_regex: ^\\.sealkit/\n    age: {recipient}\n"
    )
