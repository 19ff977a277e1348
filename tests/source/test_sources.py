"""Files, git and trees, with real repositories and odd file names; no write leaves half a file."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sealkit.errors import SealkitError
from sealkit.source import files, git, git_environ, re2
from sealkit.source.config import load_config
from sealkit.source.file_tree import GitTree, WorkTree, inside
from sealkit.source.git_objects import read_blobs

ODD = ["a b.yaml", "ü.yaml", "new\nline.yaml", '"quoted".yaml', "-dash.yaml", "sub/dir/x.yaml"]


@pytest.fixture
def odd(repo: Path, git: Callable[..., object]) -> Path:
    for name in ODD:
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(f"name: {name!r}\n")
    (repo / ".gitignore").write_text("ignored/\n")
    (repo / "ignored").mkdir()
    (repo / "ignored" / "secret.yaml").write_text("x: 1\n")
    (repo / "link.yaml").symlink_to("a b.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "all")
    return repo


def test_three_trees_agree(odd: Path) -> None:
    work, index, commit = WorkTree(odd), GitTree(odd), GitTree(odd, "HEAD")
    expected = sorted([*ODD, ".gitignore"])
    assert index.paths() == commit.paths() == expected
    assert [path for path in work.paths() if path != "link.yaml"] == expected
    for path in expected:
        assert work.read(path) == index.read(path) == commit.read(path)
    assert work.paths("sub") == ["sub/dir/x.yaml"]
    assert "ignored/secret.yaml" in WorkTree(odd, extra=("ignored",)).paths()


def test_the_index_is_not_the_work_tree(odd: Path) -> None:
    (odd / "ü.yaml").write_text("changed: true\n")
    assert GitTree(odd).read("ü.yaml") != WorkTree(odd).read("ü.yaml")


def test_links_are_not_followed_out_of_the_tree(odd: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("x: 1\n")
    (odd / "out.yaml").symlink_to(tmp_path / "outside")
    assert WorkTree(odd).read("link.yaml") == b"name: 'a b.yaml'\n"
    with pytest.raises(SealkitError, match="symbolic link out of the work tree"):
        WorkTree(odd).read("out.yaml")
    with pytest.raises(SealkitError, match="symbolic link"):
        GitTree(odd).read("link.yaml")


def test_unknown_revision_and_path(odd: Path) -> None:
    with pytest.raises(SealkitError, match="no such revision"):
        GitTree(odd, "nope").paths()
    with pytest.raises(SealkitError, match="not in the index"):
        GitTree(odd).read("nope")


def test_a_hostile_clone_runs_nothing(odd: Path, tmp_path: Path, git: Callable[..., object]) -> None:
    marker = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch {marker}\n")
    script.chmod(0o755)
    git(odd, "config", "core.fsmonitor", str(script))
    git(odd, "config", "diff.external", str(script))
    git(odd, "status")
    assert marker.exists(), "git itself would have run it"
    marker.unlink()
    WorkTree(odd).paths()
    GitTree(odd).paths()
    assert not marker.exists()


def test_git_variables_that_hooks_need_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", "x")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "evil")
    env = git_environ.environment()
    assert env["GIT_INDEX_FILE"] == "x"
    assert "GIT_EXTERNAL_DIFF" not in env


def test_read_blobs_of_many(odd: Path) -> None:
    entries = git.ls_tree(odd, "HEAD")
    oids = [entry.oid for entry in entries] * 500
    assert [oid for oid, _ in read_blobs(odd, oids)] == oids
    with pytest.raises(SealkitError, match="missing"):
        list(read_blobs(odd, ["0" * 40]))


def test_write_is_atomic_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "f"
    files.write(path, b"one", mode=0o600)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    files.write(path, b"two")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b"two"
    assert [child.name for child in path.parent.iterdir()] == ["f"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SealkitError, match="no space left"):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [child.name for child in tmp_path.iterdir()] == ["f"]


@pytest.mark.parametrize(("data", "hint"), [(b"a: 1\nb: \xe4\n", "latin-1"), (b"\xff\xfea\x00", "UTF-16")])
def test_other_encodings_are_named(data: bytes, hint: str) -> None:
    with pytest.raises(SealkitError, match=r"f\.yaml:\d: not UTF-8") as caught:
        files.decode(data, "f.yaml")
    assert hint in (caught.value.hint or "")


def test_inside() -> None:
    assert inside("public/a", "public")
    assert inside("public", "public")
    assert inside("x", "")
    assert not inside("public.old/a", "public")


def test_re2_reads_what_python_does_not() -> None:
    assert re2.search(r"^((?i)(pass|token))\z", "PASS")
    assert not re2.search("^data$", "metadata")
    with pytest.raises(SealkitError, match="not a valid RE2 pattern"):
        re2.search("(?=x)", "x")


def test_a_link_that_came_with_the_clone_leads_no_tree_elsewhere(
    repo: Path, tmp_path: Path, git: Callable[..., object]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.yaml").write_text("a: 1\n")
    (repo / "private").symlink_to(tmp_path / "elsewhere")
    own = WorkTree(repo, ("private",))  # a sibling repository, linked by its user
    assert own.paths("private") == ["private/a.yaml"]
    assert own.read("private/a.yaml") == b"a: 1\n"
    with pytest.raises(SealkitError, match="link out of the work tree"):
        WorkTree(repo).read("private/a.yaml")
    git(repo, "add", "private")
    with pytest.raises(SealkitError, match="which git tracks"):
        WorkTree(repo, ("private",)).paths("private")
    with pytest.raises(SealkitError, match="link out of the work tree"):
        WorkTree(repo, ("private",)).read("private/a.yaml")


def test_a_loop_of_links_and_a_device_are_errors(repo: Path) -> None:
    (repo / "loop").symlink_to("loop")
    with pytest.raises(SealkitError, match=r"link out of the work tree|loop"):
        WorkTree(repo).read("loop")
    with pytest.raises(SealkitError, match="is a device"):
        files.read(Path("/dev/zero"))


@pytest.mark.parametrize("to", ["/dev/zero", "/nowhere", "../outside"])
def test_a_configuration_that_leads_out_is_an_error(repo: Path, tmp_path: Path, to: str) -> None:
    (tmp_path / "outside").write_text("version: 1\n")
    (repo / "sealkit.yaml").symlink_to(to)
    with pytest.raises(SealkitError, match="link out of the work tree"):
        load_config(repo)


def test_a_folder_of_another_user_gives_gits_hint(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: Callable[..., object]
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: odd.stat().st_uid + 1)
    with pytest.raises(SealkitError, match="dubious ownership") as caught:
        WorkTree(odd).paths()
    hint = caught.value.hint or ""
    assert hint.startswith("git config --global --add safe.directory")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    (tmp_path / "settings/git").mkdir(parents=True)
    (tmp_path / "settings/git/config").write_text("")
    git(tmp_path, *hint.split()[1:])
    assert WorkTree(odd).paths()


def test_a_failure_names_the_command_of_git(odd: Path) -> None:
    with pytest.raises(SealkitError, match="git rev-parse failed: fatal: "):
        git.run(["-c", "core.bare=false", "rev-parse", "--verify", "nothing"], odd)


def test_what_a_killed_writer_left_is_no_file_of_the_tree_and_goes_with_the_next_write(
    repo: Path, git: Callable[..., object]
) -> None:
    (repo / "private").mkdir()
    place = repo / "private/a.sops.yaml"
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom sealkit.source import files\n"
        "files.stage(Path(sys.argv[1]), b'x')\nos.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(place)], check=False)
    (left,) = (repo / "private").iterdir()
    assert WorkTree(repo, ("private",)).paths() == []
    git(repo, "add", "-f", str(left))  # who commits a file of such a name does not hide it
    assert WorkTree(repo).paths() == [f"private/{left.name}"]
    git(repo, "rm", "-q", "--cached", str(left))
    other = files.stage(repo / "private/b.yaml", b"in use")
    files.write(place, b"new")
    assert sorted((repo / "private").iterdir()) == sorted([place, other])
    files.stage(repo / "private/b.yaml", b"a second one of a living process")
    assert other.exists()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^(data|stringData)$", "data"), ("^(data|stringData)$", "stringData"), ("^(data|stringData)$", "metadata"),
        ("^data$", "data"), ("^data$", "data\n"), ("^data|stringData$", "xstringData"), ("^(a|b)|(c|d)$", "ax"),
        ("^(?:data)$", "data"), ("^()$", ""), ("^(a|)$", ""), ("^(?i)data$", "DATA"), ("^a_b$", "a_b"), ("^a.b$", "a_b"),
        ("^(a)(b)$", "ab"), ("(data)", "xdatax"), ("^$", ""), ("^", "x"), ("$", "x"), ("^\\$", "$"), ("^é$", "é"),
    ],
)  # fmt: skip
def test_a_list_of_words_matches_as_re2_does(pattern: str, text: str) -> None:
    assert re2.search(pattern, text) is (re2.compile(pattern).search(text.encode()) is not None)
