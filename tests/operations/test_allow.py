"""The allow list from a script."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repository_kit import Git, commit
from sealkit.errors import RefusedError, UsageError
from sealkit.operations.allow import allow
from sealkit.operations.scan import scan_files, scan_range, scan_staged
from sealkit.source.config import load_config

Leak = Callable[[Path], str]


def test_a_finding_of_the_index_is_allowed(
    clean_repo: Path, git: Git, leak: Leak, capsys: pytest.CaptureFixture[str]
) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    (finding,) = scan_staged(clean_repo).findings
    assert allow(load_config(clean_repo), finding.fingerprint, " made\nup ").fingerprint == finding.fingerprint
    assert 'reason: "made up"' in (clean_repo / ".sealkit/allow.yaml").read_text()
    result = scan_files(clean_repo)
    assert (list(result.findings), result.tally.allowed) == ([], 1)
    assert capsys.readouterr() == ("", "")


def test_a_finding_of_the_history_is_allowed(clean_repo: Path, git: Git, leak: Leak) -> None:
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    (clean_repo / "db.yaml").unlink()
    commit(clean_repo, git)
    (finding,) = scan_range(clean_repo, "HEAD~2..HEAD").findings
    assert allow(load_config(clean_repo), finding.fingerprint, "renewed").path == "db.yaml"


def test_what_is_not_found_is_not_allowed(clean_repo: Path) -> None:
    config = load_config(clean_repo)
    with pytest.raises(RefusedError, match="nothing here has"):
        allow(config, "0123456789abcdef", "x")
    with pytest.raises(UsageError, match="not a fingerprint"):
        allow(config, "0123", "x")
    with pytest.raises(UsageError, match="empty reason"):
        allow(config, "0123456789abcdef", "  ")
    assert not (clean_repo / ".sealkit").exists()
