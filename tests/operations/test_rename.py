"""`rename` from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from parse_counter import ParseCounter
from repository_kit import sops
from sealkit.errors import RefusedError, UsageError
from sealkit.operations.approvals import unapproved
from sealkit.operations.events import RecordedEvents
from sealkit.operations.rename import rename
from sealkit.operations.repository import Repository
from sealkit.source import files

DB = "private/db.sops.yaml"
SIGNING_KEY = ".sealkit/signing-key.sops.yaml"


def test_a_value_gets_another_name(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    password = sops("decrypt", "--extract", '["db"]["password"]', DB, cwd=sealed_repo)
    capsys.readouterr()
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    result = rename(repository, events, "db.password", "main.password")
    assert (str(result.old), str(result.new)) == (f"{DB} .db.password", f"{DB} .main.password")
    assert result.files == 1
    assert sops("decrypt", "--extract", '["main"]["password"]', DB, cwd=sealed_repo) == password
    assert "<generate:hex:32>" in (sealed_repo / "private.example/db.sops.yaml").read_text()
    assert unapproved(repository) == []
    assert (events.warnings, events.questions) == ([], [])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [("db.port", "a b", UsageError), ("nothing", "other", UsageError), ("db.port", "db.password", RefusedError)],
)
def test_a_name_that_does_not_work(sealed_repo: Path, old: str, new: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rename(Repository.open(sealed_repo), RecordedEvents(), old, new)


def test_placeholders_are_replaced_all_or_none(sealed_repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full after the first file: no public file changed, and the next run goes on."""
    (sealed_repo / "public/b.yaml").write_text("a: <sealed:db.password>\n")
    before = {path: path.read_bytes() for path in (sealed_repo / "public").iterdir()}
    real, staged = files.stage, []

    def stage(path: Path, data: bytes, *, mode: int | None = None) -> Path:
        if path.parent.name == "public":
            staged.append(path)
            if len(staged) == 2:
                raise files.SealkitError(f"{path}: no space left on device")
        return real(path, data, mode=mode)

    with monkeypatch.context() as full_disk:
        full_disk.setattr(files, "stage", stage)
        with pytest.raises(files.SealkitError, match="no space left"):
            rename(Repository.open(sealed_repo), RecordedEvents(), "db.password", "db.secret")
    assert {path: path.read_bytes() for path in (sealed_repo / "public").iterdir()} == before
    events = RecordedEvents()
    assert rename(Repository.open(sealed_repo), events, "db.password", "db.secret").files == 2
    assert any("continuing" in message for message in events.messages)


def test_each_version_of_a_file_is_parsed_once(sealed_repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (sealed_repo / DB).read_bytes()
    counter = ParseCounter.install(monkeypatch)
    rename(Repository.open(sealed_repo), RecordedEvents(), "db.password", "main.password")
    after = (sealed_repo / DB).read_bytes()
    assert (counter.of_text(DB, before), counter.of_text(DB, after)) == (1, 1)
    assert counter.total(DB) == 3  # and the text between the two, which is never on disk
    assert all(counter.total(path) <= 2 for path in counter.paths() - {DB})
