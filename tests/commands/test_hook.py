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
from sealkit.operations.hook_script import CHAINED, HOOKS, script
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


def test_a_clean_commit_passes_silently(hooked_repo: Path, git: Git) -> None:
    (hooked_repo / "a.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    done = git(hooked_repo, "commit", "-qm", "clean")
    assert (done.stdout, done.stderr) == ("", "")


def test_commit_of_what_is_staged(hooked_repo: Path, git: Git, leak: Leak, refused: Refused) -> None:
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "add", "-A")
    before = head(git, hooked_repo)
    refused(git(hooked_repo, "commit", "-m", "x", check=False))
    assert head(git, hooked_repo) == before
    # the index counts, not the work tree
    (hooked_repo / "db.yaml").write_text("mended: true\n")
    refused(git(hooked_repo, "commit", "-m", "x", check=False))
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "x")
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "commit", "-q", "--allow-empty", "-m", "nothing of it is staged")


def test_commit_all(hooked_repo: Path, git: Git, leak: Leak, refused: Refused) -> None:
    (hooked_repo / "db.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "clean")
    leak(hooked_repo / "db.yaml")
    refused(git(hooked_repo, "commit", "-a", "-m", "x", check=False))


def test_commit_of_a_named_file(hooked_repo: Path, git: Git, leak: Leak, refused: Refused) -> None:
    for name in ("db.yaml", "other.yaml"):
        (hooked_repo / name).write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "clean")
    leak(hooked_repo / "db.yaml")
    (hooked_repo / "other.yaml").write_text("a: 2\n")
    refused(git(hooked_repo, "commit", "-m", "x", "db.yaml", check=False))
    git(hooked_repo, "commit", "-qm", "only the other", "other.yaml")


