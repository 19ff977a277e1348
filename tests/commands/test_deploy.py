"""`sealkit deploy` and `sealkit diff`, as a person types them, against the real API server."""

from __future__ import annotations

import base64
import json
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy_kit import DeployedRepo
from fault_proxy import FaultProxy, proxied
from sealkit.operations.signer import create_signer, replace_signing_key

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

SEALKIT = Path(sys.executable).with_name("sealkit")
Deploy = Callable[..., Any]


@pytest.fixture
def deploy(deployed: DeployedRepo, sealkit: Callable[..., Any]) -> Deploy:
    """`deploy("--yes", …)`: the command on the repository; `command="diff"` for the other one."""

    def run(*args: str, command: str = "deploy", kubeconfig: object = None, **options: Any) -> Any:
        path = str(kubeconfig or deployed.cluster.kubeconfig)
        return sealkit(command, *args, "--kubeconfig", path, cwd=deployed.root, **options)

    return run


def secret(sealed_repo: DeployedRepo) -> str:
    """The password as the cluster has it; empty where there is none."""
    return base64.b64decode(sealed_repo.get("secret", "db", "{.data.password}")).decode()


def objects(sealed_repo: DeployedRepo) -> str:
    return str(
        sealed_repo.cluster.kubectl(
            "get", "secret,configmap,deployment", "-n", sealed_repo.namespace, "-o", "name"
        ).stdout
    )


def test_the_whole_road(deployed: DeployedRepo, deploy: Deploy) -> None:
    """Plan masked, apply, nothing to do; change a value, see that it changed, apply."""
    ran = deploy("--yes", "--no-wait")
    assert ran.code == 0, ran.err
    assert f"+ Secret {deployed.namespace}/db" in ran.out
    assert "3 to create" in ran.out
    assert secret(deployed) == deployed.password
    assert f"token = {deployed.token}" in deployed.get("configmap", "conf", r"{.data.app\.ini}")
    assert f"postgres://app:{deployed.password}@db/shop" in deployed.get("deployment", "api", "{.spec.template.spec}")
    assert "last-applied" not in deployed.cluster.kubectl("get", "secret,configmap,deployment", "-n", deployed.namespace,
                                                          "-o", "yaml").stdout  # fmt: skip

    ran = deploy("--no-wait")
    assert (ran.code, "nothing to do" in ran.err) == (0, True)
    assert "0 to create" not in ran.out

    deployed.password = deployed.canary.secret()
    deployed.seal()
    deployed.replace("level: info", "level: debug")
    deployed.approve()
    ran = deploy(command="diff")
    assert ran.code == 1
    assert "~ .data.password  *** (changed)" in ran.out
    assert "info -> debug" in ran.out
    assert "postgres://app:***@db/shop (changed)" in ran.out
    assert deploy("--yes", "--no-wait").code == 0
    assert secret(deployed) == deployed.password
    assert deploy(command="diff").code == 0


def test_the_plan_as_json(deploy: Deploy) -> None:
    ran = deploy("-o", "json", command="diff")
    body = json.loads(ran.out)
    assert body["version"] == 1
    assert {change["verb"] for change in body["changes"]} == {"create"}
    found = {(field["route"], field["new"]) for change in body["changes"] for field in change["fields"]}
    assert (".data.password", "***") in found
    assert ('.data["app.ini"]', "[auth]\ntoken = ***\ncolor = blue\n") in found


def test_nothing_happens_without_a_yes(deployed: DeployedRepo, deploy: Deploy) -> None:
    before = objects(deployed)
    ran = deploy("--no-wait")
    assert (ran.code, "not a terminal; nothing was applied" in ran.err, "--yes" in ran.err) == (1, True, True)
    for kind in ("client", "server"):
        ran = deploy(f"--dry-run={kind}")
        assert ran.code == 0, ran.err
        assert "+ .data.password" in ran.out
    assert objects(deployed) == before


