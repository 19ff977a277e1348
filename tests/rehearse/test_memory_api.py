"""The in-memory API server of `make demo` is good enough for sealkit's own deploy, and says what it is."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from canary import Canary
from commandline import Ran

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from memory_api import CONTEXT, MemoryApi  # noqa: E402
from memory_store import Store, merged, removed_fields  # noqa: E402

Sealkit = Callable[..., Ran]


@pytest.fixture
def api() -> Iterator[MemoryApi]:
    with MemoryApi() as running:
        yield running


@pytest.fixture
def sealed_repo(tmp_path: Path, age_key: str, canary: Canary) -> Path:
    """The example of this repository with values of its own, sealed by the real sops."""
    from sealkit.sealed.example import fill_in

    clone = tmp_path / "repository"
    subprocess.run(["git", "clone", "-q", ROOT, clone], check=True)
    for path in (clone / "private.example").rglob("*.yaml"):
        name = path.relative_to(clone / "private.example")
        target = clone / "private" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fill_in(path.read_text(), str(name), lambda *_: canary.secret()))
        seal = ["encrypt", "-i", "--age", age_key, "--unencrypted-regex", "^(apiVersion|kind|metadata|type)$"]
        subprocess.run([Path(sys.executable).with_name("sops"), *seal, target], check=True)
    return clone


@pytest.mark.slow
def test_the_example_repository_is_deployed_to_it(
    sealed_repo: Path, api: MemoryApi, sealkit: Sealkit, canary: Canary
) -> None:
    where = ("--kubeconfig", api.kubeconfig, "--context", CONTEXT)
    before = sealkit("deploy", "--dry-run=server", *where, cwd=sealed_repo)
    assert before.code == 0, before.err
    assert "/api/v1/namespaces/shop/secrets" not in api.store.objects

    done = sealkit("deploy", "--yes", *where, cwd=sealed_repo)
    assert done.code == 0, done.err
    secret = api.store.objects["/api/v1/namespaces/shop/secrets"]["postgres"]
    deployment = api.store.objects["/apis/apps/v1/namespaces/shop/deployments"]["api"]
    dsn = deployment["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]
    password = base64.b64decode(secret["data"]["POSTGRES_PASSWORD"]).decode()
    assert dsn == f"postgres://shop:{password}@postgres:5432/shop?sslmode=disable"
    config = api.store.objects["/api/v1/namespaces/shop/configmaps"]["api"]["data"]["shop.toml"]
    assert canary.found_in(config.encode())

    assert api.store.objects["/api/v1/namespaces/shop/secrets"]["signing"]["data"]["SIGNING_KEY"]

    again = sealkit("deploy", "--yes", *where, cwd=sealed_repo)
    assert again.code == 0
    assert "nothing to do" in again.err
    assert sealkit("diff", *where, cwd=sealed_repo).code == 0


@pytest.mark.slow
def test_what_goes_from_the_repository_goes_from_an_object(sealed_repo: Path, api: MemoryApi, sealkit: Sealkit) -> None:
    where = ("--yes", "--kubeconfig", api.kubeconfig, "--context", CONTEXT)
    assert sealkit("deploy", *where, cwd=sealed_repo).code == 0
    path, label = sealed_repo / "public/shop/postgres.yaml", "  labels: {app: postgres}\nspec:\n  serviceName"
    text = path.read_text()
    assert label in text
    path.write_text(text.replace(label, "spec:\n  serviceName").replace("replicas: 1", "replicas: 3"))
    assert sealkit("deploy", *where, cwd=sealed_repo).code == 0
    metadata = api.store.objects["/apis/apps/v1/namespaces/shop/statefulsets"]["postgres"]["metadata"]
    assert "app" not in metadata.get("labels", {})
    replicas = api.store.objects["/apis/apps/v1/namespaces/shop/statefulsets"]["postgres"]["spec"]["replicas"]
    assert replicas == 3


@pytest.mark.slow
def test_kubectl_takes_it_for_a_server(api: MemoryApi, tmp_path: Path) -> None:
    def kubectl(*args: str, text: str = "") -> subprocess.CompletedProcess[str]:
        own = ["--kubeconfig", str(api.kubeconfig), "--cache-dir", str(tmp_path / "cache")]
        program = Path(sys.executable).with_name("kubectl")
        return subprocess.run([program, *own, *args], input=text, capture_output=True, text=True, check=False)

    assert "Server Version: v1.37.0-in-memory" in kubectl("version").stdout
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    apply = ("apply", "--server-side", "--validate=false", "-f", "-")
    assert kubectl(*apply, text=json.dumps(body)).returncode == 0
    assert kubectl("get", "configmap", "a", "-o", "jsonpath={.data.k}").stdout == "v"
    assert 'namespaces "nope" not found' in kubectl(*apply, "-n", "nope", text=json.dumps(body)).stderr
    assert kubectl("delete", "configmap", "a", "--wait=false").returncode == 0
    assert "NotFound" in kubectl("get", "configmap", "a").stderr


def test_nobody_else_gets_in_and_nothing_is_left(tmp_path: Path) -> None:
    import ssl
    import urllib.error
    import urllib.request

    with MemoryApi() as api:
        folder = api.kubeconfig.parent
        context = ssl.create_default_context(cafile=folder / "ca.crt")
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            urllib.request.urlopen(f"{api.url}/api/v1/secrets", context=context)
        caught.value.close()
        assert oct(api.kubeconfig.stat().st_mode)[-3:] == "600"
    assert not folder.exists()


@pytest.mark.parametrize(
    ("live", "before", "wanted", "after"),
    [
        ({}, {}, {"a": 1}, {"a": 1}),
        ({"a": 1, "other": 2}, {"a": 1}, {}, {"other": 2}),
        ({"d": {"a": 1, "b": 2}}, {"d": {"a": 1, "b": 2}}, {"d": {"a": 3}}, {"d": {"a": 3}}),
        ({"l": [1, 2]}, {"l": [1, 2]}, {"l": [2]}, {"l": [2]}),
        ({"d": {"server": 1}}, {}, {"d": {"a": 1}}, {"d": {"server": 1, "a": 1}}),
    ],
)
def test_apply_keeps_what_is_not_ours(live: dict, before: dict, wanted: dict, after: dict) -> None:  # type: ignore[type-arg]
    assert merged(live, removed_fields(before, wanted), wanted) == after


def test_a_dry_run_keeps_nothing() -> None:
    store = Store()
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    assert store.apply("/api/v1/namespaces/default/configmaps", "a", body, "m", dry=True)[0] == 201
    assert "/api/v1/namespaces/default/configmaps" not in store.objects
