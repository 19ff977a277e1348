"""`sealkit deploy` and `sealkit diff`, as a person types them, against the real API server."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from deploy_house import DeployHouse

pytestmark = [pytest.mark.cluster, pytest.mark.slow]


def test_the_whole_road(deployed: DeployHouse, sealkit: Callable[..., object]) -> None:
    house = deployed
    ran = sealkit("deploy", "--yes", "--no-wait", "--kubeconfig", house.cluster.kubeconfig, cwd=house.root)
    print(ran.out, ran.err)
    assert ran.code == 0
    password = base64.b64decode(house.get("secret", "db", "{.data.password}")).decode()
    assert password == house.password
    assert house.token in house.get("configmap", "conf", r"{.data.app\.ini}")
    ran = sealkit("deploy", "--no-wait", "--kubeconfig", house.cluster.kubeconfig, cwd=house.root)
    assert ran.code == 0
    assert "nothing to do" in ran.err
