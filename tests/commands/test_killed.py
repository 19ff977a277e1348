"""`set`, `edit` and `rotate`, killed before each step that changes the disk: every file is the old or the new one, whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Run, sops, state
from sealkit.ledger.signing import verified
from sealkit.ledger.text import Ledger
from sealkit.source.files import is_staged

pytestmark = pytest.mark.slow

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"
KILLED = """\
import os, sys

left, folder = int(sys.argv.pop(1)), sys.argv.pop(1)


def hook(event, args):
    global left
    changes = event in {"os.rename", "os.remove", "os.mkdir", "os.chmod"}
    if event == "open":
        changes = args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if changes and isinstance(args[0], (str, os.PathLike)) and os.fspath(args[0]).startswith(folder):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)


from sealkit.cli.main import main
sys.addaudithook(hook)
sys.exit(main())
"""


def put_back(folder: Path, kept: Path) -> None:
    """Make a folder what it was; the folder itself stays, somebody may stand in it."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(kept, folder, dirs_exist_ok=True)


@pytest.mark.parametrize("command", ["set", "edit", "rotate"])
def test_before_each_step(
    sealed_repo: Path, home: Path, sealkit: Run, canary: Canary, tmp_path: Path, in_memory: Path, command: str
) -> None:
    secret = canary.secret()
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nexec sed -i s/5432/5433/ "$1"\n')
    editor.chmod(0o700)
    args = {"set": ["set", "db.password"], "edit": ["edit", DB], "rotate": ["rotate"]}[command]
    before, clear = state(sealed_repo), {path: sops("decrypt", path, cwd=sealed_repo) for path in (DB, APP)}
    password = next(row.split()[1] for row in clear[DB].splitlines() if "password:" in row)
    new = {"set": clear[DB].replace(password, secret), "edit": clear[DB].replace("5432", "5433")}.get(
        command, clear[DB]
    )
    kept = tmp_path / "kept"
    canary.allow(kept)  # the key
    for folder in (sealed_repo, home):
        shutil.copytree(folder, kept / folder.name)
    steps, outcomes, code = 0, set(), -signal.SIGKILL
    while code == -signal.SIGKILL:
        code = subprocess.run(
            [sys.executable, "-c", KILLED, str(steps), str(tmp_path), *args],
            cwd=sealed_repo, input=secret, text=True, capture_output=True, check=False,
            env={**os.environ, "SOPS_EDITOR": str(editor)},
        ).returncode  # fmt: skip
        after = {path: data for path, data in state(sealed_repo).items() if not is_staged(Path(path).name)}
        assert after.keys() == before.keys()
        assert verified(Ledger.parse(after["sealkit.sum"].decode())).ignored == 0
        for path in (DB, APP):
            if after[path] != before[path]:
                assert sops("decrypt", path, cwd=sealed_repo) == (new if path == DB else clear[path])
        outcomes.add((after[DB] != before[DB], after["sealkit.sum"] != before["sealkit.sum"]))
        if code == -signal.SIGKILL:
            steps += 1
            put_back(sealed_repo, kept / sealed_repo.name)
            put_back(home, kept / home.name)
    assert code == 0
    assert outcomes == {(False, False), (True, False), (True, True)}  # the file first, then its line
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert (
        sealkit("edit", DB, cwd=sealed_repo, env={"SOPS_EDITOR": "true"}).code == 0
    )  # and sweeps what was left in memory
