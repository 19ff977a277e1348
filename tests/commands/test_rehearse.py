"""`sealkit rehearse` against the real control plane: what it tells, and that nothing secret reaches etcd."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from cluster_fixtures import Cluster
from commandline import Ran

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

EXAMPLE = Path(__file__).parents[2]
Sealkit = Callable[..., Ran]

CONFIG = "version: 1\ntargets:\n  home: {context: admin@home, namespace: shop}\n"
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData:
  PASSWORD: <sealed:db.password>
"""
APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app, namespace: shop}
spec:
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
        - name: app
          image: example.invalid/app:1
          env: [{name: DSN, value: "postgres://u:<sealed:db.password>@db/x"}]
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


@pytest.fixture
def sealed_repo(repo: Path, canary: Canary, age_key: str) -> Path:
    """A repository of one Secret and one Deployment; its password is sealed by the real sops."""
    write(repo, "sealkit.yaml", CONFIG)
    write(repo, "public/namespace.yaml", NAMESPACE)
    write(repo, "public/db.yaml", SECRET)
    write(repo, "public/app.yaml", APP)
    write(repo, "private/db.sops.yaml", f"db:\n  password: {canary.secret()}\n")
    sops = Path(sys.executable).with_name("sops")
    subprocess.run([sops, "encrypt", "-i", "--age", age_key, repo / "private/db.sops.yaml"], check=True)
    return repo


def write(repo: Path, name: str, text: str) -> None:
    (repo / name).parent.mkdir(parents=True, exist_ok=True)
    (repo / name).write_text(text)


def test_without_a_key(sealed_repo: Path, home: Path, sealkit: Sealkit, control_plane_env: dict[str, str]) -> None:
    (home / ".config/sops/age/keys.txt").unlink()
    temporary = home / "tmp"
    temporary.mkdir()
    done = sealkit("rehearse", cwd=sealed_repo, env={**control_plane_env, "TMPDIR": str(temporary)})
    assert done.code == 0, done.err
    assert done.out.splitlines()[1:] == [
        "  accepted         Namespace shop",
        "  accepted         Secret shop/db",
        "  accepted         apps/Deployment shop/app",
        "not rehearsed: pods (no nodes)",
        "home: 3 accepted",
    ]
    assert done.out.startswith("rehearsed on a throw-away Kubernetes v1.37.2, with stand-ins in 2 places\n")
    assert not list(temporary.iterdir())


def test_the_example_repository(tmp_path: Path, sealkit: Sealkit, control_plane_env: dict[str, str]) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", EXAMPLE, clone], check=True)
    done = sealkit("rehearse", cwd=clone, env=control_plane_env)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == "home: 12 accepted"


