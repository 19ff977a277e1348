"""Where a repository is, without git: what leads out of a clone is refused, what is one's own still works, and nothing but one module
starts git."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.errors import SealkitError
from sealkit.source import git as source_git
from sealkit.source import git_settings
from sealkit.source.file_tree import GitTree, WorkTree

Git = Callable[..., subprocess.CompletedProcess[str]]
SOURCE = Path(source_git.__file__).parents[1]
STARTERS = {"system", "popen", "fork", "forkpty", "startfile"}
MAY_START = {  # what each starts instead
    "cli/editor.py": "the editor", "keys/age_plugins.py": "age plugins", "keys/identity_sources.py": "SOPS_AGE_KEY_CMD",
    "keys/pgp.py": "gpg", "keys/pgp_signatures.py": "gpg", "keys/ssh.py": "ssh-keygen", "operations/recovery_key.py": "gpg",
    "rehearse/control_plane.py": "the keeper", "rehearse/go_build.py": "go", "rehearse/keeper.py": "etcd, kube-apiserver",
    "scan/suspicious_objects.py": "a copy of itself for each core", "sops/sops_program.py": "sops",
}  # fmt: skip
GIT = "source/git_process.py"


@pytest.fixture
def clone(repo: Path, git: Git) -> Path:
    (repo / "a.yaml").write_text("a: 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a")
    return repo


def starts(tree: ast.Module) -> set[str]:
    """How a module starts programs: names of modules and functions."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {item.name for item in node.names} & {"subprocess", "pty", "multiprocessing", "asyncio"}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & {"subprocess", "pty", "multiprocessing", "asyncio"}
            found |= {item.name for item in node.names if item.name.startswith(("exec", "spawn", "posix_spawn"))}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            found |= {node.attr} & STARTERS
            found |= {name for name in [node.attr] if name.startswith(("exec", "spawn", "posix_spawn"))}
    return found


def names_git(tree: ast.Module) -> bool:
    """Whether a list or tuple starts with the word git, as a command does, or a call has it as first argument."""
    for node in ast.walk(tree):
        first = node.elts[:1] if isinstance(node, (ast.List, ast.Tuple)) else []
        if any(isinstance(item, ast.Constant) and item.value == "git" for item in first) and isinstance(node, ast.List):
            return True
    return False


def test_one_module_starts_git() -> None:
    modules = {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text()) for path in SOURCE.rglob("*.py")}
    assert starts(modules[GIT]) == {"posix_spawnp"}
    assert names_git(modules[GIT])
    assert {name for name, tree in modules.items() if starts(tree)} == {GIT, *MAY_START}
    assert [name for name, tree in modules.items() if name != GIT and names_git(tree)] == []


def test_a_work_tree_elsewhere_is_refused(clone: Path, tmp_path: Path, git: Git) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.yaml").write_text("theirs: 1\n")
    git(clone, "config", "core.worktree", str(other))
    for action in (lambda: source_git.toplevel(clone), WorkTree(clone).paths, GitTree(clone).paths):
        with pytest.raises(SealkitError, match=r"its core\.worktree is another folder") as caught:
            action()
    assert caught.value.hint
    git(tmp_path, *caught.value.hint.split()[1:])
    assert WorkTree(clone).paths() == ["a.yaml"]


@pytest.mark.parametrize("to", ["", "true", "1"])
def test_a_bare_repository_has_no_work_tree(to: str, clone: Path) -> None:
    config = clone / ".git/config"
    config.write_text(config.read_text().replace("bare = false", f"bare = {to}" if to else "bare"))
    with pytest.raises(SealkitError, match="not in a work tree"):
        source_git.toplevel(clone)
    assert source_git.run(["rev-parse", "--is-bare-repository"], clone) == b"true\n"


