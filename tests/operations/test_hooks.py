"""Hooks and git drivers from a script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repository_kit import Git
from sealkit.errors import SealkitError
from sealkit.operations import git_driver_check, git_drivers, hooks
from sealkit.operations.events import RecordedEvents
from sealkit.operations.hook_script import CHAINED, HOOKS


def test_install_and_remove(clean_repo: Path, git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    folder = hooks.hooks_folder(clean_repo)
    assert folder == clean_repo / ".git/hooks"
    folder.mkdir(exist_ok=True)
    (folder / "pre-commit").write_text("#!/bin/sh\nexit 0\n")
    missing = hooks.missing(clean_repo)
    assert missing[: len(HOOKS)] == [f"the {name} hook" for name in HOOKS]
    assert git_driver_check.DRIVERS in missing
    done = hooks.install(clean_repo)
    assert done[0].endswith(f"the hook that was there runs first, as pre-commit{CHAINED}")
    assert ".gitattributes: /sealkit.sum merge=union" in done
    assert all(os.access(folder / name, os.X_OK) for name in HOOKS)
    assert hooks.missing(clean_repo) == []
    assert hooks.install(clean_repo) == []
    assert len(hooks.remove(clean_repo)) == len(HOOKS)
    assert (folder / "pre-commit").read_text() == "#!/bin/sh\nexit 0\n"
    assert hooks.remove(clean_repo) == []
    assert capsys.readouterr() == ("", "")


def test_two_foreign_hooks_are_left_alone(clean_repo: Path) -> None:
    folder = hooks.hooks_folder(clean_repo)
    folder.mkdir(exist_ok=True)
    for name in ("pre-commit", f"pre-commit{CHAINED}"):
        (folder / name).write_text("#!/bin/sh\nexit 0\n")
    with pytest.raises(SealkitError, match="is one too"):
        hooks.install(clean_repo)
    assert (folder / "pre-commit").read_text() == "#!/bin/sh\nexit 0\n"


def test_a_clone_that_is_not_set_up_is_warned_of(
    sealed_repo: Path, git: Git, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "clone", "-q", str(sealed_repo), "clone")
    clone = tmp_path / "clone"
    capsys.readouterr()
    events = RecordedEvents()
    git_driver_check.warn_not_configured(clone / "public", events)
    assert events.warnings == [(f"this clone lacks {git_driver_check.DRIVERS}", "sealkit hook install")]
    assert git_drivers.install(clone) == [f"git config {key}" for key in git_drivers.SETTINGS]
    git_driver_check.warn_not_configured(clone, events)
    assert len(events.warnings) == 1
    assert capsys.readouterr() == ("", "")
