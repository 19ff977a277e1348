"""A client of the real control plane."""

from __future__ import annotations

import pytest

from canary import Canary
from sealkit.cluster.client import Client, connect


@pytest.fixture
def client(cluster, canary: Canary) -> Client:  # type: ignore[no-untyped-def]
    """A client of the control plane of this run, with a namespace of its own."""
    found = connect(None, str(cluster.kubeconfig))
    found.namespace = cluster.namespace()
    return found