def test_worktrees_and_submodules_are_found(clone: Path, tmp_path: Path, git: Git) -> None:
    linked = tmp_path / "linked"
    git(clone, "worktree", "add", "-q", str(linked))
    git(clone, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(clone), "module")
    (linked / "sub").mkdir()
    assert source_git.toplevel(linked / "sub") == linked
    assert source_git.common_dir(linked) == clone / ".git"
    assert source_git.toplevel(clone / "module") == clone / "module"
    for place in (linked, clone / "module"):
        assert WorkTree(place).paths() == ["a.yaml"]
    (linked / ".git").rename(tmp_path / "gitfile")
    moved = tmp_path / "moved"
    linked.rename(moved)
    (tmp_path / "gitfile").rename(moved / ".git")
    with pytest.raises(SealkitError, match="does not know of this work tree") as caught:
        source_git.toplevel(moved)
    git(tmp_path, *(caught.value.hint or "").split()[1:])
    assert source_git.toplevel(moved) == moved


def test_a_git_folder_elsewhere_must_know_the_work_tree(clone: Path, tmp_path: Path, git: Git) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for make in (
        lambda: (hostile / ".git").write_text(f"gitdir: {clone}/.git\n"),
        lambda: (hostile / ".git").symlink_to(clone / ".git"),
    ):
        make()
        with pytest.raises(SealkitError, match="does not know of this work tree"):
            source_git.toplevel(hostile)
        (hostile / ".git").unlink()
    git(tmp_path, "init", "-q", "--separate-git-dir", str(tmp_path / "real"), str(tmp_path / "apart"))
    with pytest.raises(SealkitError, match="does not know of this work tree") as caught:
        source_git.toplevel(tmp_path / "apart")
    git(tmp_path, *(caught.value.hint or "").partition("git ")[2].split())
    assert source_git.toplevel(tmp_path / "apart") == tmp_path / "apart"


def test_a_variable_names_a_repository(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tree").mkdir()
    monkeypatch.setenv("GIT_DIR", str(clone / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "tree"))
    assert source_git.toplevel(tmp_path / "tree") == tmp_path / "tree"
    assert GitTree(tmp_path / "tree").paths() == ["a.yaml"]


@pytest.mark.parametrize(
    ("name", "text"), [("commondir", "/"), ("commondir", "../../other/.git"), ("objects/info/alternates", "/x")]
)
def test_a_git_folder_that_leads_out_is_refused(name: str, text: str, clone: Path) -> None:
    (clone / ".git" / name).write_text(text + "\n")
    with pytest.raises(SealkitError, match=r"leads|does not name"):
        source_git.toplevel(clone)


def test_shared_objects_are_read_where_the_user_says_so(clone: Path, tmp_path: Path, git: Git) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(clone), "shared")
    with pytest.raises(SealkitError, match="objects of another repository") as caught:
        source_git.toplevel(tmp_path / "shared")
    git(tmp_path, *(caught.value.hint or "").partition("git ")[2].split())
    assert GitTree(tmp_path / "shared", "HEAD").read("a.yaml") == b"a: 1\n"


@pytest.mark.parametrize("name", ["config", "objects", "refs", "info", "index", "packed-refs", "sealkit"])
def test_a_link_out_of_the_git_folder_is_refused(name: str, clone: Path, tmp_path: Path) -> None:
    path = clone / ".git" / name
    there = tmp_path / "there"
    if path.exists():
        path.rename(there)
    else:
        there.mkdir()
    path.symlink_to(there)
    with pytest.raises(SealkitError, match="leads out of this clone"):
        source_git.toplevel(clone)


@pytest.mark.parametrize("name", ["HEAD", "index", "config", "packed-refs", "info/exclude", "shallow", "MERGE_HEAD"])
def test_a_pipe_in_the_git_folder_is_an_error_at_once(name: str, clone: Path) -> None:
    path = clone / ".git" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    with pytest.raises(SealkitError, match="is a named pipe"):
        source_git.toplevel(clone)


