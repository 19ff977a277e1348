"""Files in the user's cache: those that nobody uses any more go, those of another version or repository stay."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from sealkit.scan import cache

DAY = 86400


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    cache.keep("scan-0.hsdb", b"first")
    return home / "cache" / "sealkit"


def made(folder: Path, name: str, days: int) -> Path:
    path = folder / name
    path.write_bytes(b"x")
    path.chmod(0o600)
    os.utime(path, (time.time() - days * DAY,) * 2)
    return path


def test_a_new_file_removes_those_that_nobody_used_for_a_month(folder: Path) -> None:
    old = [made(folder, name, 31) for name in ("scan-1.hsdb", "verdicts-1", "paths-1-2", ".verdicts-1.4711")]
    kept = [made(folder, "scan-2.hsdb", 29), made(folder, "verdicts-2", 0), made(folder, "peer-x", 400)]
    (folder / "scan-3.d").mkdir()
    os.utime(folder / "scan-3.d", (0, 0))
    (folder / "scan-4.hsdb").symlink_to(kept[0])
    cache.keep("verdicts-3", b"new")
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in [*kept, folder / "scan-3.d", folder / "scan-4.hsdb", folder / "verdicts-3"])


def test_a_file_that_is_read_counts_as_used(folder: Path) -> None:
    made(folder, "scan-1.hsdb", 29)
    assert cache.read("scan-1.hsdb") == b"x"
    assert (folder / "scan-1.hsdb").stat().st_mtime > time.time() - DAY


def test_a_file_that_is_written_again_removes_nothing(folder: Path) -> None:
    old = made(folder, "scan-1.hsdb", 31)
    cache.keep("scan-0.hsdb", b"second")
    assert old.exists()
    assert cache.read("scan-0.hsdb") == b"second"
