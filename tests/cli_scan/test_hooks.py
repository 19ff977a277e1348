"""The git hooks, with the real git: each way of committing, merging and pushing is refused with a leak, and works without."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from sealkit.cli.scan.hookscript import CHAINED, script
from sealkit.cli.scan.scanargs import HOOKS
from sealkit.scan import prefilter

Git = Callable[..., subprocess.CompletedProcess[str]]
Leak = Callable[[Path], str]
Refused = Callable[..., None]
REPOSITORY = Path(__file__).parents[2]


def head(git: Git, folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD").stdout.strip()


def test_the_shipped_hooks_are_the_ones_that_are_installed() -> None:
    for name in HOOKS:
        path = REPOSITORY / "hooks" / name
        assert path.read_text() == script(name)
        assert os.access(path, os.X_OK)


def test_a_clean_commit_passes_silently(hooked: Path, git: Git) -> None:
    (hooked / "a.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    done = git(hooked, "commit", "-qm", "clean")
    assert (done.stdout, done.stderr) == ("", "")


def test_commit_of_what_is_staged(hooked: Path, git: Git, leak: Leak, refused: Refused) -> None:
    leak(hooked / "db.yaml")
    git(hooked, "add", "-A")
    before = head(git, hooked)
    refused(git(hooked, "commit", "-m", "x", check=False))
    assert head(git, hooked) == before
    # the index counts, not the work tree
    (hooked / "db.yaml").write_text("mended: true\n")
    refused(git(hooked, "commit", "-m", "x", check=False))
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "x")
    leak(hooked / "db.yaml")
    git(hooked, "commit", "-q", "--allow-empty", "-m", "nothing of it is staged")


def test_commit_all(hooked: Path, git: Git, leak: Leak, refused: Refused) -> None:
    (hooked / "db.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "clean")
    leak(hooked / "db.yaml")
    refused(git(hooked, "commit", "-a", "-m", "x", check=False))


def test_commit_of_a_named_file(hooked: Path, git: Git, leak: Leak, refused: Refused) -> None:
    for name in ("db.yaml", "other.yaml"):
        (hooked / name).write_text("a: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "clean")
    leak(hooked / "db.yaml")
    (hooked / "other.yaml").write_text("a: 2\n")
    refused(git(hooked, "commit", "-m", "x", "db.yaml", check=False))
    git(hooked, "commit", "-qm", "only the other", "other.yaml")


def test_a_new_leak_in_an_old_file_and_an_old_one_beside_a_new_line(
    hooked: Path, git: Git, canary: Canary, refused: Refused
) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: <sealed:db.password>\n"
    (hooked / "db.yaml").write_text(text)
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "clean")
    (hooked / "db.yaml").write_text(text.replace("<sealed:db.password>", canary.secret()))
    refused(git(hooked, "commit", "-am", "x", check=False))
    git(hooked, "commit", "-qam", "past the hook", "--no-verify")
    with (hooked / "db.yaml").open("a") as stream:
        stream.write("type: Opaque\n")
    refused(git(hooked, "commit", "-am", "the line above is old", check=False))


def answer(args: list[str], cwd: Path, answers: str) -> tuple[int, str]:
    """Run a program on a terminal of its own and type these answers, each at a prompt."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execvp(args[0], args)
    out, left, end = b"", list(answers), time.monotonic() + 60
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        out += part
        if left and re.search(rb"\?\s*(?:\x1b\[m)?\s*$", out[-40:]):
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode(errors="replace")


