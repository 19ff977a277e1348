"""`init` from a script."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest

from sealkit.errors import NoIdentityError, UsageError
from sealkit.operations.events import RecordedEvents
from sealkit.operations.init import init
from sealkit.operations.repository import Repository


def test_init_sets_up_and_a_second_run_has_nothing_to_do(
    repo: Path, age_key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    events = RecordedEvents()
    assert init(Repository.open(repo), events) is True
    assert any("wrote .sops.yaml" in message for message in events.messages)
    repository = Repository.open(repo)
    assert repository.require_ledger().signer == repository.signing_key().public
    assert init(Repository.open(repo), RecordedEvents()) is False
    assert capsys.readouterr() == ("", "")


def test_a_recipient_that_the_policy_does_not_name_is_an_error_before_anything_is_written(
    repo: Path, age_key: str
) -> None:
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")
    other = str(pyrage.x25519.Identity.generate().to_public())
    before = sorted(repo.iterdir())
    with pytest.raises(UsageError, match="does not name age1"):
        init(Repository.open(repo), RecordedEvents(), [other])
    assert sorted(repo.iterdir()) == before


def test_someone_without_a_key_gets_one_and_is_told_whom_to_ask(repo: Path, age_key: str, home: Path) -> None:
    init(Repository.open(repo), RecordedEvents())
    (home / ".config/sops/age/keys.txt").unlink()
    events = RecordedEvents()
    with pytest.raises(NoIdentityError, match="opens its signing key") as caught:
        init(Repository.open(repo), events)
    assert "sealkit recipients add age1" in (caught.value.hint or "")
    assert any("made an age key" in message for message in events.messages)
