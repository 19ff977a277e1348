"""This repository is clean: what it publishes holds no secret, and its example repository no plain Secret."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


def errors(ran: Any) -> list[dict[str, Any]]:
    return [item for item in json.loads(ran.out)["findings"] if item["severity"] == "error"]


def test_the_files_of_this_repository_are_clean(sealkit: Callable[..., Any]) -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True
    ).stdout.split("\n")
    given = [name for name in names if name and (REPOSITORY / name).is_file()]
    assert errors(sealkit("scan", "--format", "json", *given, cwd=REPOSITORY)) == []


@pytest.mark.slow
def test_the_history_of_this_repository_is_clean(sealkit: Callable[..., Any]) -> None:
    found = errors(sealkit("audit", "--format", "json", cwd=REPOSITORY))
    assert [item for item in found if item.get("commits")] == []
