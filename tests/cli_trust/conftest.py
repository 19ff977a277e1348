"""A house whose sealed files the real `sops` made."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from trust_house import OBJECT, PUBLIC, HouseUnderTest, policy

from canary import Canary
from sealkit.cli.trust import gitting


@pytest.fixture
def house(
    repo: Path, age_key: str, canary: Canary, git: Callable[..., subprocess.CompletedProcess[str]]
) -> HouseUnderTest:
    """Two sealed files, a placeholder, a policy, a ledger; all committed."""
    canary.allow(Path(repo.parent / "home"))
    made = HouseUnderTest(repo, age_key, canary, git)
    (repo / ".sops.yaml").write_text(policy(age_key))
    (repo / "sealkit.yaml").write_text("version: 1\n")
    (repo / "public").mkdir()
    (repo / "public/app.yaml").write_text(PUBLIC)
    made.seal("private/app.yaml", OBJECT.format(password=canary.secret(), one=canary.secret(), two=canary.secret()))
    made.seal("private/db.yaml", f"db:\n    password: {canary.secret()}\n")
    made.session.new_house()
    gitting.setup(repo)
    made.commit("a house")
    return made
