"""Where the programs of the control plane come from: KUBEBUILDER_ASSETS, the cache, else built once with Go."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.rehearse import go_build

MODULE = Path(__file__).parent / "modules/controlplane"
PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
}
GET = "install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of a control plane. Without `controller_manager` nothing acts on what the API server holds."""

    etcd: Path
    apiserver: Path
    controller_manager: Path | None

    @property
    def folder(self) -> Path:
        """Where they are; what KUBEBUILDER_ASSETS would be set to."""
        return self.apiserver.parent


def recipe() -> go_build.Recipe:
    """How the control plane is built. It is told its version: without that it calls itself v0.0.0-master, which kubectl
    cannot read."""
    bare = go_build.Recipe("controlplane", MODULE, PACKAGES)
    version = bare.pinned("k8s.io/kubernetes")
    major, minor = version.lstrip("v").split(".")[:2]
    told = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in told.items())
    return go_build.Recipe(bare.name, bare.module, bare.packages, f"{bare.ldflags} {flags}")


def at_hand(environ: Mapping[str, str] | None = None) -> Binaries | None:
    """The programs where none need be built, or None. Raises SealkitError where KUBEBUILDER_ASSETS lacks one."""
    environ = os.environ if environ is None else environ
    if named := environ.get("KUBEBUILDER_ASSETS"):
        return _named(Path(named))
    folder = go_build.cached(recipe(), go_build.cache_folder(environ))
    return None if folder is None else _in(folder)


def find(environ: Mapping[str, str] | None = None, say: go_build.Say = go_build.silent) -> Binaries:
    """The programs, built first where need be (minutes; `say` gets lines of progress). Raises SealkitError whose hint says
    how to get them."""
    environ = os.environ if environ is None else environ
    found = at_hand(environ)
    if found is not None:
        return found
    go, seen = go_build.find_go(environ.get("PATH", ""))
    if go is None:
        lack = f"only Go {seen}" if seen else "no Go"
        raise SealkitError(f"no control plane to rehearse on, and {lack} to build one with", hint=GET)
    say("building the control plane, once; 4 to 8 minutes on two cores")
    return _in(go_build.build(recipe(), go_build.cache_folder(environ), go, say))


def _in(folder: Path) -> Binaries:
    manager = folder / "kube-controller-manager"
    return Binaries(folder / "etcd", folder / "kube-apiserver", manager if os.access(manager, os.X_OK) else None)


def _named(folder: Path) -> Binaries:
    for name in ("etcd", "kube-apiserver"):
        if not os.access(folder / name, os.X_OK):
            raise SealkitError(
                f"KUBEBUILDER_ASSETS={folder}: no program {name} there",
                hint="correct it, or unset it to build them once",
            )
    return _in(folder.absolute())