def on_terminal(deployed: DeployedRepo, answers: str, *args: str) -> tuple[int, str, str]:
    """Deploy with a terminal on standard input; the exit code, the plan, and what was said."""
    mine, theirs = pty.openpty()
    try:
        os.write(mine, answers.encode())
        ran = subprocess.run(
            [SEALKIT, "deploy", "--no-wait", "--kubeconfig", deployed.cluster.kubeconfig, *args],
            cwd=deployed.root, stdin=theirs, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(mine)
        os.close(theirs)
    deployed.canary.hear("output", ran.stdout + ran.stderr)
    return ran.returncode, ran.stdout, ran.stderr


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_a_person_is_asked(deployed: DeployedRepo, answer: str, code: int) -> None:
    ran, _, said = on_terminal(deployed, f"{answer}\n")
    assert ran == code, said
    assert f"({deployed.cluster.url})? [y/N]" in said
    assert ("secret/db" in objects(deployed)) is (answer == "y")


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_a_person_is_asked_once_for_changes_and_plan(deployed: DeployedRepo, answer: str, code: int) -> None:
    """The unsigned change is read, the plan is seen, and one yes signs and deploys; a no does neither."""
    deployed.replace("level: info", "level: debug")
    ran, plan, said = on_terminal(deployed, f"{answer}\n", "--yes")
    assert ran == code, said
    assert said.count("[y/N]") == 1
    assert said.index("+  level: debug") < said.index("approve it and apply this to ")
    assert f"+ Secret {deployed.namespace}/db" in plan
    assert ("secret/db" in objects(deployed)) is (answer == "y")
    assert (
        deployed.repository.inputs.files["public/app.yaml"].sha256 in (deployed.root / "sealkit.sum").read_text()
    ) is (answer == "y")


def test_who_approves_the_configuration_is_still_asked_for_the_plan(deployed: DeployedRepo) -> None:
    text = (deployed.root / "sealkit.yaml").read_text()
    (deployed.root / "sealkit.yaml").write_text(text + "# more\n")
    ran, _, said = on_terminal(deployed, "y\nn\n")
    assert ran == 1
    assert "approve sealkit.yaml, which says what is deployed where? [y/N]" in said
    assert "apply this to " in said
    assert "declined; nothing was signed or applied" in said
    assert "secret/db" not in objects(deployed)
    assert on_terminal(deployed, "y\ny\n")[0] == 0
    assert "secret/db" in objects(deployed)


def test_what_waits_for_approval_is_not_deployed(deployed: DeployedRepo, deploy: Deploy) -> None:
    """A pull request sends the password to another place; `--yes` does not answer for that."""
    deployed.replace("level: info", "level: <sealed:db.password>")
    ran = deploy("--yes", "--no-wait")
    assert ran.code == 1
    assert "not approved" in ran.err
    assert "secret/db" not in objects(deployed)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: 'ENC[AES256_GCM,data:x]'}}",
            "still encrypted",
        ),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {level: 5}}", ".data.level: must be text"),
        ("{apiVersion: v1, kind: ConfigMap, metadata: {generateName: c}}", "generateName is not supported"),
    ],
)
def test_what_is_not_fit_is_refused_before_anything_is_sent(
    deployed: DeployedRepo, deploy: Deploy, manifest: str, message: str
) -> None:
    deployed.public("odd.yaml", manifest)
    before = objects(deployed)
    for command in ("diff", "deploy"):
        ran = deploy(command=command)
        assert ran.code in {1, 2}
        assert message in ran.err or command == "deploy"
    deployed.approve()
    ran = deploy("--yes")
    assert ran.code in {1, 2}
    assert message in ran.err
    assert objects(deployed) == before


def test_a_plain_secret_is_a_warning(deployed: DeployedRepo, deploy: Deploy) -> None:
    deployed.public("plain.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: plain}\nstringData: {a: open}\n")
    deployed.approve()
    ran = deploy("--yes", "--no-wait")
    assert ran.code == 0
    assert "SK201" in ran.err
    assert "open" not in ran.out


