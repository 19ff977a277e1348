"""Finds the programs of the control plane: in KUBEBUILDER_ASSETS, or in the cache, or builds them once with Go."""

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
HINT = "install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver"


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of a control plane. Without `controller_manager` no controllers run."""

    etcd: Path
    apiserver: Path
    controller_manager: Path | None

    @property
    def folder(self) -> Path:
        """The folder of the programs: a value for KUBEBUILDER_ASSETS."""
        return self.apiserver.parent


def recipe() -> go_build.Recipe:
    """How the control plane is built. The version is set by the linker: without it, kube-apiserver reports v0.0.0-master, which
    kubectl cannot parse."""
    plain = go_build.Recipe("controlplane", MODULE, PACKAGES)
    version = plain.pinned("k8s.io/kubernetes")
    major, minor = version.lstrip("v").split(".")[:2]
    version_variables = {"gitVersion": version, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in version_variables.items())
    return go_build.Recipe(plain.name, plain.module, plain.packages, f"{plain.ldflags} {flags}")


def find_existing(environ: Mapping[str, str] | None = None) -> Binaries | None:
    """The programs, or None where they must be built first. Raises SealkitError where KUBEBUILDER_ASSETS lacks one of them."""
    environ = os.environ if environ is None else environ
    if assets := environ.get("KUBEBUILDER_ASSETS"):
        return _in_assets(Path(assets))
    folder = go_build.cached(recipe(), go_build.cache_folder(environ))
    return None if folder is None else _in_folder(folder)


def find(environ: Mapping[str, str] | None = None, say: go_build.Say = go_build.silent) -> Binaries:
    """The programs, built first where necessary, which takes minutes; `say` gets lines of progress. Raises SealkitError with a
    hint on how to get them."""
    environ = os.environ if environ is None else environ
    existing = find_existing(environ)
    if existing is not None:
        return existing
    go, old_version = go_build.find_go(environ.get("PATH", ""))
    if go is None:
        available = f"only Go {old_version}" if old_version else "no Go"
        raise SealkitError(f"no control plane to rehearse on, and {available} to build one with", hint=HINT)
    say("building the control plane, once; 4 to 8 minutes on two cores")
    return _in_folder(go_build.build(recipe(), go_build.cache_folder(environ), go, say))


def _in_folder(folder: Path) -> Binaries:
    manager = folder / "kube-controller-manager"
    return Binaries(folder / "etcd", folder / "kube-apiserver", manager if os.access(manager, os.X_OK) else None)


def _in_assets(folder: Path) -> Binaries:
    for name in ("etcd", "kube-apiserver"):
        if not os.access(folder / name, os.X_OK):
            raise SealkitError(
                f"KUBEBUILDER_ASSETS={folder}: no program {name} in it",
                hint="correct it, or unset it to build the programs once",
            )
    return _in_folder(folder.absolute())
