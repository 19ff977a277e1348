"""`edit_file` from a script: the editor is a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import opens, sops, state
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.approvals import unapproved
from sealkit.operations.edit_file import EditFile, edit_file
from sealkit.operations.events import RecordedEvents
from sealkit.operations.repository import Repository

DB = "private/db.sops.yaml"

pytestmark = pytest.mark.usefixtures("in_memory")


def editor(*changes: Callable[[str], str]) -> Callable[[], EditFile]:
    """An editor that makes one change each time it is opened."""
    remaining = list(changes)

    def run(path: Path) -> bytes:
        path.write_text(remaining.pop(0)(path.read_text()))
        return path.read_bytes()

    return lambda: run


def test_what_the_editor_leaves_is_sealed_and_signed(sealed_repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    written = edit_file(repository, events, Path(DB), editor(lambda text: text.replace("5432", "5433")))
    assert written == DB
    assert "5433" in sops("decrypt", DB, cwd=sealed_repo)
    assert unapproved(repository) == []
    assert edit_file(repository, events, Path(DB), editor(lambda text: text)) is None
    assert (events.warnings, events.questions) == ([], [])
    assert capsys.readouterr() == ("", "")


def test_a_new_file(sealed_repo: Path, canary: Canary) -> None:
    path = "private/new.sops.yaml"
    text = f"new: {canary.secret()}\n"
    assert edit_file(Repository.open(sealed_repo), RecordedEvents(), Path(path), editor(lambda _: text)) == path
    assert opens(path, sealed_repo)


def test_a_text_that_cannot_be_sealed_ends_it_where_nobody_can_be_asked(sealed_repo: Path) -> None:
    before = state(sealed_repo)
    with pytest.raises(SealkitError, match=f"{DB} is not sealed, nothing was written"):
        edit_file(Repository.open(sealed_repo), RecordedEvents(), Path(DB), editor(lambda _: "a: ["))
    assert state(sealed_repo) == before


def test_a_text_that_cannot_be_sealed_is_edited_again(sealed_repo: Path) -> None:
    events = RecordedEvents(answer=True)
    fixed = editor(lambda text: "a: [\n" + text, lambda text: text.partition("\n")[2].replace("5432", "5433"))
    assert edit_file(Repository.open(sealed_repo), events, Path(DB), fixed) == DB
    assert events.questions == ["edit again? otherwise your changes are lost"]
    assert "5433" in sops("decrypt", DB, cwd=sealed_repo)


def test_a_person_may_decline(sealed_repo: Path) -> None:
    before = state(sealed_repo)
    with pytest.raises(RefusedError, match="declined; nothing was written"):
        edit_file(Repository.open(sealed_repo), RecordedEvents(answer=False), Path(DB), editor(lambda _: "a: ["))
    assert state(sealed_repo) == before


@pytest.mark.parametrize("name", ["public/api.yaml", "private"])
def test_what_is_not_sealed_is_not_edited(sealed_repo: Path, name: str) -> None:
    with pytest.raises(UsageError):
        edit_file(Repository.open(sealed_repo), RecordedEvents(), Path(name), editor())