def test_what_cannot_be(deploy: Deploy) -> None:
    for args, code, message in (
        (("--timeout", "soon"), 2, "not a duration: soon"),
        (("--context", "nowhere"), 2, "no context 'nowhere'"),
        (("elsewhere",), 2, "no target 'elsewhere'"),
    ):
        ran = deploy("--yes", *args)
        assert (ran.code, message in ran.err) == (code, True), ran.err


def test_the_context_of_the_target_is_used_and_another_one_is_said(deployed: DeployedRepo, deploy: Deploy) -> None:
    deployed.configure(context="admin@home")
    deployed.approve()
    ran = deploy("--yes", "--no-wait")
    assert (ran.code, "no context 'admin@home'" in ran.err) == (2, True)
    own = deployed.cluster.kubectl("config", "current-context").stdout.strip()
    ran = deploy("--yes", "--no-wait", "--context", own)
    assert ran.code == 0
    assert f"target home names context admin@home, --context says {own}" in ran.err


def test_a_refusal_names_the_field_and_not_the_value(deployed: DeployedRepo, deploy: Deploy) -> None:
    """The value stands where the server repeats what it does not understand."""
    deployed.public("svc.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
                                "spec: {type: '<sealed:token>', ports: [{port: 80}]}\n")  # fmt: skip
    deployed.approve()
    ran = deploy("--yes", "--no-wait")
    assert ran.code == 4
    assert f"Service {deployed.namespace}/s: spec.type: unsupported value" in ran.err
    assert "secret/db" not in objects(deployed)


def test_a_field_of_somebody_else_is_left_alone_until_told(deployed: DeployedRepo, deploy: Deploy) -> None:
    deploy("--yes", "--no-wait")
    deployed.apply_with_kubectl(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {level: warn}}",
        "--server-side", "--force-conflicts", "--field-manager=hand",
    )  # fmt: skip
    ran = deploy("--yes", "--no-wait")
    assert ran.code == 4
    assert "! held by another manager: .data.level (hand)" in ran.out
    assert "--force-conflicts" in ran.err
    assert deploy("--yes", "--no-wait", "--force-conflicts").code == 0
    assert deployed.get("configmap", "conf", "{.data.level}") == "info"


def test_an_object_that_leaves_the_repository_is_said_until_it_is_gone(deployed: DeployedRepo, deploy: Deploy) -> None:
    extra = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\ndata: {a: b}\n"
    deployed.public("extra.yaml", extra)
    deployed.approve()
    assert deploy("--yes", "--no-wait").code == 0
    (deployed.root / "public/extra.yaml").unlink()
    ran = deploy("--yes", "--no-wait")
    assert (ran.code, "the ledger has it, and it was removed" in ran.err) == (1, True), ran.err
    deployed.approve()
    line = f"no longer in the repository, still in the cluster: ConfigMap {deployed.namespace}/extra"
    for _ in range(2):
        ran = deploy("--no-wait")
        assert (ran.code, line in ran.err) == (0, True), ran.err
    deployed.cluster.kubectl("delete", "configmap", "extra", "-n", deployed.namespace)
    assert line not in deploy("--no-wait").err