def test_nothing_secret_reaches_etcd(
    cluster: Cluster, sealed_repo: Path, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sealkit.operations.rehearse import rehearse_on
    from sealkit.overlay.render import render
    from sealkit.overlay.stand_ins import StandInOpener
    from sealkit.source.config import load_config
    from sealkit.source.read_once import work_tree

    def written() -> bytes:
        return b"".join(path.read_bytes() for path in (cluster.plane.folder / "etcd").rglob("*") if path.is_file())

    monkeypatch.chdir(sealed_repo)
    found = load_config(sealed_repo)
    rendered = render(found, found.target(), work_tree(found), StandInOpener())
    done = rehearse_on(cluster.kubeconfig, found.target(), rendered.manifests, timeout=60)
    assert done.passed, done
    assert cluster.kubectl("get", "secret", "db", "-n", "shop", "-o", "jsonpath={.data.PASSWORD}").stdout
    assert not canary.found_in(written())

    # the search does find a secret that is there
    cluster.kubectl("create", "secret", "generic", "planted", "-n", "shop", f"--from-literal=a={canary.secret()}")
    assert canary.found_in(written())
    cluster.kubectl("delete", "namespace", "shop", "--timeout=60s")


def test_it_never_loads_what_opens(sealed_repo: Path, control_plane_env: dict[str, str]) -> None:
    program = (
        "import sys\nfrom sealkit.cli.app import run\ncode = run(['rehearse'])\n"
        "bad = [m for m in sys.modules if m.startswith(('sealkit.keys.', 'sealkit.sops.', 'pyrage', 'gnupg'))]\n"
        "sys.exit(f'{code} {bad}')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=sealed_repo, env={**os.environ, **control_plane_env},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr.splitlines()[-1] == "0 []", done.stderr


def test_a_stranger_s_clone_runs_nothing(
    sealed_repo: Path, tmp_path: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
) -> None:
    ran = tmp_path / "ran"
    for name in ("go", "etcd", "kube-apiserver", "kubectl", "git"):
        write(sealed_repo, name, f"#!/bin/sh\ntouch {ran}\n")
        (sealed_repo / name).chmod(0o755)
    for name in ("json.py", "sealkit.py", "signal.py", "sitecustomize.py", "sealkit/__init__.py"):
        write(sealed_repo, name.replace("sealkit/", "sealkit_/"), f"open({str(ran)!r}, 'w')\n")
    assert sealkit("rehearse", cwd=sealed_repo, env=control_plane_env).code == 0
    assert not ran.exists()


class TestTells:
    """Everything that is wrong, in one run."""

    def test_what_the_server_refuses(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        write(sealed_repo, "public/app.yaml", APP.replace("      containers:", "      container:"))
        write(
            sealed_repo,
            "public/service.yaml",
            "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: shop}\nspec: {}\n",
        )
        write(
            sealed_repo,
            "public/later.yaml",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j, namespace: shop}\nspec: {}\n",
        )
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 4
        assert "  accepted         Secret shop/db\n" in done.out
        refused = [line for line in done.out.splitlines() if line.startswith("  NO ")]
        assert {line.split()[2].rstrip(":") for line in refused} == {"shop/s", "shop/app", "shop/j"}
        assert "home: 2 accepted, 3 refused or not acted on" in done.out

    def test_what_controllers_cannot_make(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        write(
            sealed_repo,
            "public/app.yaml",
            APP.replace("      containers:", "      serviceAccountName: nobody\n      containers:"),
        )
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 4
        assert "NO               apps/Deployment shop/app: " in done.out
        assert "error looking up service account, serviceaccount nobody" in done.out

    def test_kinds_that_nothing_defines(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        issuer = "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: le}\nspec: {}\n"
        write(sealed_repo, "public/issuer.yaml", issuer)
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 1
        line = "  not rehearsed    cert-manager.io/ClusterIssuer le: nothing defines cert-manager.io/v1 ClusterIssuer\n"
        assert line in done.out
        assert "home: 3 accepted, 1 not rehearsed" in done.out

    def test_kinds_that_the_repository_defines(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        schema = "{type: object, properties: {spec: {type: object, properties: {color: {type: string}}}}}"
        definition = (
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: doors.example.invalid}\n"
            "spec:\n  group: example.invalid\n  scope: Namespaced\n  names: {kind: Door, plural: doors, singular: door}\n"
            f"  versions: [{{name: v1, served: true, storage: true, schema: {{openAPIV3Schema: {schema}}}}}]\n"
        )
        write(sealed_repo, "public/crd.yaml", definition)
        door = "apiVersion: example.invalid/v1\nkind: Door\nmetadata: {name: front}\nspec: {color: red}\n"
        write(sealed_repo, "public/door.yaml", door)
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 0, done.err
        assert "  accepted         example.invalid/Door shop/front\n" in done.out

    def test_namespaces_that_the_repository_lacks(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        (sealed_repo / "public/namespace.yaml").unlink()
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 0, done.err
        assert "  made beforehand  Namespace shop (the repository does not define it)\n" in done.out

    def test_a_control_plane_without_controllers(self, sealed_repo: Path, tmp_path: Path, sealkit: Sealkit,
                                                 control_plane_env: dict[str, str]) -> None:  # fmt: skip
        assets = tmp_path / "assets"
        assets.mkdir()
        for name in ("etcd", "kube-apiserver"):
            (assets / name).symlink_to(Path(control_plane_env["KUBEBUILDER_ASSETS"]) / name)
        done = sealkit("rehearse", cwd=sealed_repo, env={"KUBEBUILDER_ASSETS": str(assets)})
        assert done.code == 0, done.err
        assert "not rehearsed: controllers (no kube-controller-manager)\n" in done.out


class TestRefuses:
    """One error line, a hint, the right exit code, and no control plane started for it."""

    def test_no_control_plane_to_be_had(self, sealed_repo: Path, tmp_path: Path, sealkit: Sealkit) -> None:
        git = tmp_path / "bin"
        git.mkdir()
        (git / "git").symlink_to(
            subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
        )
        done = sealkit("rehearse", cwd=sealed_repo, env={"PATH": str(git)})
        assert done.code == 2
        assert done.err.startswith("sealkit: error: no control plane to rehearse on, and no Go to build one with\n")
        assert "sealkit: hint: install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with" in done.err

    def test_a_placeholder_without_a_value(
        self, sealed_repo: Path, sealkit: Sealkit, control_plane_env: dict[str, str]
    ) -> None:
        write(sealed_repo, "public/db.yaml", SECRET.replace("db.password", "db.nothing"))
        done = sealkit("rehearse", cwd=sealed_repo, env=control_plane_env)
        assert done.code == 1
        assert "db.nothing" in done.err
        assert "starting" not in done.err

    @pytest.mark.parametrize(
        ("arguments", "code"), [(["away"], 2), (["--timeout", "soon"], 2), (["--timeout", "5"], 2)]
    )
    def test_the_command_line(self, sealed_repo: Path, sealkit: Sealkit, arguments: list[str], code: int) -> None:
        done = sealkit("rehearse", *arguments, cwd=sealed_repo)
        assert done.code == code
        assert "starting" not in done.err

    def test_not_a_repository(self, tmp_path: Path, sealkit: Sealkit) -> None:
        assert sealkit("rehearse", cwd=tmp_path).code == 2