@pytest.mark.parametrize("name", [".gitignore", "sub/.gitignore", ".git/refs/heads/pipe"])
def test_git_does_not_wait_for_a_pipe(name: str, clone: Path) -> None:
    (clone / name).parent.mkdir(exist_ok=True)
    os.mkfifo(clone / name)
    (clone / "sub").mkdir(exist_ok=True)
    (clone / "sub/b").touch()

    def ask() -> None:
        WorkTree(clone).paths()
        source_git.run(["for-each-ref"], clone)

    with pytest.raises(SealkitError, match="is a named pipe"):
        ask()


def test_a_replacement_or_a_graft_hides_nothing(clone: Path, git: Git) -> None:
    first = git(clone, "rev-parse", "HEAD").stdout.strip()
    (clone / "a.yaml").write_text("a: 2\n")
    git(clone, "commit", "-qam", "b")
    git(clone, "replace", f"{first}:a.yaml", "HEAD:a.yaml")
    (clone / ".git/info/grafts").write_text(git(clone, "rev-parse", "HEAD").stdout)
    assert GitTree(clone, first).read("a.yaml") == b"a: 1\n"
    assert len(source_git.run(["rev-list", "HEAD"], clone).splitlines()) == 2


def test_nothing_of_ours_is_left_behind(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    WorkTree(clone).paths()
    with pytest.raises(SealkitError, match="git rev-parse failed"):
        source_git.run(["rev-parse", "--verify", "nothing"], clone)
    assert list((tmp_path / "run").iterdir()) == []


def test_a_git_that_nobody_waits_for_leaves_nothing(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    code = "from sealkit.source.git_objects import ObjectReader; reader = ObjectReader(); import os; print(*os.listdir(os.environ['XDG_RUNTIME_DIR']))"
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    done = subprocess.run([sys.executable, "-c", code], cwd=clone, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("sealkit-git-")
    assert list((tmp_path / "run").iterdir()) == []


def test_settings_are_read_as_git_reads_them(tmp_path: Path, git: Git) -> None:
    text = (
        '\ufeff; comment\n[core]\tbare = false # no\n\tfileMode\n[Remote "A \\"b\\" c"] url = x"  y ; "z  \\\n  more \n[a.B]c="\\t\\n\\\\"\r\n'
        '[core] x = a  b   \n[s "t"]\n  k=\n  u-1 = ""\n'
    )
    (tmp_path / "config").write_text(text)
    out = git(tmp_path, "config", "--file", "config", "-z", "--list").stdout
    theirs = [
        (name, value if line else None) for name, line, value in (row.partition("\n") for row in out.split("\0")[:-1])
    ]
    assert git_settings.parse(text) == theirs
    for wrong in ("[a", '[a "b]\nc=1', "[a]\nb_c=1", '[a]\nb="c', "[a]\nb=\\q", "[]\na=1"):
        (tmp_path / "config").write_text(wrong + "\n")
        assert git(tmp_path, "config", "--file", "config", "--list", check=False).returncode
        with pytest.raises(git_settings.BadSettingsError):
            git_settings.parse(wrong + "\n")


@pytest.mark.parametrize(
    "text", ["[core]\nrepositoryformatversion = 2\n", "[core]\nrepositoryformatversion = 1\n[extensions]\nnew = x\n"]
)
def test_a_format_that_is_not_known_is_refused(text: str, clone: Path) -> None:
    (clone / ".git/config").write_text(text)
    with pytest.raises(SealkitError, match="not known"):
        source_git.toplevel(clone)


def test_a_repository_of_sha256_is_read(tmp_path: Path, git: Git) -> None:
    git(tmp_path, "init", "-q", "--object-format=sha256", "r")
    (tmp_path / "r/a.yaml").write_text("a: 1\n")
    git(tmp_path / "r", "add", "-A")
    assert GitTree(tmp_path / "r").read("a.yaml") == b"a: 1\n"
