"""`audit`: every place in a repository where a secret can be, attributed where a push would publish it."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canary import Canary

Git = Callable[..., subprocess.CompletedProcess[str]]
Sealkit = Callable[..., Any]
Leak = Callable[[Path], str]


def findings(ran: Any) -> list[dict[str, Any]]:
    return json.loads(ran.out)["findings"]  # type: ignore[no-any-return]


class Places:
    """Plants one token per place, and remembers where."""

    def __init__(self, repo: Path, git: Git, canary: Canary) -> None:
        self.repo, self.git, self.canary = repo, git, canary
        self.count = 0

    def token(self) -> str:
        """A GitHub token that no other place has."""
        self.count += 1
        return "gh" + "p_" + f"{self.canary.text}{self.count:02d}Zz0Yy1Xx2Ww3Vv4Uu5"[:36].ljust(36, "Q")

    def commit(self, name: str, text: str | bytes, message: str = "x") -> str:
        data = text.encode() if isinstance(text, str) else text
        (self.repo / name).write_bytes(data)
        self.git(self.repo, "add", "-A")
        self.git(self.repo, "commit", "-qm", message)
        return self.git(self.repo, "rev-parse", "HEAD").stdout.strip()


@pytest.mark.slow
def test_every_place(clean_repo: Path, git: Git, canary: Canary, sealkit: Sealkit) -> None:
    at = Places(clean_repo, git, canary)
    published: set[str] = set()
    local: set[str] = set()

    at.commit("gone.txt", at.token())
    published.add("gone.txt")
    git(clean_repo, "rm", "-q", "gone.txt")
    git(clean_repo, "commit", "-qm", "removed")
    git(clean_repo, "switch", "-qc", "other")
    at.commit("other.txt", at.token())
    published.add("other.txt")
    git(clean_repo, "switch", "-q", "main")
    message = at.commit("a.txt", "1", f"the token is {at.token()}")
    published.add(f"commit {message[:12]}")
    git(clean_repo, "tag", "-a", "v1", "-m", f"tag with {at.token()}")
    published.add("tag v1")
    git(clean_repo, "notes", "add", "-m", f"note with {at.token()}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in.txt", at.token())
    at.commit("b.zip", packed.getvalue())
    published.add("b.zip!in.txt")
    at.commit("utf16.txt", at.token().encode("utf-16"))
    at.commit("nul.bin", b"\0\1" + at.token().encode() + b"\0")
    published |= {"utf16.txt", "nul.bin"}
    git(clean_repo, "branch", f"x-{at.token()}")
    published.add("ref refs/heads/x-***")
    at.commit(f"n-{at.token()}", "named")
    published.add("file n-***")
    # what only a merge brings
    git(clean_repo, "switch", "-qc", "side", "HEAD~2")
    at.commit("side.txt", "1")
    git(clean_repo, "switch", "-q", "main")
    git(clean_repo, "merge", "-q", "--no-commit", "--no-ff", "side")
    at.commit("merged.txt", at.token(), "merge")
    published.add("merged.txt")
    # what no branch leads to
    at.commit("amended.txt", at.token())
    git(clean_repo, "reset", "-q", "--hard", "HEAD~1")
    (clean_repo / "stash.txt").write_text(at.token())
    git(clean_repo, "add", "-A")
    git(clean_repo, "stash", "-q")
    published.add("stash.txt")  # refs/stash is a ref: `push --mirror` takes it
    (clean_repo / "dropped.txt").write_text(at.token())
    git(clean_repo, "add", "-A")
    git(clean_repo, "stash", "-q")
    git(clean_repo, "stash", "drop", "-q")
    (clean_repo / "staged.txt").write_text(at.token())
    git(clean_repo, "add", "-A")
    git(clean_repo, "rm", "-q", "--cached", "staged.txt")
    (clean_repo / "index.txt").write_text(at.token())
    git(clean_repo, "add", "index.txt")
    local |= {"index.txt", ".git/config"}
    git(clean_repo, "remote", "add", "origin", f"https://me:{at.token()}@git.example.org/x")

    ran = sealkit("audit", "--format", "json", cwd=clean_repo)
    assert ran.code == 1
    found = findings(ran)
    with_commits = {item["path"] for item in found if item.get("commits")}
    without = {item["path"] for item in found if not item.get("commits")}
    assert published <= with_commits
    assert local <= without
    # a note, and: amended, dropped stash, staged and taken back
    notes = with_commits - published
    assert len(notes) == 1
    assert len([path for path in without if path.startswith("blob ")]) == 3
    assert len({item["fingerprint"] for item in found}) == len(found) >= at.count
    shown = sealkit("audit", cwd=clean_repo)
    assert shown.out.index("In commits of branches or tags") < shown.out.index("On no branch or tag")


def test_a_value_that_stays_is_one_finding_with_all_its_commits(
    clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit
) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "one")
    first = git(clean_repo, "rev-parse", "HEAD").stdout.strip()
    (clean_repo / "db.yaml").write_text("# a comment\n" + (clean_repo / "db.yaml").read_text())
    git(clean_repo, "commit", "-qam", "two")
    git(clean_repo, "tag", "v1")
    ran = sealkit("audit", "--format", "json", cwd=clean_repo)
    (only,) = findings(ran)
    assert (only["rule"], only["path"], only["route"]) == ("SK201", "db.yaml", ".stringData.password")
    assert first in only["commits"]
    assert len(only["commits"]) == 2
    assert only["refs"]
    assert ran.out == sealkit("audit", "--format", "json", cwd=clean_repo).out


def test_only_what_a_range_brings(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "one")
    (clean_repo / "a.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "two")
    assert sealkit("audit", "HEAD~1..HEAD", cwd=clean_repo).code == 0
    assert sealkit("audit", "HEAD~2..HEAD", cwd=clean_repo).code == 1
    assert sealkit("audit", ".", "HEAD~2..HEAD", cwd=clean_repo).code == 1
    assert sealkit("audit", "nope..HEAD", cwd=clean_repo).code == 2


def test_a_repository_elsewhere(
    clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit, tmp_path: Path, canary: Canary
) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "one")
    for where in (str(clean_repo), f"file://{clean_repo}"):
        ran = sealkit("audit", where, "--format", "json", cwd=tmp_path)
        assert [item["path"] for item in findings(ran)] == ["db.yaml"], where
    bare = tmp_path / "bare.git"
    canary.allow(bare)
    git(tmp_path, "clone", "-q", "--bare", str(clean_repo), str(bare))
    assert len(findings(sealkit("audit", str(bare), "--format", "json", cwd=tmp_path))) == 1
    ran = sealkit("audit", f"https://me:{canary.secret()}@127.0.0.1:1/x.git", cwd=tmp_path)
    assert ran.code == 2
    assert "an address with a password" in ran.err
    for bad in ("https://me@127.0.0.1:1/x.git", "nowhere", str(tmp_path / "home"), "ext::sh -c true"):
        ran = sealkit("audit", bad, cwd=tmp_path)
        assert ran.code == 2, bad
        assert ran.out == ""


def test_an_empty_and_a_shallow_repository(
    repo: Path, git: Git, sealkit: Sealkit, tmp_path: Path, clean_repo: Path
) -> None:
    empty = tmp_path / "empty"
    git(tmp_path, "init", "-q", str(empty))
    ran = sealkit("audit", cwd=empty)
    assert (ran.code, ran.out) == (0, "")
    (clean_repo / "b").write_text("b")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "b")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{clean_repo}", "shallow")
    ran = sealkit("audit", cwd=tmp_path / "shallow")
    assert ran.code == 1
    assert "(shallow clone): error SK901" in ran.out
    assert "git fetch --unshallow" in ran.out


def test_what_was_never_fetched_is_not_clean(clean_repo: Path, git: Git, sealkit: Sealkit, tmp_path: Path) -> None:
    git(clean_repo, "config", "uploadpack.allowFilter", "true")
    (clean_repo / "b").write_text("b")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "b")
    git(tmp_path, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{clean_repo}", "partial")
    ran = sealkit("audit", cwd=tmp_path / "partial")
    assert ran.code == 1
    assert "2 of the blobs that commits name are not here" in ran.out
    ran = sealkit("scan", "--diff", "HEAD~1", cwd=tmp_path / "partial")
    assert ran.code == 2
    assert ran.out == ""


def test_a_clone_that_runs_programs_runs_none(clean_repo: Path, git: Git, sealkit: Sealkit) -> None:
    marker = clean_repo / "ran"
    evil = f"touch {marker}; cat"
    for key in (
        "core.fsmonitor",
        "diff.external",
        "core.pager",
        "core.sshCommand",
        "filter.x.smudge",
        "filter.x.clean",
        "diff.x.textconv",
    ):
        git(clean_repo, "config", key, evil)
    (clean_repo / ".gitattributes").write_text("* filter=x diff=x\n")
    for name in ("pre-commit", "post-checkout", "reference-transaction"):
        (clean_repo / ".git/hooks" / name).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (clean_repo / ".git/hooks" / name).chmod(0o755)
    (clean_repo / "x.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "-A", check=False)
    marker.unlink(missing_ok=True)
    for args in (["audit"], ["scan"], ["scan", "--staged"], ["scan", "--diff", "HEAD"]):
        assert sealkit(*args, cwd=clean_repo).code == 0, args
        assert not marker.exists(), args


def test_today_s_policy_finds_what_once_stood_plain(
    clean_repo: Path, git: Git, sealkit: Sealkit, canary: Canary
) -> None:
    (clean_repo / "secrets").mkdir()
    (clean_repo / "secrets/db.txt").write_text("a plain word\n")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "plain")
    assert sealkit("audit", cwd=clean_repo).code == 0
    git(clean_repo, "rm", "-q", "secrets/db.txt")
    (clean_repo / ".sops.yaml").write_text("creation_rules:\n  - path_regex: ^secrets/.*\n    age: age1x\n")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "policy")
    ran = sealkit("audit", "--format", "json", cwd=clean_repo)
    assert [(item["rule"], item["path"]) for item in findings(ran)] == [("SK102", "secrets/db.txt")]


def test_excluded_and_too_large(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    (clean_repo / "vendor").mkdir()
    leak(clean_repo / "vendor/db.yaml")
    (clean_repo / "large.bin").write_bytes(b"\0" * (64 * 1024 * 1024 + 1))
    (clean_repo / "sealkit.yaml").write_text("version: 1\nlayout: inline\nscan: {exclude: ['vendor/**']}\n")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "x")
    ran = sealkit("audit", "--format", "json", cwd=clean_repo)
    assert [(item["rule"], item["path"]) for item in findings(ran)] == [("SK901", "large.bin")]
    assert "1 excluded by sealkit.yaml" in ran.err