def test_the_cluster_knows_the_repository(deployed: DeployedRepo, deploy: Deploy) -> None:
    """Somebody takes over the repository and makes a ledger of their own in it; the machine is a new one, only the cluster
    remembers. A key that the old one handed over to is let in."""
    assert deploy("--yes", "--no-wait").code == 0
    before = {name: (deployed.root / name).read_bytes() for name in ("sealkit.sum", ".sealkit/signing-key.sops.yaml")}
    replace_signing_key(deployed.repository)
    assert deploy("--no-wait").code == 0

    deployed.forget()
    create_signer(deployed.repository, replace_existing=True)
    deployed.approve()
    for command in ("deploy", "diff"):
        ran = deploy(command=command)
        assert ran.code == 1
        assert "the signing key is ed25519:" in ran.err
        assert "the cluster knows ed25519:" in ran.err

    deployed.forget()
    (deployed.root / "sealkit.sum").unlink()
    ran = deploy("--no-wait")
    assert (ran.code, "sealkit.sum: the whole ledger was removed" in ran.err) == (1, True), ran.err
    (deployed.root / ".sealkit/signing-key.sops.yaml").unlink()
    ran = deploy("--no-wait")
    assert (ran.code, "removed" in ran.err) == (1, True), ran.err

    deployed.forget()
    for name, data in before.items():  # the key of before the handover
        (deployed.root / name).write_bytes(data)
    ran = deploy("--no-wait")
    assert (ran.code, "the cluster knows ed25519:" in ran.err) == (1, True), ran.err


def test_waiting_for_readiness(deployed: DeployedRepo, deploy: Deploy, node: object) -> None:
    ran = deploy("--yes", "--timeout", "60s")
    assert ran.code == 0, ran.err
    assert ran.err.rstrip().endswith("3 objects, all ready")
    deployed.replace(
        "labels: {app: api}}", "labels: {app: api}, annotations: {sealkit.test/fail: CreateContainerConfigError}}"
    )
    deployed.approve()
    for text in ("CreateContainerConfigError", "1 of 3 objects are not ready"):
        ran = deploy("--yes", "--timeout", "60s")  # the second time there is nothing to do, and still it is not ready
        assert ran.code == 4
        assert text in ran.err


def test_a_time_that_is_over(deploy: Deploy) -> None:
    """There is no node: the pods wait for ever."""
    ran = deploy("--yes", "--timeout", "1s")
    assert ran.code == 4
    assert "is not ready: 0 of 1 pods ready" in ran.err
    assert "kubectl describe deployment api" in ran.err


@pytest.fixture
def proxy(deployed: DeployedRepo) -> Iterator[FaultProxy]:
    """A proxy in front of the control plane."""
    with proxied(deployed.cluster.url, deployed.cluster.plane.tls()) as running:
        yield running


def test_a_cluster_that_is_lost_in_the_middle(deployed: DeployedRepo, deploy: Deploy, proxy: FaultProxy) -> None:
    """What is in place stays, what was not tried is counted, and the next run goes on."""
    proxy.fault = lambda method, path: (
        "401" if method == "PATCH" and "deployments" in path and "dryRun" not in path else None
    )
    kubeconfig = proxy.kubeconfig(deployed.canary.folder)
    ran = deploy("--yes", "--no-wait", kubeconfig=kubeconfig)
    assert ran.code == 4
    assert "1 of 3 objects failed" in ran.err
    assert secret(deployed) == deployed.password
    assert "sealkit-inventory-home" in objects(deployed)
    proxy.fault = lambda *_: None
    ran = deploy("--yes", "--no-wait", kubeconfig=kubeconfig)
    assert ran.code == 0
    assert "1 to create, 2 unchanged" in ran.out


def test_an_interruption_says_what_was_applied(deployed: DeployedRepo, proxy: FaultProxy) -> None:
    arrived, release = threading.Event(), threading.Event()

    def hold(method: str, path: str) -> None:
        if method == "PATCH" and "deployments" in path and "dryRun" not in path:
            arrived.set()
            release.wait(30)

    proxy.fault = hold
    run = subprocess.Popen(
        [SEALKIT, "deploy", "--yes", "--kubeconfig", proxy.kubeconfig(deployed.canary.folder)],
        cwd=deployed.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert arrived.wait(60)
    run.send_signal(signal.SIGINT)
    threading.Timer(0.3, release.set).start()
    out, err = run.communicate(timeout=60)
    deployed.canary.hear("output", out + err)
    assert run.returncode == 130
    assert "3 of 3 objects were applied before the interruption" in err
    assert "Traceback" not in err
