"""Approval from a script: nothing is signed without somebody who says so."""

from __future__ import annotations

import pytest

from sealkit.errors import RefusedError, UsageError
from sealkit.operations import approvals, approve
from sealkit.operations.events import Events, RecordedEvents
from trust_kit import TrustedRepo


def tamper(repository: TrustedRepo) -> None:
    repository.replace("private/app.yaml", "namespace:", "zone:")


def test_what_is_not_approved_is_described_masked_and_signed(
    trusted_repo: TrustedRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(trusted_repo)
    repository = trusted_repo.repository
    items = approve.find(repository, ["private/app.yaml"])
    lines = approve.describe(repository, items)
    assert any(".metadata.zone" in line for line in lines)
    assert not trusted_repo.canary.found_in("\n".join(lines).encode())
    approvals.approve(repository, items)
    assert trusted_repo.unapproved() == []
    assert capsys.readouterr() == ("", "")


def test_a_name_that_nothing_has(trusted_repo: TrustedRepo) -> None:
    with pytest.raises(UsageError, match=r"no\.such: nothing of that name"):
        approve.find(trusted_repo.repository, ["no.such"])


def test_only_a_person_approves_on_the_way(trusted_repo: TrustedRepo) -> None:
    tamper(trusted_repo)
    for events in (Events(), RecordedEvents(answer=False)):
        with pytest.raises(RefusedError, match="1 change is not approved"):
            approvals.require_approved(trusted_repo.repository, events)
    yes = RecordedEvents(answer=True)
    approvals.require_approved(trusted_repo.repository, yes)
    assert yes.questions == ["approve it and continue?"]
    assert trusted_repo.unapproved() == []
