"""`seal_files`, `check_sealed` and `rotate` from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, commit, opens, sops
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.approvals import unapproved
from sealkit.operations.events import RecordedEvents
from sealkit.operations.repository import Repository
from sealkit.operations.rotate import rotate
from sealkit.operations.seal import check_sealed, require_no_errors, seal_files

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"


def test_files_are_sealed_and_signed(
    sealed_repo: Path, canary: Canary, git: Git, capsys: pytest.CaptureFixture[str]
) -> None:
    canary.allow(sealed_repo / ".git")
    new = sealed_repo / "private/new.sops.yaml"
    new.write_text(f"new: {canary.secret()}\n")
    commit(sealed_repo, git)
    capsys.readouterr()
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    findings = check_sealed(repository)
    assert {finding.path for finding in findings} == {"private/new.sops.yaml"}
    with pytest.raises(RefusedError, match="not everything is sealed"):
        require_no_errors(findings)
    assert seal_files(repository, events, [new, sealed_repo / DB]) == ["private/new.sops.yaml"]
    assert events.messages == [f"{DB}: is sealed already", "sealed private/new.sops.yaml"]
    assert [message for message, _ in events.warnings] == [
        "private/new.sops.yaml: its plain text is in the index of git"
    ]
    assert check_sealed(repository, [sealed_repo / "private"]) == []
    assert opens("private/new.sops.yaml", sealed_repo)
    assert unapproved(repository) == []
    assert capsys.readouterr() == ("", "")


def test_one_file_that_cannot_be_sealed_leaves_all(sealed_repo: Path) -> None:
    for name, text in (("a", "a: 1\n"), ("b", "b: [\n")):
        (sealed_repo / f"private/{name}.yaml").write_text(text)
    with pytest.raises(SealkitError, match="invalid YAML"):
        seal_files(
            Repository.open(sealed_repo), RecordedEvents(), [sealed_repo / f"private/{name}.yaml" for name in "ab"]
        )
    assert (sealed_repo / "private/a.yaml").read_text() == "a: 1\n"


@pytest.mark.parametrize("name", [".sops.yaml", "sealkit.yaml", "sealkit.sum"])
def test_what_must_stay_plain(sealed_repo: Path, name: str) -> None:
    with pytest.raises(UsageError, match="must stay in plain text"):
        seal_files(Repository.open(sealed_repo), RecordedEvents(), [sealed_repo / name])


def test_new_data_keys(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    before, clear = (sealed_repo / DB).read_bytes(), sops("decrypt", DB, cwd=sealed_repo)
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    assert rotate(repository, events, dry_run=True) == [".sealkit/signing-key.sops.yaml", APP, DB]
    assert (sealed_repo / DB).read_bytes() == before
    assert rotate(repository, events, [Path(DB)]) == [DB]
    assert not {line for line in before.splitlines() if b"ENC[" in line} & set(
        (sealed_repo / DB).read_bytes().splitlines()
    )
    assert sops("decrypt", DB, cwd=sealed_repo) == clear
    assert unapproved(repository) == []
    with pytest.raises(UsageError, match="not sealed"):
        rotate(repository, events, [Path("public/api.yaml")])
    assert capsys.readouterr() == ("", "")
