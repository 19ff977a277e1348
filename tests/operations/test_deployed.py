"""What the cluster remembers of a deploy, against who puts old versions back: the real API server."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from deploy_kit import DeployedRepo
from sealkit.errors import RefusedError
from sealkit.operations.deploy import Deployment, open_deployment
from sealkit.operations.events import Events, RecordedEvents
from sealkit.operations.repository import Repository

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
APP = "public/app.yaml"


def opened(deployed: DeployedRepo, events: Events | None = None, root: Path | None = None) -> Deployment:
    repository = Repository.open(root or deployed.root)
    return open_deployment(repository, events or Events(), kubeconfig_file=str(deployed.cluster.kubeconfig))


def deploy(deployed: DeployedRepo, root: Path | None = None) -> None:
    deployment = opened(deployed, root=root)
    deployment.apply(deployment.plan())


def remove_inventory(deployed: DeployedRepo) -> None:
    deployed.cluster.kubectl("delete", "secret", "sealkit-inventory-home", "-n", deployed.namespace)


def files_of(root: Path, *paths: str) -> dict[str, str]:
    return {path: (root / path).read_text() for path in (*paths, "sealkit.sum")}


def put_back(root: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (root / path).write_text(text)


def test_an_old_version_with_its_old_line(deployed: DeployedRepo) -> None:
    """Each signature holds, and the cluster knows better: on this machine, and on one that never saw the repository."""
    old = files_of(deployed.root, APP)
    deployed.replace("level: info", "level: debug")
    deployed.approve()
    put = files_of(deployed.root, APP)
    put_back(deployed.root, old)
    deploy(deployed)  # what was only written does not count
    put_back(deployed.root, put)
    deploy(deployed)
    put_back(deployed.root, old)
    with pytest.raises(RefusedError, match=r"public/app\.yaml: version 1 was put back, version 2 was deployed"):
        opened(deployed)


def test_a_file_that_goes_with_its_line(deployed: DeployedRepo) -> None:
    deployed.public("policy.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: policy}\n")
    deployed.approve()
    deploy(deployed)
    (deployed.root / "public/policy.yaml").unlink()
    ledger = deployed.root / "sealkit.sum"
    rows = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(row for row in rows if "path=public/policy.yaml " not in row))
    with pytest.raises(RefusedError, match="public/: a file came or went together with its line"):
        opened(deployed)
    ledger.write_text(
        "".join(row for row in rows if not any(f"path={p} " in row for p in ("public/policy.yaml", "public")))
    )
    with pytest.raises(RefusedError, match="public/: its line was taken out of the ledger"):
        opened(deployed)


def test_an_old_version_is_signed_at_a_new_one(deployed: DeployedRepo) -> None:
    deploy(deployed)
    old = files_of(deployed.root, APP)
    deployed.replace("level: info", "level: debug")
    deployed.approve()
    deploy(deployed)
    put_back(deployed.root, old)
    events = RecordedEvents(answer=True)
    deployment = open_deployment(
        deployed.repository, events, kubeconfig_file=str(deployed.cluster.kubeconfig), unsigned=True
    )
    assert [item.path for item in deployment.waiting] == [APP]
    assert deployment.waiting[0].sign is not None
    assert deployment.waiting[0].sign.version == 3  # type: ignore[union-attr]


def test_a_plan_of_what_is_not_approved_sends_and_shows_no_value(deployed: DeployedRepo) -> None:
    deploy(deployed)
    deployed.replace("color = blue", "color = green")
    deployment = open_deployment(
        deployed.repository, Events(), kubeconfig_file=str(deployed.cluster.kubeconfig), unsigned=True
    )
    plan = deployment.plan()
    changed = {str(change.ref): change.fields for change in plan.changes if change.fields}
    assert list(changed) == [f"ConfigMap {deployed.namespace}/conf"]
    assert deployed.token not in str(plan)
    with pytest.raises(RefusedError, match="not approved"):
        deployment.apply(plan)


def test_an_inventory_that_is_gone(deployed: DeployedRepo) -> None:
    deploy(deployed)
    remove_inventory(deployed)
    with pytest.raises(RefusedError, match="the inventory of target home is not there"):
        opened(deployed)
    with pytest.raises(RefusedError):
        opened(deployed, RecordedEvents(answer=False))
    events = RecordedEvents(answer=True)
    deployment = opened(deployed, events)
    deployment.apply(deployment.plan())
    assert len(events.questions) == 1
    opened(deployed)


def test_a_first_deploy_that_was_killed_goes_on(deployed: DeployedRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    from sealkit.operations import deploy as operation

    deployment = opened(deployed)
    plan = deployment.plan()

    class Killed(BaseException):
        pass

    def record(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(operation.inventory, "record", record)
        with pytest.raises(Killed):
            deployment.apply(plan)
    assert deployed.get("configmap", "conf", "{.data.level}") == "info"
    deploy(deployed)


def test_image_tags_count_against_what_was_deployed(deployed: DeployedRepo, tmp_path: Path) -> None:
    """Also in a clone that does not have the signed text."""
    config = deployed.root / "sealkit.yaml"
    config.write_text(config.read_text() + "trust: {free: [image-tags]}\n")
    deployed.approve()
    deploy(deployed)
    for tag in ("1.3", "1.10"):
        text = (deployed.root / APP).read_text()
        (deployed.root / APP).write_text(text.replace(text.partition("api:1.")[2].partition("\n")[0], tag[2:], 1))
        deploy(deployed)
    deployed.git(deployed.root, "add", "-A")
    deployed.git(deployed.root, "commit", "-qm", "tags")
    deployed.git(tmp_path, "clone", "-q", "--depth", "1", f"file://{deployed.root}", "shallow")
    shallow = tmp_path / "shallow"
    shutil.rmtree(deployed.root / ".git/sealkit/approved", ignore_errors=True)
    deployed.forget()
    app = shallow / APP
    app.write_text(app.read_text().replace("api:1.10", "api:1.11"))
    deploy(deployed, shallow)
    assert deployed.get("deployment", "api", "{.spec.template.spec.containers[0].image}").endswith(":1.11")
    app.write_text(app.read_text().replace("api:1.11", "api:1.10"))
    with pytest.raises(RefusedError, match=r"public/app\.yaml"):
        opened(deployed, root=shallow)
    listed = deployed.get("secret", "sealkit-inventory-home", "{.data.objects}")
    assert listed
    assert json.dumps(deployed.password) not in listed
