"""`deploy` from a script, on the real API server."""

from __future__ import annotations

import pytest

from deploy_kit import DeployedRepo
from sealkit.cluster import desired, preflight
from sealkit.errors import ClusterError
from sealkit.operations import deploy
from sealkit.operations.deploy import Deployment, open_deployment
from sealkit.operations.events import RecordedEvents
from sealkit.sops import data_key
from sealkit.source.filenames import SIGNING_KEY

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


def opened(repository: DeployedRepo, events: RecordedEvents, **options: bool) -> Deployment:
    return open_deployment(repository.repository, events, kubeconfig_file=str(repository.cluster.kubeconfig), **options)  # type: ignore[arg-type]


def test_plan_apply_and_nothing_left_to_do(
    deployed: DeployedRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {"desired": 0, "preflight": 0}
    real_desired, real_check = desired.desired_objects, preflight.check

    def count_desired(*args: object) -> object:
        counted["desired"] += 1
        return real_desired(*args)  # type: ignore[arg-type]

    def count_check(*args: object) -> object:
        counted["preflight"] += 1
        return real_check(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(deploy, "desired_objects", count_desired)
    monkeypatch.setattr(desired, "desired_objects", count_desired)
    monkeypatch.setattr(preflight, "check", count_check)
    events = RecordedEvents()
    deployment = opened(deployed, events)
    deployment.apply(deployment.plan())
    assert counted == {"desired": 1, "preflight": 1}
    assert f"created Secret {deployed.namespace}/db" in events.messages
    second = opened(deployed, RecordedEvents()).plan()
    assert second.empty
    assert capsys.readouterr() == ("", "")


def test_an_object_that_does_not_become_ready_is_an_error(deployed: DeployedRepo) -> None:
    events = RecordedEvents()
    deployment = opened(deployed, events)
    deployment.apply(deployment.plan())
    with pytest.raises(ClusterError, match="not ready"):
        deployment.wait(timeout=0.1)
    assert any("is not ready" in message for message, _ in events.warnings)


def test_a_deploy_opens_no_signing_key(deployed: DeployedRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key at hand may approve, and nothing must be signed."""
    opened_paths: list[str] = []
    real = data_key.recover_data_keys
    monkeypatch.setattr(
        "sealkit.sops.decrypt.recover_data_keys", lambda blocks, ring: opened_paths.extend(blocks) or real(blocks, ring)
    )
    deployment = opened(deployed, RecordedEvents())
    deployment.apply(deployment.plan())
    assert opened_paths
    assert SIGNING_KEY not in opened_paths