@pytest.mark.slow
def test_commit_of_chosen_hunks(hooked: Path, git: Git, canary: Canary) -> None:
    lines = [f"key{n}: {n}" for n in range(30)]
    (hooked / "v.yaml").write_text("\n".join(lines) + "\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "clean")
    changed = ["first: 1", *lines, f"password: {canary.secret()}"]
    (hooked / "v.yaml").write_text("\n".join(changed) + "\n")
    code, out = answer(["git", "commit", "-p", "-m", "the clean hunk"], hooked, "yn")
    assert code == 0, out
    code, out = answer(["git", "commit", "-p", "-m", "the other"], hooked, "y")
    assert code == 1, out
    assert "v.yaml:32: error SK203" in out
    assert canary.text in out.split("SK203", maxsplit=1)[0]  # git itself showed the hunk
    canary.hear("what sealkit printed", out[out.index("v.yaml:32") :])


def test_a_first_commit_a_rename_and_an_amend(
    repo: Path,
    git: Git,
    leak: Leak,
    refused: Refused,
    canary: Canary,
    sealkit: Callable[..., object],
    hooked_path: None,
) -> None:
    canary.allow(repo)
    sealkit("hook", "install", cwd=repo)
    leak(repo / "db.yaml")
    git(repo, "add", "-A")
    refused(git(repo, "commit", "-m", "first", check=False))
    git(repo, "rm", "-q", "--cached", "db.yaml")
    git(repo, "commit", "-qm", "first")
    (repo / "ü b.yaml").write_text("a: 1\n")
    git(repo, "add", "--", "ü b.yaml")
    git(repo, "commit", "-q", "--amend", "-m", "amended")
    git(repo, "mv", "ü b.yaml", "c.yaml")
    git(repo, "commit", "-qm", "renamed")
    git(repo, "add", "-f", "db.yaml")
    refused(git(repo, "commit", "--amend", "-m", "amended", check=False))


@pytest.fixture
def hooked_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """sealkit on the PATH of the hooks."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def test_merges(hooked: Path, git: Git, leak: Leak, refused: Refused) -> None:
    git(hooked, "switch", "-qc", "theirs")
    leak(hooked / "db.yaml")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "past the hook", "--no-verify")
    git(hooked, "switch", "-q", "main")
    (hooked / "ours.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "ours")
    refused(git(hooked, "merge", "--no-edit", "theirs", check=False))
    git(hooked, "merge", "--abort", check=False)
    git(hooked, "reset", "-q", "--hard")
    # a conflict, solved with the leak in it, ends in a commit
    (hooked / "db.yaml").write_text("other: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "ours too")
    assert git(hooked, "merge", "--no-edit", "theirs", check=False).returncode != 0
    git(hooked, "checkout", "--theirs", "db.yaml")
    git(hooked, "add", "-A")
    refused(git(hooked, "commit", "-m", "merged", check=False))


def test_a_conflict_is_not_taken_for_clean(hooked: Path, git: Git, sealkit: Callable[..., object]) -> None:
    git(hooked, "switch", "-qc", "theirs")
    (hooked / "a.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "theirs")
    git(hooked, "switch", "-q", "main")
    (hooked / "a.yaml").write_text("a: 2\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "ours")
    git(hooked, "merge", "theirs", check=False)
    done = sealkit("scan", "--staged", cwd=hooked)
    assert done.code == 1  # type: ignore[attr-defined]
    assert "a.yaml: error SK901" in done.out  # type: ignore[attr-defined]


def test_a_rebase_runs_and_the_push_is_refused(
    hooked: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(hooked, "remote", "add", "origin", str(remote))
    git(hooked, "push", "-q", "origin", "main")
    git(hooked, "switch", "-qc", "work")
    leak(hooked / "db.yaml")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "past the hook", "--no-verify")
    (hooked / "db.yaml").write_text("mended: 1\n")
    git(hooked, "commit", "-qam", "mended")
    git(hooked, "switch", "-q", "main")
    (hooked / "new.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "meanwhile")
    git(hooked, "switch", "-q", "work")
    git(hooked, "rebase", "-q", "main")
    refused(git(hooked, "push", "origin", "work", check=False))
    assert git(remote, "branch").stdout.strip() == "* main" or "work" not in git(remote, "branch").stdout
    git(hooked, "push", "-q", "origin", "main")
    git(hooked, "push", "-q", "origin", ":main", check=False)
    canary.allow(remote)
    git(hooked, "push", "-q", "--no-verify", "origin", "work")
    (hooked / "new.yaml").write_text("a: 2\n")
    git(hooked, "commit", "-qam", "on top of what the remote has")
    git(hooked, "push", "-q", "origin", "work")


def test_a_private_remote_does_not_make_it_public(
    hooked: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    for name in ("private", "public"):
        git(tmp_path, "init", "-q", "--bare", f"{name}.git")
        git(hooked, "remote", "add", name, str(tmp_path / f"{name}.git"))
    canary.allow(tmp_path / "private.git")
    leak(hooked / "db.yaml")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "past the hook", "--no-verify")
    git(hooked, "push", "-q", "--no-verify", "private", "main")
    refused(git(hooked, "push", "public", "main", check=False))


def test_a_message(hooked: Path, git: Git, canary: Canary) -> None:
    (hooked / "a.yaml").write_text("a: 1\n")
    git(hooked, "add", "-A")
    token = "gh" + "p_" + (canary.text + "Zz0Yy1Xx2Ww3Vv4Uu5Tt6Ss7Rr8")[:36]
    done = git(hooked, "commit", "-m", f"use the token\n\n{token}", check=False)
    assert done.returncode == 1
    assert "the commit message:3: error SK310" in done.stdout + done.stderr
    canary.hear("git", done.stdout + done.stderr)
    git(hooked, "commit", "-qm", "password: see the vault\n\ntoken rotation, and the secret of good soup")


def test_a_worktree_shares_the_hooks(
    hooked: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    other = tmp_path / "other"
    canary.allow(other)
    git(hooked, "worktree", "add", "-q", str(other))
    leak(other / "db.yaml")
    git(other, "add", "-A")
    refused(git(other, "commit", "-m", "x", check=False))
    (other / "sub").mkdir()
    refused(git(other / "sub", "commit", "-m", "from a folder below", check=False))


def test_links_and_submodules_are_not_followed(
    hooked: Path, git: Git, leak: Leak, tmp_path: Path, canary: Canary
) -> None:
    aside = tmp_path / "aside.yaml"
    canary.allow(aside)
    leak(aside)
    (hooked / "link.yaml").symlink_to(aside)
    module = tmp_path / "module"
    module.mkdir()
    git(module, "init", "-q")
    git(module, "commit", "-q", "--allow-empty", "-m", "x")
    git(hooked, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module), "module")
    git(hooked, "add", "-A")
    git(hooked, "commit", "-qm", "links")


@pytest.mark.parametrize("absolute", [True, False])
def test_core_hooks_path_is_respected(
    absolute: bool,
    house: Path,
    git: Git,
    leak: Leak,
    refused: Refused,
    sealkit: Callable[..., object],
    hooked_path: None,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my hooks" if absolute else house / "my hooks"
    git(house, "config", "core.hooksPath", str(folder) if absolute else "my hooks")
    sealkit("hook", "install", cwd=house)
    assert {path.name for path in folder.iterdir()} == set(HOOKS)
    assert not (house / ".git/hooks/pre-commit").exists()
    leak(house / "db.yaml")
    git(house, "add", "db.yaml")
    refused(git(house, "commit", "-m", "x", check=False))


def test_an_existing_hook_is_chained_and_comes_back(
    house: Path, git: Git, leak: Leak, refused: Refused, sealkit: Callable[..., object], hooked_path: None
) -> None:
    folder = house / ".git/hooks"
    own = '#!/bin/sh\necho own hook "$@" >> own.log\ncat >> own.log\ntest ! -e stop\n'
    for name in ("pre-commit", "pre-push", "commit-msg"):
        (folder / name).write_text(own)
        (folder / name).chmod(0o755)
    first = sealkit("hook", "install", cwd=house)
    assert f"pre-commit{CHAINED}" in first.err  # type: ignore[attr-defined]
    again = sealkit("hook", "install", cwd=house)
    assert "nothing to do" in again.err  # type: ignore[attr-defined]
    (house / "own.log").write_text("")
    (house / "a.yaml").write_text("a: 1\n")
    git(house, "add", "a.yaml")
    git(house, "commit", "-qm", "clean")
    assert (house / "own.log").read_text().startswith("own hook\nown hook .git/COMMIT_EDITMSG\n")
    (house / "stop").touch()
    (house / "a.yaml").write_text("a: 2\n")
    assert git(house, "commit", "-am", "the own hook says no", check=False).returncode == 1
    (house / "stop").unlink()
    leak(house / "db.yaml")
    git(house, "add", "db.yaml")
    refused(git(house, "commit", "-m", "x", check=False))
    sealkit("hook", "install", "--uninstall", cwd=house)
    assert (folder / "pre-commit").read_text() == own
    assert not list(folder.glob(f"*{CHAINED}"))
    assert not (folder / "pre-merge-commit").exists()
    git(house, "commit", "-qm", "no hook, no refusal")


def test_a_chained_pre_push_gets_the_same_input(
    house: Path, git: Git, sealkit: Callable[..., object], hooked_path: None, tmp_path: Path
) -> None:
    hook = house / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ncat > pushed.log\n")
    hook.chmod(0o755)
    sealkit("hook", "install", cwd=house)
    git(tmp_path, "init", "-q", "--bare", "r.git")
    git(house, "push", "-q", str(tmp_path / "r.git"), "main")
    assert (house / "pushed.log").read_text() == f"refs/heads/main {head(git, house)} refs/heads/main {'0' * 40}\n"


def test_without_sealkit_the_hook_stops_and_says_so(
    house: Path, git: Git, sealkit: Callable[..., object], tmp_path: Path
) -> None:
    sealkit("hook", "install", cwd=house)
    (house / "a.yaml").write_text("a: 1\n")
    git(house, "add", "-A")
    # not on the PATH: the interpreter that installed it is there
    git(house, "commit", "-qm", "by the interpreter")
    for path in (house / ".git/hooks").glob("*"):
        path.write_text(path.read_text().replace(sys.executable, "/nowhere/python"))
    (house / "a.yaml").write_text("a: 2\n")
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("git", "sh", "cat"):
        (bare / tool).symlink_to(shutil.which(tool) or tool)
    done = subprocess.run(
        ["git", "commit", "-am", "x"],
        cwd=house,
        env={**os.environ, "PATH": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "sealkit is not found, so nothing was scanned" in done.stderr
    assert "hint: install it" in done.stderr


def test_variables_of_git_that_could_mislead_are_dropped(
    hooked: Path, git: Git, leak: Leak, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(hooked / "db.yaml")
    git(hooked, "add", "-A")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "true")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    git(hooked, "config", "diff.noprefix", "true")
    git(hooked, "config", "diff.relative", "true")
    git(hooked, "config", "diff.renames", "copies")
    git(hooked, "config", "core.quotePath", "true")
    git(hooked, "config", "diff.ignoreSubmodules", "all")
    refused(git(hooked, "commit", "-m", "x", check=False))


@pytest.mark.slow
def test_the_pre_commit_program(house: Path, git: Git, leak: Leak, refused: Refused, hooked_path: None) -> None:
    (house / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: sealkit\n    name: sealkit\n    language: system\n"
        "    entry: sealkit scan --staged\n    require_serial: true\n    stages: [pre-commit, pre-merge-commit, manual]\n"
        "  - id: message\n    name: message\n    language: system\n    entry: sealkit hook run commit-msg\n"
        "    stages: [commit-msg]\n"
    )
    git(house, "add", "-A")
    git(house, "commit", "-qm", "config")
    for kind in ("pre-commit", "commit-msg"):
        subprocess.run(["pre-commit", "install", "-t", kind], cwd=house, check=True, capture_output=True)
    (house / "a.yaml").write_text("a: 1\n")
    git(house, "add", "a.yaml")
    git(house, "commit", "-qm", "clean")
    leak(house / "db.yaml")
    git(house, "add", "-A")
    refused(git(house, "commit", "-m", "x", check=False))
    git(house, "commit", "-qm", "past the hook", "--no-verify")
    # nothing is staged: it scans the files that it is given
    done = subprocess.run(["pre-commit", "run", "--all-files"], cwd=house, capture_output=True, text=True, check=False)
    refused(done)


def test_the_hooks_file_of_the_pre_commit_program_names_what_there_is() -> None:
    import yaml

    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert [hook["entry"] for hook in hooks] == [
        "sealkit scan --staged",
        "sealkit hook run commit-msg",
        "sealkit hook run pre-push",
    ]
    done = subprocess.run(
        [Path(sys.executable).with_name("pre-commit"), "validate-manifest", str(REPOSITORY / ".pre-commit-hooks.yaml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_hook_that_finds_nothing_imports_little(hooked: Path, git: Git) -> None:
    """The short way: neither the command line library nor subprocess, YAML or dataclasses."""
    prefilter.load()
    (hooked / "plain.txt").write_text("nothing\n")
    git(hooked, "add", "-A")
    code = (
        "import sys; sys.argv = ['sealkit', 'hook', 'run', 'pre-commit']\n"
        "from sealkit.cli.main import main\n"
        "code = main()\n"
        "heavy = {'typer', 'rich', 'subprocess', 'yaml', 'dataclasses', 'argparse', 'pathlib', 'tempfile', 'json'}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=hooked, capture_output=True, text=True, check=True)
    assert done.stdout == "0 []\n", done.stdout