def test_a_new_leak_in_an_old_file_and_an_old_one_beside_a_new_line(
    hooked_repo: Path, git: Git, canary: Canary, refused: Refused
) -> None:
    text = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  password: <sealed:db.password>\n"
    (hooked_repo / "db.yaml").write_text(text)
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "clean")
    (hooked_repo / "db.yaml").write_text(text.replace("<sealed:db.password>", canary.secret()))
    refused(git(hooked_repo, "commit", "-am", "x", check=False))
    git(hooked_repo, "commit", "-qam", "past the hook", "--no-verify")
    with (hooked_repo / "db.yaml").open("a") as stream:
        stream.write("type: Opaque\n")
    done = git(hooked_repo, "commit", "-qam", "the line above is old")
    assert "1 from before this change" in done.stderr


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
def test_commit_of_chosen_hunks(hooked_repo: Path, git: Git, canary: Canary) -> None:
    lines = [f"key{n}: {n}" for n in range(30)]
    (hooked_repo / "v.yaml").write_text("\n".join(lines) + "\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "clean")
    changed = ["first: 1", *lines, f"password: {canary.secret()}"]
    (hooked_repo / "v.yaml").write_text("\n".join(changed) + "\n")
    code, out = answer(["git", "commit", "-p", "-m", "the clean hunk"], hooked_repo, "yn")
    assert code == 0, out
    code, out = answer(["git", "commit", "-p", "-m", "the other"], hooked_repo, "y")
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


def test_merges(hooked_repo: Path, git: Git, leak: Leak, refused: Refused) -> None:
    git(hooked_repo, "switch", "-qc", "theirs")
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "past the hook", "--no-verify")
    git(hooked_repo, "switch", "-q", "main")
    (hooked_repo / "ours.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "ours")
    refused(git(hooked_repo, "merge", "--no-edit", "theirs", check=False))
    git(hooked_repo, "merge", "--abort", check=False)
    git(hooked_repo, "reset", "-q", "--hard")
    # a conflict, solved with the leak in it, ends in a commit
    (hooked_repo / "db.yaml").write_text("other: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "ours too")
    assert git(hooked_repo, "merge", "--no-edit", "theirs", check=False).returncode != 0
    git(hooked_repo, "checkout", "--theirs", "db.yaml")
    git(hooked_repo, "add", "-A")
    refused(git(hooked_repo, "commit", "-m", "merged", check=False))


def test_a_conflict_is_not_taken_for_clean(hooked_repo: Path, git: Git, sealkit: Callable[..., object]) -> None:
    git(hooked_repo, "switch", "-qc", "theirs")
    (hooked_repo / "a.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "theirs")
    git(hooked_repo, "switch", "-q", "main")
    (hooked_repo / "a.yaml").write_text("a: 2\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "ours")
    git(hooked_repo, "merge", "theirs", check=False)
    done = sealkit("scan", "--staged", cwd=hooked_repo)
    assert done.code == 1  # type: ignore[attr-defined]
    assert "a.yaml: error SK901" in done.out  # type: ignore[attr-defined]


def test_a_rebase_runs_and_the_push_is_refused(
    hooked_repo: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    remote = tmp_path / "remote.git"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(hooked_repo, "remote", "add", "origin", str(remote))
    git(hooked_repo, "push", "-q", "origin", "main")
    git(hooked_repo, "switch", "-qc", "work")
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "past the hook", "--no-verify")
    (hooked_repo / "db.yaml").write_text("mended: 1\n")
    git(hooked_repo, "commit", "-qam", "mended")
    git(hooked_repo, "switch", "-q", "main")
    (hooked_repo / "new.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "meanwhile")
    git(hooked_repo, "switch", "-q", "work")
    git(hooked_repo, "rebase", "-q", "main")
    refused(git(hooked_repo, "push", "origin", "work", check=False))
    assert git(remote, "branch").stdout.strip() == "* main" or "work" not in git(remote, "branch").stdout
    git(hooked_repo, "push", "-q", "origin", "main")
    git(hooked_repo, "push", "-q", "origin", ":main", check=False)
    canary.allow(remote)
    git(hooked_repo, "push", "-q", "--no-verify", "origin", "work")
    (hooked_repo / "new.yaml").write_text("a: 2\n")
    git(hooked_repo, "commit", "-qam", "on top of what the remote has")
    git(hooked_repo, "push", "-q", "origin", "work")


def test_a_private_remote_does_not_make_it_public(
    hooked_repo: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    for name in ("private", "public"):
        git(tmp_path, "init", "-q", "--bare", f"{name}.git")
        git(hooked_repo, "remote", "add", name, str(tmp_path / f"{name}.git"))
    canary.allow(tmp_path / "private.git")
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "past the hook", "--no-verify")
    git(hooked_repo, "push", "-q", "--no-verify", "private", "main")
    refused(git(hooked_repo, "push", "public", "main", check=False))


def test_a_message(hooked_repo: Path, git: Git, canary: Canary) -> None:
    (hooked_repo / "a.yaml").write_text("a: 1\n")
    git(hooked_repo, "add", "-A")
    token = "gh" + "p_" + (canary.text + "Zz0Yy1Xx2Ww3Vv4Uu5Tt6Ss7Rr8")[:36]
    done = git(hooked_repo, "commit", "-m", f"use the token\n\n{token}", check=False)
    assert done.returncode == 1
    assert "the commit message:3: error SK310" in done.stdout + done.stderr
    canary.hear("git", done.stdout + done.stderr)
    git(hooked_repo, "commit", "-qm", "password: see the vault\n\ntoken rotation, and the secret of good soup")


def test_a_worktree_shares_the_hooks(
    hooked_repo: Path, git: Git, leak: Leak, refused: Refused, tmp_path: Path, canary: Canary
) -> None:
    other = tmp_path / "other"
    canary.allow(other)
    git(hooked_repo, "worktree", "add", "-q", str(other))
    leak(other / "db.yaml")
    git(other, "add", "-A")
    refused(git(other, "commit", "-m", "x", check=False))
    (other / "sub").mkdir()
    refused(git(other / "sub", "commit", "-m", "from a folder below", check=False))


def test_links_and_submodules_are_not_followed(
    hooked_repo: Path, git: Git, leak: Leak, tmp_path: Path, canary: Canary
) -> None:
    aside = tmp_path / "aside.yaml"
    canary.allow(aside)
    leak(aside)
    (hooked_repo / "link.yaml").symlink_to(aside)
    module = tmp_path / "module"
    module.mkdir()
    git(module, "init", "-q")
    git(module, "commit", "-q", "--allow-empty", "-m", "x")
    git(hooked_repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(module), "module")
    git(hooked_repo, "add", "-A")
    git(hooked_repo, "commit", "-qm", "links")


@pytest.mark.parametrize("absolute", [True, False])
def test_core_hooks_path_is_respected(
    absolute: bool,
    clean_repo: Path,
    git: Git,
    leak: Leak,
    refused: Refused,
    sealkit: Callable[..., object],
    hooked_path: None,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "my hooks" if absolute else clean_repo / "my hooks"
    git(clean_repo, "config", "core.hooksPath", str(folder) if absolute else "my hooks")
    sealkit("hook", "install", cwd=clean_repo)
    assert {path.name for path in folder.iterdir()} == set(HOOKS)
    assert not (clean_repo / ".git/hooks/pre-commit").exists()
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "db.yaml")
    refused(git(clean_repo, "commit", "-m", "x", check=False))


def test_an_existing_hook_is_chained_and_comes_back(
    clean_repo: Path, git: Git, leak: Leak, refused: Refused, sealkit: Callable[..., object], hooked_path: None
) -> None:
    folder = clean_repo / ".git/hooks"
    own = '#!/bin/sh\necho own hook "$@" >> own.log\ncat >> own.log\ntest ! -e stop\n'
    for name in ("pre-commit", "pre-push", "commit-msg"):
        (folder / name).write_text(own)
        (folder / name).chmod(0o755)
    first = sealkit("hook", "install", cwd=clean_repo)
    assert f"pre-commit{CHAINED}" in first.err  # type: ignore[attr-defined]
    again = sealkit("hook", "install", cwd=clean_repo)
    assert "nothing to do" in again.err  # type: ignore[attr-defined]
    (clean_repo / "own.log").write_text("")
    (clean_repo / "a.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "a.yaml")
    git(clean_repo, "commit", "-qm", "clean")
    assert (clean_repo / "own.log").read_text().startswith("own hook\nown hook .git/COMMIT_EDITMSG\n")
    (clean_repo / "stop").touch()
    (clean_repo / "a.yaml").write_text("a: 2\n")
    assert git(clean_repo, "commit", "-am", "the own hook says no", check=False).returncode == 1
    (clean_repo / "stop").unlink()
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "db.yaml")
    refused(git(clean_repo, "commit", "-m", "x", check=False))
    sealkit("hook", "install", "--uninstall", cwd=clean_repo)
    assert (folder / "pre-commit").read_text() == own
    assert not list(folder.glob(f"*{CHAINED}"))
    assert not (folder / "pre-merge-commit").exists()
    git(clean_repo, "commit", "-qm", "no hook, no refusal")


def test_a_chained_pre_push_gets_the_same_input(
    clean_repo: Path, git: Git, sealkit: Callable[..., object], hooked_path: None, tmp_path: Path
) -> None:
    hook = clean_repo / ".git/hooks/pre-push"
    hook.write_text("#!/bin/sh\ncat > pushed.log\n")
    hook.chmod(0o755)
    sealkit("hook", "install", cwd=clean_repo)
    git(tmp_path, "init", "-q", "--bare", "r.git")
    git(clean_repo, "push", "-q", str(tmp_path / "r.git"), "main")
    assert (
        clean_repo / "pushed.log"
    ).read_text() == f"refs/heads/main {head(git, clean_repo)} refs/heads/main {'0' * 40}\n"


def test_without_sealkit_the_hook_stops_and_says_so(
    clean_repo: Path, git: Git, sealkit: Callable[..., object], tmp_path: Path
) -> None:
    sealkit("hook", "install", cwd=clean_repo)
    (clean_repo / "a.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "-A")
    # not on the PATH: the interpreter that installed it is there
    git(clean_repo, "commit", "-qm", "by the interpreter")
    for path in (clean_repo / ".git/hooks").glob("*"):
        path.write_text(path.read_text().replace(sys.executable, "/nowhere/python"))
    (clean_repo / "a.yaml").write_text("a: 2\n")
    bare = tmp_path / "bin"
    bare.mkdir()
    for tool in ("git", "sh", "cat"):
        (bare / tool).symlink_to(shutil.which(tool) or tool)
    done = subprocess.run(
        ["git", "commit", "-am", "x"],
        cwd=clean_repo,
        env={**os.environ, "PATH": str(bare)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "sealkit is not found, so nothing was scanned" in done.stderr
    assert "hint: install it" in done.stderr


def test_variables_of_git_that_could_mislead_are_dropped(
    hooked_repo: Path, git: Git, leak: Leak, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    leak(hooked_repo / "db.yaml")
    git(hooked_repo, "add", "-A")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "true")
    monkeypatch.setenv("GIT_DIFF_OPTS", "-u0")
    git(hooked_repo, "config", "diff.noprefix", "true")
    git(hooked_repo, "config", "diff.relative", "true")
    git(hooked_repo, "config", "diff.renames", "copies")
    git(hooked_repo, "config", "core.quotePath", "true")
    git(hooked_repo, "config", "diff.ignoreSubmodules", "all")
    refused(git(hooked_repo, "commit", "-m", "x", check=False))


@pytest.mark.slow
def test_the_pre_commit_program(clean_repo: Path, git: Git, leak: Leak, refused: Refused, hooked_path: None) -> None:
    (clean_repo / ".pre-commit-config.yaml").write_text(
        "repos:\n- repo: local\n  hooks:\n  - id: sealkit\n    name: sealkit\n    language: system\n"
        "    entry: sealkit scan --staged\n    require_serial: true\n    stages: [pre-commit, pre-merge-commit, manual]\n"
        "  - id: message\n    name: message\n    language: system\n    entry: sealkit hook run commit-msg\n"
        "    stages: [commit-msg]\n"
    )
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "config")
    for kind in ("pre-commit", "commit-msg"):
        subprocess.run(["pre-commit", "install", "-t", kind], cwd=clean_repo, check=True, capture_output=True)
    (clean_repo / "a.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "a.yaml")
    git(clean_repo, "commit", "-qm", "clean")
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    refused(git(clean_repo, "commit", "-m", "x", check=False))
    git(clean_repo, "commit", "-qm", "past the hook", "--no-verify")
    # nothing is staged: it scans the files that it is given
    done = subprocess.run(
        ["pre-commit", "run", "--all-files"], cwd=clean_repo, capture_output=True, text=True, check=False
    )
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


def test_a_hook_that_finds_nothing_imports_little(hooked_repo: Path, git: Git) -> None:
    """The short way: neither the command line library nor subprocess, YAML or dataclasses."""
    prefilter.load()
    (hooked_repo / "plain.txt").write_text("nothing\n")
    git(hooked_repo, "add", "-A")
    code = (
        "import os, sys; sys.argv = ['sealkit', 'hook', 'run', 'pre-commit']\n"
        "os._exit = lambda code: None  # to look at what was imported\n"
        "from sealkit.cli.main import main\n"
        "code = main()\n"
        "heavy = {'typer', 'rich', 'subprocess', 'yaml', 'dataclasses', 'argparse', 'pathlib', 'tempfile', 'json'}\n"
        "print(code, sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], cwd=hooked_repo, capture_output=True, text=True, check=True
    )
    assert done.stdout == "0 []\n", done.stdout
