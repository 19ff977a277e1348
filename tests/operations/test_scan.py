"""Scans from a script: nothing is printed, and the current folder does not matter."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, commit
from sealkit.errors import SealkitError, UsageError
from sealkit.operations.scan import ScanResult, scan_files, scan_message, scan_push, scan_range, scan_staged

Leak = Callable[[Path], str]


def rules(result: ScanResult) -> list[tuple[str, str]]:
    return [(item.rule, item.path) for item in result.findings]


def test_the_index_and_the_work_tree(
    clean_repo: Path, git: Git, leak: Leak, capsys: pytest.CaptureFixture[str]
) -> None:
    leak(clean_repo / "db.yaml")
    assert rules(scan_staged(clean_repo)) == []
    named = scan_staged(clean_repo, [clean_repo / "db.yaml"])
    assert rules(named) == [("SK201", "db.yaml")]
    git(clean_repo, "add", "-A")
    (clean_repo / "db.yaml").unlink()
    staged = scan_staged(clean_repo)
    assert rules(staged) == [("SK201", "db.yaml")]
    assert staged.has_errors
    assert (staged.tally.scanned, staged.history) == (1, False)
    assert rules(scan_files(clean_repo)) == []
    assert not scan_files(clean_repo).has_errors
    assert capsys.readouterr() == ("", "")


def test_settings_of_the_index_are_those_of_that_repository(clean_repo: Path, git: Git, leak: Leak) -> None:
    leak(clean_repo / "db.yaml")
    (clean_repo / "sealkit.yaml").write_text("version: 1\nscan: {exclude: [db.yaml]}\n")
    git(clean_repo, "add", "-A")
    result = scan_staged(clean_repo)
    assert rules(result) == []
    assert result.tally.excluded == {"db.yaml"}


def test_outside_a_repository_nothing_is_staged(tmp_path: Path, home: Path) -> None:
    with pytest.raises(SealkitError, match="not in a git repository"):
        scan_staged(home)


def test_a_range_and_a_push(clean_repo: Path, git: Git, leak: Leak) -> None:
    first = git(clean_repo, "rev-parse", "HEAD").stdout.strip()
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    (clean_repo / "db.yaml").unlink()
    commit(clean_repo, git)
    last = git(clean_repo, "rev-parse", "HEAD").stdout.strip()
    brought = scan_range(clean_repo, f"{first}..HEAD")
    assert rules(brought) == [("SK201", "db.yaml")]
    assert brought.findings[0].commits
    with pytest.raises(UsageError, match="no such revision"):
        scan_range(clean_repo, "nonsense..HEAD")
    zeros = "0" * 40
    pushed = scan_push(clean_repo, "origin", f"refs/heads/main {last} refs/heads/main {zeros}\n", os.environ)
    assert pushed is not None
    assert rules(pushed) == [("SK201", "db.yaml")]
    assert scan_push(clean_repo, "origin", f"(delete) {zeros} refs/heads/main {last}\n", os.environ) is None
    framework = {"PRE_COMMIT_TO_REF": first, "PRE_COMMIT_FROM_REF": zeros, "PRE_COMMIT_REMOTE_NAME": "origin"}
    clean = scan_push(clean_repo, "", "", framework)
    assert clean is not None
    assert rules(clean) == []


def test_a_message(clean_repo: Path, canary: Canary) -> None:
    token = "gh" + "p_" + (canary.text + "Zz0Yy1Xx2Ww3Vv4Uu5Tt6Ss7Rr8")[:36]
    message = clean_repo / "message"
    message.write_text("a title\n\nand a body\n")
    assert rules(scan_message(clean_repo, message)) == []
    message.write_text(f"the token is {token}\n")
    assert scan_message(clean_repo, message).has_errors
    with pytest.raises(SealkitError, match="no such file"):
        scan_message(clean_repo, clean_repo / "none")
