"""A real control plane for the tests that want one, started when the first of them asks, one for the whole run; and the other
tools that `make peers` builds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import peertools
from sealkit.rehearse import binaries
from sealkit.rehearse.control_plane import ControlPlane
from testnode import TestNode

KUBECTL = Path(sys.executable).with_name("kubectl")
ENVIRON = dict(os.environ)
"""As it was before any test changed HOME."""

Ran = subprocess.CompletedProcess[str]


class Cluster:
    """A running control plane. `kubeconfig` and `url` lead to it, with all rights; `plane` is the control plane itself."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.kubeconfig = plane.kubeconfig
        self.url = plane.url
        self._made = 0

    def kubectl(self, *args: str, input: str | None = None, check: bool = True) -> Ran:
        """Run the kubectl of the test environment; its standard output and error as text."""
        own = ["--kubeconfig", str(self.kubeconfig), "--cache-dir", str(self.plane.folder / "kubectl-cache")]
        done = subprocess.run([KUBECTL, *own, *args], input=input, capture_output=True, text=True, check=False)
        assert not check or done.returncode == 0, f"kubectl {' '.join(args)}: {done.stderr}"
        return done

    def namespace(self) -> str:
        """A fresh namespace in which pods may be made. It goes with the cluster."""
        self._made += 1
        name = f"test-{self._made}"
        self.kubectl("create", "namespace", name)
        self.kubectl("wait", "--for=create", "serviceaccount/default", "-n", name, "--timeout=60s")
        return name


def assets() -> binaries.Binaries:
    """The programs of the control plane, which must be there: no test builds them, and none is skipped."""
    found = binaries.find_existing(ENVIRON)
    assert found is not None, "no control plane built; run: make cluster"
    assert found.controller_manager is not None, f"{found.folder} has no kube-controller-manager; run: make cluster"
    return found


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The control plane of this run, with `kubectl(*args)` and `namespace()`."""
    with ControlPlane(assets()) as plane:
        yield Cluster(plane)


@pytest.fixture
def node(cluster: Cluster) -> Iterator[TestNode]:
    """A node for as long as this test runs: pods get Running and Ready, or fail as their annotation asks."""
    with TestNode(cluster.plane) as running:
        yield running


@pytest.fixture
def control_plane_env() -> dict[str, str]:
    """What a sealkit with another HOME needs to find the programs of the control plane."""
    return {"KUBEBUILDER_ASSETS": str(assets().folder)}


@pytest.fixture
def pods(cluster: Cluster) -> Callable[[str], dict[str, str]]:
    """`pods(namespace)`: the phase of each pod by name."""

    def look(namespace: str) -> dict[str, str]:
        template = '{range .items[*]}{.metadata.name} {.status.phase}{"\\n"}{end}'
        shown = cluster.kubectl("get", "pods", "-n", namespace, "-o", f"jsonpath={template}").stdout
        return dict(line.split() for line in shown.splitlines())

    return look


@pytest.fixture(scope="session")
def peer() -> Callable[[str], Path]:
    """`peer("sops-3.13")`: the program of another tool, which must be there. Names: `peertools.NAMES`."""

    def find(name: str) -> Path:
        program = peertools.find(name, ENVIRON)
        assert program is not None, f"{name} is not built; run: make peers"
        return program

    return find
