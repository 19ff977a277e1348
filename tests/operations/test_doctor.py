"""`doctor` from a script."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from parse_counter import ParseCounter
from repository_kit import new_age_key
from sealkit.operations.doctor.check import CheckContext, Level
from sealkit.operations.doctor.patch_checks import kept_patches
from sealkit.operations.doctor.recovery import prove_recovery
from sealkit.operations.doctor.run import diagnose
from sealkit.operations.repository import Repository


def test_every_topic_has_a_result(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = list(diagnose(Repository.open(sealed_repo)))
    topics = {check.topic for check in checks}
    assert {
        "keys",
        "opens",
        "policy",
        "recipients",
        "ledger",
        "example",
        "data keys",
        "mac",
        "git",
        "patches",
        "swap",
    } <= topics
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
    assert {check.level for check in checks} == {Level.WRONG, Level.RISK}
    assert any("does not open private/db.sops.yaml" in check.text for check in checks)


def test_every_sealed_file_is_parsed_once(sealed_repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = ParseCounter.install(monkeypatch)
    assert list(diagnose(Repository.open(sealed_repo)))
    assert {path: counter.total(path) for path in counter.paths() if path.startswith("private/")} == {
        "private/app.sops.yaml": 1,
        "private/db.sops.yaml": 1,
    }


@pytest.mark.parametrize(
    ("variables", "folder", "name", "program"),
    [
        ({}, ".cache/pre-commit", "patch1700000000-12", "pre-commit"),
        ({"XDG_CACHE_HOME": "other cache"}, "other cache/pre-commit", "patch1700000000-12", "pre-commit"),
        ({"PRE_COMMIT_HOME": "pc"}, "pc", "patch1700000000", "pre-commit"),
        ({}, ".cache/prek/patches", "1700000000-12.patch", "prek"),
        ({"PREK_HOME": "prek home"}, "prek home/patches", "1700000000-12.patch", "prek"),
    ],
)
def test_patches_that_hook_managers_keep(
    sealed_repo: Path, home: Path, variables: dict[str, str], folder: str, name: str, program: str
) -> None:
    environ = {key: value for key, value in os.environ.items() if key not in {"XDG_CACHE_HOME", "PREK_HOME"}}
    environ |= {"HOME": str(home)} | {key: str(home / value) for key, value in variables.items()}
    context = CheckContext(Repository.open(sealed_repo, environ))
    assert [check.level for check in kept_patches(context)] == [Level.OK]
    (home / folder).mkdir(parents=True)
    (home / folder / name).write_text("a diff\n")
    (home / folder / "db.db").write_text("no patch\n")
    (found,) = kept_patches(context)
    assert found.level is Level.RISK
    assert f"1 patch is kept by {program}" in found.text
    subprocess.run(found.hint.partition(": ")[2], shell=True, check=True)
    assert [check.level for check in kept_patches(context)] == [Level.OK]
    assert (home / folder / "db.db").exists()
