"""An audit from a script, of a folder and of an address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from repository_kit import Git, commit
from sealkit.errors import SealkitError, UsageError
from sealkit.operations.audit import audit
from sealkit.operations.clone import is_address, repository_at, without_password
from sealkit.operations.events import Events, RecordedEvents


def test_a_mirror_is_audited_and_removed(
    clean_repo: Path, git: Git, leak: Callable[[Path], str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    leak(clean_repo / "db.yaml")
    commit(clean_repo, git)
    (clean_repo / "db.yaml").unlink()
    commit(clean_repo, git)
    events = RecordedEvents()
    with repository_at(f"file://{clean_repo}", events) as root:
        assert root != clean_repo
        result = audit(root)
    assert not root.exists()
    assert events.messages == [f"cloning file://{clean_repo}"]
    assert [(item.rule, item.path) for item in result.findings] == [("SK201", "db.yaml")]
    assert result.history
    assert result.tally.scanned > 3
    assert not audit(clean_repo, "HEAD~1..HEAD").findings
    assert capsys.readouterr() == ("", "")


def test_a_folder_is_used_as_it_is(clean_repo: Path, tmp_path: Path) -> None:
    with repository_at(str(clean_repo), Events()) as root:
        assert root == clean_repo
    assert clean_repo.exists()
    with pytest.raises(SealkitError, match="not in a git repository"), repository_at(str(tmp_path), Events()):
        pass


def test_the_mirror_is_removed_where_the_clone_fails(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with (
        pytest.raises(SealkitError, match="failed"),
        repository_at(f"file://{tmp_path}/none.git", Events()),
    ):
        pass
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("address", ["-x:y", "https://user:made-up@example.invalid/x.git"])
def test_an_address_that_is_refused_is_not_cloned(address: str, home: Path) -> None:
    events = RecordedEvents()
    with pytest.raises(UsageError) as error, repository_at(address, events):
        pass
    assert "made-up" not in error.value.message
    assert events.messages == []


def test_addresses() -> None:
    assert is_address("https://example.invalid/x.git")
    assert is_address("host:path")
    assert not is_address("folder")
    assert without_password("https://user:word@host/x@y") == "https://host/x@y"
    assert without_password("ssh://host/x") == "ssh://host/x"
