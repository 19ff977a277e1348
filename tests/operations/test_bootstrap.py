"""`bootstrap` from a script: who is asked, and what a script must answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from canary import Canary
from repository_kit import answers, opens
from sealkit.errors import RefusedError
from sealkit.operations.answers import Answers
from sealkit.operations.bootstrap import is_member, move_in, set_up_machine
from sealkit.operations.events import Events, RecordedEvents
from sealkit.operations.repository import Repository


def test_a_stranger_moves_in(
    stranger: Path, age_key: str, home: Path, canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    canary.allow(home)
    repository, events = Repository.open(stranger), RecordedEvents(answer=True)
    assert not is_member(repository)
    move_in(repository, events, Answers.parse(events, answers(canary)[1], "answers.yaml"))
    assert events.questions == ["do this?"]
    sealed = [path for path, file in Repository.open(stranger).sealed.items() if file.is_sealed]
    assert len(sealed) > 1
    assert all(opens(path, stranger) for path in sealed)
    assert is_member(Repository.open(stranger))
    again = RecordedEvents()
    set_up_machine(Repository.open(stranger), again)
    assert any("this repository is yours" in message for message in again.messages)
    assert capsys.readouterr() == ("", "")


def test_a_script_that_cannot_be_asked_writes_nothing(stranger: Path, age_key: str, canary: Canary) -> None:
    repository, events = Repository.open(stranger), Events()
    with pytest.raises(RefusedError, match="have no answer"):
        move_in(repository, events, Answers(events))
    with pytest.raises(RefusedError, match="not a terminal; nothing was written"):
        move_in(repository, events, Answers.parse(events, answers(canary)[1], "answers.yaml"))
    assert not (stranger / "sealkit.sum").exists()


def test_a_no_writes_nothing(stranger: Path, age_key: str, canary: Canary) -> None:
    events = RecordedEvents(answer=False)
    with pytest.raises(RefusedError, match="declined; nothing was written"):
        move_in(Repository.open(stranger), events, Answers.parse(events, answers(canary)[1], "answers.yaml"))
    assert not (stranger / "sealkit.sum").exists()
