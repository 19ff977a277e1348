"""Repositories on which the tests of commands and operations work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canary import Canary
from deploy_kit import DeployedRepo
from repository_kit import Git, commit, example_repo
from sealkit.cli.app import run
from sealkit.operations import git_drivers
from sealkit.operations.approvals import approve, unapproved
from sealkit.operations.repository import Repository
from sealkit.operations.signer import create_signer
from trust_kit import OBJECT, PUBLIC, TrustedRepo, policy


@pytest.fixture
def stranger(tmp_path: Path, home: Path, git: Git) -> Path:
    """A clone of the example repository, and nobody's key."""
    return example_repo(tmp_path / "clone", git)


@pytest.fixture
def sealed_repo(
    repo: Path, age_key: str, home: Path, canary: Canary, git: Git, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A repository of one's own with a file of named values, an object, a placeholder and its example; approved and committed."""
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
    repository = Repository.open(repo)
    approve(repository, unapproved(repository))
    commit(repo, git, "a repository")
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


@pytest.fixture
def clean_repo(repo: Path, canary: Canary, git: Git) -> Path:
    """A repository with one clean commit, in which this test may plant secrets."""
    canary.allow(repo)
    (repo / "README.md").write_text("a repository\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "begin")
    return repo


@pytest.fixture
def hooked_repo(clean_repo: Path, sealkit: Callable[..., object], monkeypatch: pytest.MonkeyPatch, git: Git) -> Path:
    """The same with the hooks installed, which find sealkit on the PATH."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    done = sealkit("hook", "install", cwd=clean_repo)
    assert done.code == 0, done.err  # type: ignore[attr-defined]
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "hooks")
    return clean_repo


@pytest.fixture
def leak(canary: Canary) -> Callable[[Path], str]:
    """Write a plain Secret and give back its value."""

    def write(path: Path) -> str:
        value = canary.secret()
        path.write_text(f"apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData:\n  password: {value}\n")
        return value

    return write


@pytest.fixture
def refused(canary: Canary) -> Callable[..., None]:
    """`refused(done, path, line)`: git stopped; rule, place, route and hint are said, and the value is nowhere."""

    def check(done: subprocess.CompletedProcess[str], path: str = "db.yaml", line: int = 5) -> None:
        said = done.stdout + done.stderr
        canary.hear("what git printed", said)
        assert done.returncode != 0, said
        assert f"{path}:{line}: error SK201" in said
        assert ".stringData.password" in said
        assert f"hint: sealkit split {path}" in said

    return check


@pytest.fixture
def trusted_repo(
    repo: Path, age_key: str, canary: Canary, git: Callable[..., subprocess.CompletedProcess[str]]
) -> TrustedRepo:
    """Two sealed files, a placeholder, a policy, a ledger; all committed."""
    canary.allow(Path(repo.parent / "home"))
    made = TrustedRepo(repo, age_key, canary, git)
    (repo / ".sops.yaml").write_text(policy(age_key))
    (repo / "sealkit.yaml").write_text("version: 1\n")
    (repo / "public").mkdir()
    (repo / "public/app.yaml").write_text(PUBLIC)
    made.seal("private/app.yaml", OBJECT.format(password=canary.secret(), one=canary.secret(), two=canary.secret()))
    made.seal("private/db.yaml", f"db:\n    password: {canary.secret()}\n")
    create_signer(made.repository)
    git_drivers.install(repo)
    made.commit("a repository")
    return made


@pytest.fixture
def deployed(repo: Path, age_key: str, canary: Canary, git: Callable[..., object], cluster) -> DeployedRepo:  # type: ignore[no-untyped-def]
    """A committed repository with a ledger and a sealed half; its target is a fresh namespace of the control plane."""
    return DeployedRepo(repo, age_key, canary, git, cluster, cluster.namespace())
