"""A house with sealed values, deployed to the real control plane."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from deploy_house import DeployHouse

from canary import Canary
from sealkit.cluster.client import Client, connect


@pytest.fixture
def client(cluster, canary: Canary) -> Client:  # type: ignore[no-untyped-def]
    """A client of the control plane of this run, with a namespace of its own."""
    found = connect(None, str(cluster.kubeconfig))
    found.namespace = cluster.namespace()
    return found


@pytest.fixture
def deployed(repo: Path, age_key: str, canary: Canary, git: Callable[..., object], cluster) -> DeployHouse:  # type: ignore[no-untyped-def]
    """A committed house with a ledger and a sealed half; its target is a fresh namespace of the control plane."""
    return DeployHouse(repo, age_key, canary, git, cluster, cluster.namespace())
