"""Finding a cluster: each thing that can be wrong is one line, a hint and exit code 2 (the kubeconfig) or 4 (the cluster)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from canary import Canary
from sealkit.cluster.client import connect
from sealkit.cluster.kubeconfig import access
from sealkit.errors import ClusterError, SealkitError, UsageError


def config(
    folder: Path,
    server: str = "https://127.0.0.1:1",
    cluster: dict[str, Any] | None = None,
    user: dict[str, Any] | None = None,
) -> str:
    """A kubeconfig with one context, `one`."""
    path = folder / "kubeconfig"
    body = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server, **(cluster or {})}}],
        "users": [{"name": "u", "user": user or {}}],
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "one",
    }
    path.write_text(json.dumps(body))
    return str(path)


def refused(context: str | None, kubeconfig: str | None, kind: type[SealkitError] = UsageError) -> SealkitError:
    with pytest.raises(kind) as error:
        connect(context, kubeconfig, timeout=0.5)
    assert error.value.exit_code == (4 if kind is ClusterError else 2)
    assert error.value.hint
    assert "\n" not in error.value.message
    return error.value


def test_no_kubeconfig(home: Path) -> None:
    assert refused(None, None).message == "no kubeconfig found"


def test_a_kubeconfig_that_is_not_there(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "no such kubeconfig" in refused(None, str(tmp_path / "nothing")).message
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")
    assert "no such kubeconfig" in refused(None, None).message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1: not YAML"),
        ("a: [1,\nb", "line 2: not YAML"),
        ("- a", "not a kubeconfig"),
        ("", "kubeconfig: file is empty"),
        ("kind: Config\n", "xpected"),
        ("\xff\xfe", ""),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_bytes(text.encode("latin-1"))
    assert message in refused(None, str(path)).message


def test_an_unknown_context_has_a_neighbour(tmp_path: Path) -> None:
    error = refused("onee", config(tmp_path))
    assert error.message == "no context 'onee' in the kubeconfig"
    assert error.hint == "did you mean one?"
    assert refused("elsewhere", config(tmp_path)).hint == "contexts: one"


def test_a_context_without_its_cluster(tmp_path: Path) -> None:
    path = Path(config(tmp_path))
    body = json.loads(path.read_text())
    body["clusters"] = []
    path.write_text(json.dumps(body))
    assert "kubeconfig: " in refused(None, str(path)).message


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        error = refused(None, config(tmp_path, f"https://127.0.0.1:{port}"), ClusterError)
    assert error.message == f"https://127.0.0.1:{port} is not there: connection refused"


def test_a_name_that_does_not_exist(tmp_path: Path) -> None:
    assert "is not there: " in refused(None, config(tmp_path, "https://nobody.invalid"), ClusterError).message


@pytest.mark.parametrize("command", ["no-such-credential-plugin", "false", "true"])
def test_a_credential_plugin_that_fails(tmp_path: Path, command: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The official client only logs it, and would go on as nobody."""
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": command}
    error = refused(None, config(tmp_path, user={"exec": plugin}), ClusterError)
    assert error.message.startswith("no credentials for context one: ")
    assert capfd.readouterr().err == ""


def test_a_key_that_is_none_is_not_repeated(tmp_path: Path, canary: Canary) -> None:
    secret = canary.secret()
    canary.allow(tmp_path / "kubeconfig")
    user = {"client-certificate-data": "YQ", "client-key-data": secret + "!"}
    error = refused(None, config(tmp_path, user=user))
    canary.hear("message", f"{error.message} {error.hint}")


@pytest.fixture
def plain_listener() -> Iterator[int]:
    """A port that answers with something that is no TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def answer() -> None:
            while not done.is_set():
                try:
                    peer, _ = server.accept()
                except TimeoutError:
                    continue
                with peer:
                    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                    peer.recv(4096)

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        done.set()
        thread.join()


def test_no_tls_there(tmp_path: Path, plain_listener: int) -> None:
    error = refused(None, config(tmp_path, f"https://127.0.0.1:{plain_listener}"), ClusterError)
    assert "no TLS" in error.message
    assert "certificate-authority-data" in str(error.hint)


def test_no_kubernetes_there(tmp_path: Path, plain_listener: int) -> None:
    error = refused(None, config(tmp_path, f"http://127.0.0.1:{plain_listener}"), ClusterError)
    assert error.message == f"http://127.0.0.1:{plain_listener} serves no Kubernetes API"


@pytest.mark.cluster
def test_a_certificate_that_does_not_hold(tmp_path: Path, cluster: Any) -> None:
    error = refused(None, config(tmp_path, cluster.url), ClusterError)
    assert "its certificate does not hold: " in error.message


@pytest.mark.cluster
def test_a_token_that_is_not_accepted(tmp_path: Path, cluster: Any) -> None:
    error = refused(
        None, config(tmp_path, cluster.url, {"insecure-skip-tls-verify": True}, {"token": "nobody"}), ClusterError
    )
    assert error.message == f"{cluster.url} does not know you (401)"


@pytest.mark.cluster
def test_a_plugin_is_asked_again_when_its_token_is_refused(tmp_path: Path, cluster: Any) -> None:
    """The first token it gives is no longer good."""
    token = cluster.kubectl("create", "token", "default", "-n", "default").stdout.strip()
    script = tmp_path / "plugin"
    script.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib\n"
        f"seen = pathlib.Path({str(tmp_path / 'seen')!r})\n"
        f"token = {token!r} if seen.exists() else 'old'\n"
        "seen.touch()\n"
        "print(json.dumps({'apiVersion': 'client.authentication.k8s.io/v1', 'kind': 'ExecCredential',"
        " 'status': {'token': token}}))\n"
    )
    script.chmod(0o755)
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(script)}
    path = config(tmp_path, cluster.url, {"insecure-skip-tls-verify": True}, {"exec": plugin})
    client = connect("one", path)
    assert "not to verify" in client.insecure
    assert client.discovery.find("apps/v1", "Deployment")


@pytest.mark.parametrize(
    ("server", "skip", "said"),
    [
        ("https://10.0.0.1", False, ""),
        ("https://10.0.0.1", True, "not to verify"),
        ("http://127.0.0.1:8001", False, ""),
        ("http://10.0.0.1", False, "no TLS"),
    ],
)
def test_a_way_on_which_values_could_be_read_is_said(tmp_path: Path, server: str, skip: bool, said: str) -> None:
    found = access(None, config(tmp_path, server, {"insecure-skip-tls-verify": skip}))
    assert said in found.insecure
    assert bool(found.insecure) is bool(said)


@pytest.mark.cluster
def test_what_is_known_of_a_cluster(cluster: Any) -> None:
    client = connect(None, str(cluster.kubeconfig))
    assert client.server == cluster.url
    assert client.version.startswith("v1.")
    assert not client.insecure
    secret = client.discovery.find("v1", "Secret")
    assert secret is not None
    assert secret.path("n", "s") == "/api/v1/namespaces/n/secrets/s"
    assert client.discovery.find("v1", "Binding") is None  # it can only be created


def test_nothing_else_of_sealkit_imports_the_official_client() -> None:
    """It costs a second: help, scan and render never pay it."""
    code = "import sys; import sealkit.cli.app, sealkit.cluster.apply, sealkit.cluster.plan; print('kubernetes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
