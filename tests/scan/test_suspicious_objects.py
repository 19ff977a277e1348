"""A history that several processes look through: the same objects as in one, and what is wrong is said."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.errors import SealkitError
from sealkit.scan import suspicious_objects
from spellings import random_value

Git = Callable[..., object]


@pytest.fixture
def history(repo: Path, git: Git) -> Path:
    for nth in range(12):
        text = f"password: {random_value(24)}\n" if nth % 3 == 0 else f"plain: text {nth}\n" * 30
        (repo / f"{nth}.yaml").write_text(text)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "many")
    return repo


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the processes that were started: every object is worth one."""
    started: list[int] = []
    fork = os.fork

    def noted() -> int:
        pid = fork()
        if pid:
            started.append(pid)
        return pid

    monkeypatch.setattr(suspicious_objects, "_WORTH_A_PROCESS", 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setattr(os, "fork", noted)
    return started


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one process")
def test_several_processes_find_what_one_finds(
    history: Path, processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = suspicious_objects.all_objects(history)
    found = suspicious_objects.suspicious(history, listed)
    assert len(processes) == 2
    assert len(found) == 4
    monkeypatch.setattr(suspicious_objects, "_WORTH_A_PROCESS", 1 << 40)
    assert suspicious_objects.suspicious(history, listed) == found
    assert len(processes) == 2


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one process")
def test_an_object_that_is_missing_is_an_error_in_every_process(history: Path, processes: list[int]) -> None:
    listed = suspicious_objects.all_objects(history)
    gone = suspicious_objects.ListedObject("1" * len(listed[0].oid), "blob", 100)
    for at in (0, len(listed)):
        with pytest.raises(SealkitError, match="111111111111 is missing or broken"):
            suspicious_objects.suspicious(history, [*listed[:at], gone, *listed[at:]])
    assert len(processes) == 4
    for pid in processes:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # none is left
