"""`edit` with a real editor in a process of its own: a script that does what a person would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from canary import Canary
from commandline import SEALKIT
from repository_kit import SOPS, Run, on_terminal, opens, sops, state

DB = "private/db.sops.yaml"

pytestmark = pytest.mark.usefixtures("in_memory")


def editor(tmp_path: Path, body: str) -> dict[str, str]:
    """An editor: Python with `path`, `text` and a `count` of how often it ran."""
    script, counter = tmp_path / "editor.py", tmp_path / "count"
    script.write_text(
        "import os, pathlib, sys\n"
        f"counter = pathlib.Path({str(counter)!r})\n"
        "count = int(counter.read_text()) if counter.exists() else 0\n"
        "counter.write_text(str(count + 1))\n"
        "path = pathlib.Path(sys.argv[-1])\ntext = path.read_text()\n" + body
    )
    return {"SOPS_EDITOR": f"{sys.executable} {script}"}


def test_edit_seals_what_was_written(sealed_repo: Path, sealkit: Run, canary: Canary, tmp_path: Path) -> None:
    before = (sealed_repo / DB).read_text()
    env = editor(
        tmp_path,
        "assert str(path).startswith('/dev/shm/') and path.parent.stat().st_mode & 0o777 == 0o700\n"
        "assert os.environ['TMPDIR'] == str(path.parent) and path.name == 'db.sops.yaml'\n"
        "path.write_text(text.replace('5432', '5433') + '# a remark\\n')\n",
    )
    done = sealkit("edit", DB, cwd=sealed_repo, env=env)
    assert done.code == 0, done.err
    assert "may keep copies" in done.err
    assert "5433" in sops("decrypt", DB, cwd=sealed_repo)
    password = next(line for line in before.splitlines() if "password:" in line)
    assert password in (sealed_repo / DB).read_text()
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err


def test_without_a_runtime_folder_shared_memory_is_taken(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    env = editor(tmp_path, "assert str(path.parent.parent) == '/dev/shm'\npath.write_text(text.replace('5432', '1'))\n")
    assert sealkit("edit", DB, cwd=sealed_repo, env=env).code == 0


def test_a_disk_is_no_memory(sealed_repo: Path, sealkit: Run, tmp_path: Path, in_memory: Path) -> None:
    env = editor(tmp_path, "assert '/dev/shm' in str(path)\n") | {"XDG_RUNTIME_DIR": str(tmp_path)}
    assert sealkit("edit", DB, cwd=sealed_repo, env=env).code == 0


def test_an_editor_that_replaces_the_file_by_rename(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    env = editor(
        tmp_path,
        "new = path.with_name('.new')\nnew.write_text(text.replace('5432', '5434'))\nnew.replace(path)\n",
    )
    assert sealkit("edit", DB, cwd=sealed_repo, env=env).code == 0
    assert "5434" in sops("decrypt", DB, cwd=sealed_repo)


def test_bytes_without_structure_are_edited_as_they_are(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    (sealed_repo / "private/key.bin").write_bytes(bytes(range(256)))
    assert sealkit("seal", "private/key.bin", cwd=sealed_repo).code == 0
    env = editor(tmp_path, "path.write_bytes(path.read_bytes() + b'\\xff')\n")
    env["PYTHONUTF8"] = "0"
    script = tmp_path / "editor.py"
    script.write_text(script.read_text().replace("path.read_text()", "''"))
    assert sealkit("edit", "private/key.bin", cwd=sealed_repo, env=env).code == 0
    opened = subprocess.run(
        [str(SOPS), "decrypt", "private/key.bin"], cwd=sealed_repo, capture_output=True, check=True
    ).stdout
    assert opened == bytes(range(256)) + b"\xff"


def test_without_a_change_nothing_is_written(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    before = state(sealed_repo)
    done = sealkit("edit", DB, cwd=sealed_repo, env=editor(tmp_path, "path.write_text(text)\n"))
    assert done.code == 0
    assert "nothing changed" in done.err
    assert state(sealed_repo) == before


def test_a_new_file_is_sealed_from_the_start(sealed_repo: Path, sealkit: Run, canary: Canary, tmp_path: Path) -> None:
    canary.allow(tmp_path / "editor.py")
    env = editor(tmp_path, f"assert text == ''\npath.write_text('new:\\n  token: {canary.secret()}\\n')\n")
    done = sealkit("edit", "private/new.sops.yaml", cwd=sealed_repo, env=env)
    assert done.code == 0, done.err
    assert opens("private/new.sops.yaml", sealed_repo)
    refused = sealkit("edit", "elsewhere/new.yaml", cwd=sealed_repo, env=env)
    assert refused.code == 2
    assert "no creation rule" in refused.err


@pytest.mark.parametrize(
    "body", ["path.write_text('a: [\\n')\n", "path.write_text('a: 1\\na: 2\\n')\n", "path.unlink()\n"]
)
def test_what_cannot_be_sealed_ends_it_without_a_person(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, body: str
) -> None:
    before = state(sealed_repo)
    done = sealkit("edit", DB, cwd=sealed_repo, env=editor(tmp_path, body))
    assert done.code == 2
    assert done.err.count("sealkit: error: ") == 1
    assert f"{DB} is not sealed, nothing was written" in done.err
    assert state(sealed_repo) == before


def test_what_cannot_be_sealed_is_edited_again(sealed_repo: Path, canary: Canary, tmp_path: Path) -> None:
    env = editor(
        tmp_path,
        "if count == 0:\n    path.write_text('wrong: [\\n' + text)\n"
        "else:\n    assert text.startswith('wrong: [')\n    path.write_text(text.partition('\\n')[2].replace('5432', '5435'))\n",
    )
    code, said = on_terminal(canary, [""], "edit", DB, cwd=sealed_repo, env=env)
    assert code == 0, said
    assert "db.sops.yaml:" in said
    assert "invalid YAML" in said
    assert "5435" in sops("decrypt", DB, cwd=sealed_repo)


def test_a_person_may_give_up(sealed_repo: Path, canary: Canary, tmp_path: Path) -> None:
    before = state(sealed_repo)
    code, said = on_terminal(
        canary, ["n"], "edit", DB, cwd=sealed_repo, env=editor(tmp_path, "path.write_text('a: [')\n")
    )
    assert code == 1
    assert "declined; nothing was written" in said
    assert state(sealed_repo) == before


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({"SOPS_EDITOR": "no-such-editor"}, "no-such-editor is not installed"),
        ({"SOPS_EDITOR": "false"}, "ended with 1"),
        ({"EDITOR": "'unclosed"}, "not a command line"),
    ],
)
def test_no_editor(sealed_repo: Path, sealkit: Run, env: dict[str, str], message: str) -> None:
    done = sealkit("edit", DB, cwd=sealed_repo, env=env)
    assert done.code == 2
    assert message in done.err


@pytest.mark.parametrize(("name", "code"), [("public/api.yaml", 2), ("private", 2), ("../x.yaml", 2)])
def test_edit_refuses_what_is_not_sealed(sealed_repo: Path, sealkit: Run, name: str, code: int) -> None:
    done = sealkit("edit", name, cwd=sealed_repo, env={"SOPS_EDITOR": "true"})
    assert done.code == code
    assert "sealkit: hint: " in done.err


def test_edit_of_a_file_that_somebody_else_wrote_meanwhile(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    other = sealed_repo / DB
    env = editor(
        tmp_path,
        f"other = pathlib.Path({str(other)!r})\nother.write_text(other.read_text() + '# by hand\\n')\n"
        "path.write_text(text.replace('5432', '1'))\n",
    )
    done = sealkit("edit", DB, cwd=sealed_repo, env=env)
    assert done.code == 2
    assert "changed meanwhile; " in done.err
    assert "nothing was written" in done.err


def test_vim_keeps_nothing(sealed_repo: Path, tmp_path: Path, home: Path, canary: Canary) -> None:
    """The real vim, with settings that keep everything everywhere."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (home / ".vimrc").write_text(
        f"set nocompatible undofile undodir={kept} backup writebackup backupdir={kept} directory={kept}\n"
        f"set viminfo='10,n{kept}/viminfo\n"
    )
    command = f"vim -T dumb -u {home}/.vimrc -c '%s/5432/5436/' -c 'wq'"
    done = subprocess.run(
        [str(SEALKIT), "edit", DB], cwd=sealed_repo, env={**os.environ, "SOPS_EDITOR": command}, stdin=subprocess.DEVNULL,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "5436" in sops("decrypt", DB, cwd=sealed_repo)
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_killed_while_the_editor_is_open(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, number: int, in_memory: Path
) -> None:
    before = state(sealed_repo)
    env = {**os.environ, **editor(tmp_path, "import time\nprint('open', flush=True)\ntime.sleep(60)\n")}
    child = subprocess.Popen(
        [str(SEALKIT), "edit", DB],
        cwd=sealed_repo,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    folder = next(path for path in in_memory.iterdir() if (path / "db.sops.yaml").exists())
    child.send_signal(number)
    # the terminal or the person closes the editor as well
    time.sleep(0.2)
    os.killpg(child.pid, signal.SIGTERM) if number != signal.SIGKILL else os.killpg(child.pid, signal.SIGKILL)
    child.wait(timeout=30)
    child.stdout.close()
    assert state(sealed_repo) == before
    assert sealkit("edit", DB, cwd=sealed_repo, env={"SOPS_EDITOR": "true"}).code == 0
    assert not folder.exists()


def test_where_nothing_lies_in_memory_it_is_refused(
    sealed_repo: Path,
    canary: Canary,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """As on a system that does not say what lies in memory."""
    from sealkit.cli.app import run
    from sealkit.operations import tmpfs

    before = state(sealed_repo)
    monkeypatch.setattr(tmpfs, "_filesystem", lambda _: "")
    monkeypatch.setenv("SOPS_EDITOR", f"touch {tmp_path / 'ran'}")
    assert run(["edit", DB]) == 2
    said = capsys.readouterr().err
    assert "no file system here lies in memory" in said
    assert "sealkit set NAME" in said
    assert not (tmp_path / "ran").exists()
    assert state(sealed_repo) == before
