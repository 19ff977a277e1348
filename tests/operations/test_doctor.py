"""`doctor` from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from parse_counter import ParseCounter
from repository_kit import new_age_key
from sealkit.operations.doctor.check import Level
from sealkit.operations.doctor.recovery import prove_recovery
from sealkit.operations.doctor.run import diagnose
from sealkit.operations.repository import Repository


def test_every_topic_has_a_result(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = list(diagnose(Repository.open(sealed_repo)))
    topics = {check.topic for check in checks}
    assert {"keys", "opens", "policy", "recipients", "ledger", "example", "data keys", "mac", "git", "swap"} <= topics
    assert [str(check) for check in checks if check.level is Level.WRONG] == []
    assert capsys.readouterr() == ("", "")


def test_a_change_that_is_not_approved_is_wrong(sealed_repo: Path) -> None:
    path = sealed_repo / "private/app.sops.yaml"
    path.write_text(path.read_text().replace("name: app", "name: other"))
    wrong = [check for check in diagnose(Repository.open(sealed_repo)) if check.level is Level.WRONG]
    assert any(check.topic == "ledger" and "private/app.sops.yaml" in check.text for check in wrong)


def test_recovery_of_a_key_that_is_no_recipient(sealed_repo: Path, tmp_path: Path) -> None:
    new_age_key(tmp_path / "recovery.txt")
    checks = list(prove_recovery(Repository.open(sealed_repo), tmp_path / "recovery.txt"))
    assert {check.level for check in checks} == {Level.WRONG}
    assert any("does not open private/db.sops.yaml" in check.text for check in checks)


def test_every_sealed_file_is_parsed_once(sealed_repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = ParseCounter.install(monkeypatch)
    assert list(diagnose(Repository.open(sealed_repo)))
    assert {path: counter.total(path) for path in counter.paths() if path.startswith("private/")} == {
        "private/app.sops.yaml": 1,
        "private/db.sops.yaml": 1,
    }
