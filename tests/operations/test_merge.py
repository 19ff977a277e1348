"""Merging sealed files from a script: the driver, and a conflict that is finished by route."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from repository_kit import Git
from sealkit.errors import RefusedError, UsageError
from sealkit.operations.events import Events, RecordedEvents
from sealkit.operations.merge import Versions, merge_conflict, merge_for_git, merge_versions
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_file
from sealkit.sops.encrypt import plain, reseal
from sealkit.sops.three_way_merge import Side
from sealkit.yamlspan.route import Route

PATH = "private/db.sops.yaml"


def version(sealed_repo: Path, old: str, new: str, machine: str = "") -> bytes:
    """The file with another text, written and signed on the current branch; its bytes. Another machine has pins of its own."""
    keys = str(sealed_repo.parent / "home/.config/sops/age/keys.txt")
    other = {"XDG_CONFIG_HOME": str(sealed_repo.parent / machine), "SOPS_AGE_KEY_FILE": keys} if machine else {}
    repository = Repository.open(sealed_repo, {**os.environ, **other})
    opened = open_file(repository.sealed[PATH], repository.keyring)
    changed = reseal(opened, plain(opened).replace(old, new))
    write_sealed(repository, Events(), [changed])
    return changed.data


def commit(sealed_repo: Path, git: Git) -> None:
    git(sealed_repo, "commit", "-q", "--no-verify", "-am", "change")


@pytest.fixture
def in_conflict(sealed_repo: Path, git: Git) -> Path:
    """Both branches changed the port; git stopped in the merge, and left ours."""
    git(sealed_repo, "config", "merge.sealkit.driver", "false")
    git(sealed_repo, "switch", "-qc", "theirs")
    version(sealed_repo, '"5432"', '"5433"', machine="colleague")
    commit(sealed_repo, git)
    git(sealed_repo, "switch", "-q", "main")
    version(sealed_repo, '"5432"', '"5434"')
    commit(sealed_repo, git)
    git(sealed_repo, "merge", "theirs", check=False)
    return sealed_repo


def text(sealed_repo: Path) -> str:
    repository = Repository.open(sealed_repo)
    return plain(open_file(repository.sealed[PATH], repository.keyring))


def test_a_conflict_needs_a_decision(in_conflict: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    events = RecordedEvents()
    with pytest.raises(RefusedError, match="1 value needs a decision"):
        merge_conflict(Repository.open(in_conflict), events, PATH, {})
    assert events.warnings == [(f"{PATH}: both sides changed .db.port", None)]
    merge_conflict(Repository.open(in_conflict), events, PATH, {Route.parse(".db.port"): Side.THEIRS})
    assert events.messages[-1].startswith(f"merged: {PATH}")
    assert '"5433"' in text(in_conflict)
    assert capsys.readouterr() == ("", "")


def test_a_file_without_a_conflict(sealed_repo: Path) -> None:
    with pytest.raises(UsageError, match="not in conflict"):
        merge_conflict(Repository.open(sealed_repo), Events(), PATH, {})


def test_the_driver_replaces_ours(sealed_repo: Path, git: Git, tmp_path: Path) -> None:
    base = (sealed_repo / PATH).read_bytes()
    git(sealed_repo, "switch", "-qc", "theirs")
    theirs = version(sealed_repo, '"5432"', '"5433"', machine="colleague")
    commit(sealed_repo, git)
    git(sealed_repo, "switch", "-q", "main")
    ours = version(sealed_repo, "db:\n", "db:\n  user: app\n")
    commit(sealed_repo, git)
    names = []
    for name, data in (("base", base), ("ours", ours), ("theirs", theirs)):
        (tmp_path / name).write_bytes(data)
        names.append(tmp_path / name)
    git(sealed_repo, "update-ref", "MERGE_HEAD", "theirs")
    events = RecordedEvents()
    repository = Repository.open(sealed_repo)
    merge_for_git(repository, events, PATH, base=names[0], ours=names[1], theirs=names[2])
    merged = plain(open_file(SealedFile(PATH, names[1].read_bytes()), repository.keyring))
    assert "user: app\n" in merged
    assert '"5433"' in merged
    assert events.messages[-1].endswith(f"sealkit approve {PATH}")


def test_a_version_that_was_never_approved(sealed_repo: Path) -> None:
    repository = Repository.open(sealed_repo)
    approved = (sealed_repo / PATH).read_bytes()
    opened = open_file(repository.sealed[PATH], repository.keyring)
    stranger = reseal(opened, plain(opened).replace('"5432"', '"5433"')).data
    with pytest.raises(RefusedError, match="theirs is a version that was never approved"):
        merge_versions(repository, Events(), Versions(PATH, approved, approved, stranger))
    with pytest.raises(RefusedError, match="one side removed it"):
        merge_versions(repository, Events(), Versions(PATH, approved, None, approved))
