"""Houses on which the tests of the commands work."""

from __future__ import annotations

from pathlib import Path

import pytest
from house_kit import Git, Run, commit, example_house

from canary import Canary


@pytest.fixture
def stranger(tmp_path: Path, home: Path, git: Git) -> Path:
    """A clone of the example house, and nobody's key."""
    return example_house(tmp_path / "clone", git)


@pytest.fixture
def house(repo: Path, age_key: str, home: Path, canary: Canary, sealkit: Run, git: Git) -> Path:
    """A house of one's own with a file of named values, an object, a placeholder and its example; approved and committed."""
    canary.allow(home)
    assert sealkit("init", cwd=repo).code == 0
    assert sealkit("set", "db.password", "private/db.sops.yaml", cwd=repo, input=canary.secret()).code == 0
    assert sealkit("set", "db.port", "private/db.sops.yaml", cwd=repo, input="5432").code == 0
    (repo / "private/app.sops.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\nstringData:\n"
        f"  token: {canary.secret()} # of the mail relay\n  other: {canary.secret()}\n"
    )
    assert sealkit("seal", "private/app.sops.yaml", cwd=repo).code == 0
    (repo / "public/api.yaml").write_text(API)
    (repo / "private.example/db.sops.yaml").write_text(
        "db:\n  password: <generate:hex:32> # of Postgres\n  port: 5432\n"
    )
    assert sealkit("approve", "db.password", "Secret default/app", cwd=repo).code == 0
    commit(repo, git, "a house")
    return repo


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
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: api
data:
  dsn: "postgres://app:<sealed:db.password>@db/shop"
  literal: "<<sealed:db.password>"
"""
