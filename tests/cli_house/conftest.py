"""Houses on which the tests of the commands work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_kit import Git, commit, example_house

from canary import Canary
from sealkit.cli.app import run
from sealkit.cli.facts import going
from sealkit.cli.session import Session


@pytest.fixture
def stranger(tmp_path: Path, home: Path, git: Git) -> Path:
    """A clone of the example house, and nobody's key."""
    return example_house(tmp_path / "clone", git)


@pytest.fixture
def house(repo: Path, age_key: str, home: Path, canary: Canary, git: Git, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of one's own with a file of named values, an object, a placeholder and its example; approved and committed."""
    canary.allow(home)
    monkeypatch.chdir(repo)
    assert run(["init"]) == 0
    (repo / "private/db.sops.yaml").write_text(f'db:\n  password: {canary.secret()}\n  port: "5432"\n')
    (repo / "private/app.sops.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\nstringData:\n"
        f"  token: {canary.secret()} # of the mail relay\n  other: {canary.secret()}\n"
    )
    assert run(["seal", "private/db.sops.yaml", "private/app.sops.yaml"]) == 0
    (repo / "public/api.yaml").write_text(API)
    (repo / "private.example/db.sops.yaml").write_text(
        "db:\n  password: <generate:hex:32> # of Postgres\n  port: 5432\n"
    )
    session = Session.open(repo)
    session.approve(session.waiting(going(session.house, session.tree)))
    commit(repo, git, "a house")
    return repo


@pytest.fixture
def in_memory(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A runtime folder of the test's own, in memory; nothing may be left in it."""
    folder = Path(tempfile.mkdtemp(prefix="sealkit-test-", dir="/dev/shm"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    left = [path.name for path in folder.iterdir()]
    shutil.rmtree(folder)
    assert left == []


API = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: ghcr.io/shop/api:1.2
          envFrom:
            - secretRef: {name: app}
          env:
            - {name: PASSWORD, value: "<sealed:db.password>"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: api
data:
  dsn: "postgres://app:<sealed:db.password>@db/shop"
  literal: "<<sealed:db.password>"
"""
