"""The control plane: really runs, and is really gone afterwards."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster_fixtures import Cluster, assets
from sealkit.errors import SealkitError
from sealkit.rehearse.binaries import Binaries
from sealkit.rehearse.control_plane import ControlPlane
from testnode import FAIL

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


def until(question: Callable[[], bool], seconds: float = 60) -> bool:
    """Ask until the answer is yes; no only after a time that no healthy machine needs."""
    deadline = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return answer


def processes(folder: Path) -> list[str]:
    """The command lines of running processes that name a folder."""
    lines = subprocess.run(["ps", "-eo", "args", "-ww"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if str(folder) in line]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_is_what_it_says(cluster: Cluster) -> None:
    version = json.loads(cluster.kubectl("version", "-o", "json").stdout)["serverVersion"]
    assert (version["major"], version["minor"]) == ("1", "37")
    assert version["gitVersion"].startswith("v1.37.")


def test_only_its_owner_may_read_its_files(cluster: Cluster) -> None:
    assert stat.S_IMODE(cluster.plane.folder.stat().st_mode) == 0o700
    secret = [cluster.kubeconfig, *cluster.plane.folder.glob("*.key")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in secret} == {0o600}


def test_nobody_gets_in_without_a_certificate(cluster: Cluster) -> None:
    stranger = ssl.create_default_context(cafile=cluster.plane.folder / "ca.crt")
    connection = http.client.HTTPSConnection(cluster.url.removeprefix("https://"), context=stranger)
    connection.request("GET", "/api/v1/secrets")
    assert connection.getresponse().status == 401
    connection.close()


def test_etcd_speaks_to_nobody_without_a_certificate(cluster: Cluster) -> None:
    address = next(
        argument.partition("=https://")[2]
        for line in processes(cluster.plane.folder)
        for argument in line.split()
        if argument.startswith("--listen-client-urls=")
    )
    stranger = ssl.create_default_context(cafile=cluster.plane.folder / "ca.crt")
    refused = pytest.raises((ssl.SSLError, ConnectionError))
    for context, outcome in ((stranger, refused), (cluster.plane.tls(), contextlib.nullcontext())):
        connection = http.client.HTTPSConnection(address, context=context)
        with outcome:
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
        connection.close()


def test_controllers_act_on_what_it_holds(cluster: Cluster) -> None:
    space = cluster.namespace()
    cluster.kubectl("create", "deployment", "web", "--image=web", "--replicas=2", "-n", space)
    cluster.kubectl("wait", "--for=jsonpath={.status.replicas}=2", "deployment/web", "-n", space, "--timeout=60s")
    cluster.kubectl("delete", "namespace", space, "--timeout=60s")
    assert "NotFound" in cluster.kubectl("get", "namespace", space, check=False).stderr


@pytest.mark.usefixtures("node")
def test_the_test_node_runs_pods(cluster: Cluster, pods: Callable[[str], dict[str, str]]) -> None:
    space = cluster.namespace()
    cluster.kubectl("create", "deployment", "web", "--image=web", "--replicas=2", "-n", space)
    cluster.kubectl("create", "job", "once", "--image=job", "-n", space)
    cluster.kubectl("rollout", "status", "deployment/web", "-n", space, "--timeout=60s")
    cluster.kubectl("wait", "--for=condition=Complete", "job/once", "-n", space, "--timeout=60s")
    assert sorted(pods(space).values()) == ["Running", "Running", "Succeeded"]
    cluster.kubectl("delete", "namespace", space, "--timeout=60s")


@pytest.mark.usefixtures("node")
@pytest.mark.parametrize(
    "reason", ["CrashLoopBackOff", "ImagePullBackOff", "CreateContainerConfigError", "Unschedulable"]
)
def test_the_test_node_fails_as_asked(cluster: Cluster, reason: str) -> None:
    space = cluster.namespace()
    cluster.kubectl("run", "bad", "--image=bad", f"--annotations={FAIL}={reason}", "-n", space)
    assert until(lambda: reason in cluster.kubectl("get", "pod", "bad", "-n", space, "-o", "json").stdout)
    assert '"ready": true' not in cluster.kubectl("get", "pod", "bad", "-n", space, "-o", "json").stdout


@pytest.mark.usefixtures("node")
def test_the_test_node_fills_claims_and_runs_daemons(cluster: Cluster) -> None:
    space = cluster.namespace()
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    request = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    claims = [{"metadata": {"name": "data"}, "spec": request}]
    daemon = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": spec}
    whole = {**spec, "serviceName": "s", "volumeClaimTemplates": claims}
    keeper = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "s"}, "spec": whole}
    for body in (daemon, keeper):
        cluster.kubectl("apply", "-n", space, "-f", "-", input=json.dumps(body))
    cluster.kubectl("rollout", "status", "daemonset/d", "-n", space, "--timeout=60s")
    cluster.kubectl("rollout", "status", "statefulset/s", "-n", space, "--timeout=60s")
    cluster.kubectl("wait", "--for=jsonpath={.status.phase}=Bound", "pvc/data-s-0", "-n", space, "--timeout=60s")


def test_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ControlPlane(assets()) as plane:
        port = int(plane.url.rpartition(":")[2])
        assert listens(port)
        assert len(processes(plane.folder)) == 4
    assert not plane.folder.exists()
    assert not processes(plane.folder)
    assert not listens(port)


def test_nothing_is_left_after_an_exception(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(RuntimeError), ControlPlane(assets()) as plane:
        raise RuntimeError
    assert not list(tmp_path.iterdir())
    assert not processes(plane.folder)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("when", ["starting", "running"])
def test_nothing_is_left_when_its_owner_is_stopped(tmp_path: Path, stop: signal.Signals, when: str) -> None:
    program = (
        "import sys, time\n"
        "from sealkit.rehearse.binaries import find_existing\n"
        "from sealkit.rehearse.control_plane import ControlPlane\n"
        "with ControlPlane(find_existing(), lambda line: print(line, flush=True)):\n"
        "    print('running', flush=True)\n"
        "    time.sleep(600)\n"
    )
    extra = {"TMPDIR": str(tmp_path), "KUBEBUILDER_ASSETS": str(assets().folder)}
    owner = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **extra},
    )  # fmt: skip
    assert owner.stdout is not None
    while when not in owner.stdout.readline():
        assert owner.poll() is None
    assert list(tmp_path.iterdir())
    owner.send_signal(stop)
    assert owner.wait() != 0
    owner.stdout.close()
    assert until(lambda: not list(tmp_path.iterdir()) and not processes(tmp_path))


def test_they_die_with_their_keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("the kernel ties processes together on Linux alone")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ControlPlane(assets()) as plane:
        assert plane._keeper is not None
        plane._keeper.kill()
        assert until(lambda: not processes(plane.folder))
    assert not plane.folder.exists()


@pytest.mark.parametrize("broken", ["etcd", "apiserver", "controller_manager"])
def test_what_does_not_start_is_told(broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho no such flag >&2\nexit 2\n")
    program.chmod(0o755)
    good = assets()
    parts = {"etcd": good.etcd, "apiserver": good.apiserver, "controller_manager": good.controller_manager}
    with (
        pytest.raises(SealkitError, match="did not start: no such flag"),
        ControlPlane(Binaries(**{**parts, broken: program})),
    ):
        pass
    assert not list(temporary.iterdir())
    assert not processes(temporary)


def test_what_never_gets_ready_is_told(tmp_path: Path) -> None:
    program = tmp_path / "silent"
    program.write_text("#!/bin/sh\nexec sleep 600\n")
    program.chmod(0o755)
    with (
        pytest.raises(SealkitError, match="etcd was not ready"),
        ControlPlane(Binaries(program, program, None), start_timeout=0.5),
    ):
        pass


def test_a_program_for_another_machine(tmp_path: Path) -> None:
    program = tmp_path / "etcd"
    program.write_bytes(b"\x7fELF not really")
    program.chmod(0o755)
    with pytest.raises(SealkitError, match="Exec format"), ControlPlane(Binaries(program, program, None)):
        pass
