"""Recipients listed, added, removed and synced from a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from repository_kit import new_age_key, state
from sealkit.errors import RefusedError, SealkitError, UsageError
from sealkit.operations.approvals import approve, unapproved
from sealkit.operations.events import RecordedEvents
from sealkit.operations.recipients import (
    apply_plan,
    list_recipients,
    plan_add,
    plan_remove,
    plan_sync,
    require_synced,
)
from sealkit.operations.repository import Repository
from sealkit.source import filenames

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"


def recipients_of(root: Path, path: str) -> set[str]:
    file = Repository.open(root).sealed[path]
    return {recipient.id for recipient in file.recipients}


def test_someone_comes_and_goes(
    sealed_repo: Path, age_key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    bob = new_age_key(tmp_path / "bob.txt")
    repository, events = Repository.open(sealed_repo), RecordedEvents()
    before = state(sealed_repo)
    plan = plan_add(repository, bob, may_approve=True)
    assert [change.path for change in plan.changes] == [filenames.SIGNING_KEY, APP, DB]
    assert plan.changes_policy
    assert (plan.lost_values, plan.replaces_signing_key) == ([], False)
    apply_plan(repository, events, plan, dry_run=True)
    assert state(sealed_repo) == before
    apply_plan(repository, events, plan)
    assert events.messages == ["would reseal 3 files", "resealed 3 files; commit the changes"]
    assert recipients_of(sealed_repo, DB) == {age_key, bob}
    assert [(listed.name, listed.rules, listed.files, listed.is_own, listed.approved) for listed in list_recipients(
        repository
    )] == sorted([(f"age:{age_key}", (1, 2), 3, True, True), (f"age:{bob}", (1, 2), 3, False, True)])  # fmt: skip
    assert plan_add(repository, bob, may_approve=True).is_empty

    signer = repository.require_ledger().signer
    plan = plan_remove(repository, bob)
    assert plan.lost_values == [
        f"{APP} .stringData.token", f"{APP} .stringData.other", f"{DB} .db.password", f"{DB} .db.port"
    ]  # fmt: skip
    assert plan.lost_recipients == [bob]
    apply_plan(repository, events, plan)
    assert recipients_of(sealed_repo, DB) == {age_key}
    assert recipients_of(sealed_repo, filenames.SIGNING_KEY) == {age_key}
    assert repository.require_ledger().signer != signer
    assert unapproved(repository) == []
    assert events.questions == []
    assert capsys.readouterr() == ("", "")


def test_what_somebody_else_wrote_into_the_policy_is_not_followed(
    sealed_repo: Path, age_key: str, tmp_path: Path
) -> None:
    mallory = new_age_key(tmp_path / "mallory.txt")
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},\n      {mallory}"))
    repository = Repository.open(sealed_repo)
    for plan in (plan_sync, lambda repository: plan_add(repository, new_age_key(tmp_path / "x.txt"))):
        with pytest.raises(RefusedError, match="not approved"):
            plan(repository)
    events = RecordedEvents()
    with pytest.raises(RefusedError, match="3 files are not sealed as"):
        require_synced(repository, events)
    assert f"{DB}: gains {mallory}" in events.messages
    approve(repository, [item for item in unapproved(repository) if item.path == ".sops.yaml"])
    apply_plan(repository, events, plan_sync(repository))
    require_synced(repository, events)
    assert recipients_of(sealed_repo, DB) == {age_key, mallory}


def test_what_is_refused(sealed_repo: Path, age_key: str, tmp_path: Path) -> None:
    repository, before = Repository.open(sealed_repo), state(sealed_repo)
    with pytest.raises(RefusedError, match="the rule has no recipients"):
        plan_remove(repository, age_key)
    with pytest.raises(UsageError, match="not a recipient here"):
        plan_remove(repository, "nonsense")
    with pytest.raises(SealkitError):
        plan_add(repository, "nonsense")
    with pytest.raises(UsageError, match="no rule 9"):
        plan_add(repository, new_age_key(tmp_path / "x.txt"), rules=[9])
    assert state(sealed_repo) == before


def test_who_only_deploys_is_not_sealed_the_signing_key(sealed_repo: Path, age_key: str, tmp_path: Path) -> None:
    robot = new_age_key(tmp_path / "ci.txt")
    repository = Repository.open(sealed_repo)
    apply_plan(repository, RecordedEvents(), plan_add(repository, robot))
    assert recipients_of(sealed_repo, DB) == {age_key, robot}
    assert recipients_of(sealed_repo, filenames.SIGNING_KEY) == {age_key}
