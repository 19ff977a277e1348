"""Where a finding may be, in a real repository: what a report says of the place, and whether its hint works there."""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
import shlex
import string
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from repository_kit import Git, commit
from sealkit.model.finding import Finding
from sealkit.operations.audit import audit
from sealkit.operations.scan import scan_files
from sealkit.report import formats
from sealkit.report import json as as_json
from sealkit.scan import commit_message
from sealkit.scan.context import Context

REVOKE = "revoke and replace it at its issuer: whoever has this history has it"
RENEW = "change the value where it is used: whoever has this history has the old one"
PRUNE = "only this clone has it: git reflog expire --expire-unreachable=now --all, then: git gc --prune=now"


def token() -> str:
    return "gh" + "p_" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36))


def password() -> str:
    return "Zk4v" + secrets.token_urlsafe(14)


def secret(name: str) -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData:\n  password: {password()}\n"


@pytest.fixture
def leaky(clean_repo: Path, git: Git) -> Path:
    """A repository with a secret at every place that audit reads."""
    root = clean_repo
    (root / "here.yaml").write_text(secret("here"))
    (root / "gone.yaml").write_text(secret("gone"))
    (root / "gone.txt").write_text(f"{token()}\n")
    (root / "kubeconfig").write_text(f"kind: Config\nusers:\n- name: a\n  user:\n    token: {password()}\n")
    commit(root, git)
    (root / "gone.yaml").unlink()
    (root / "gone.txt").unlink()
    commit(root, git, f"a message\n\n{token()}")
    with zipfile.ZipFile(root / "a b.zip", "w") as archive:
        archive.writestr("k.yaml", secret("packed"))
        archive.writestr("t.txt", token())
    (root / ".gitmodules").write_text(
        f'[submodule "x"]\n\tpath = x\n\turl = https://u:{password()}@git.example.org/x\n'
    )
    (root / f"d-{token()}").mkdir()
    next(root.glob("d-*")).joinpath("f").write_text("x\n")
    commit(root, git)
    git(root, "tag", "-a", "v1", "-m", f"a tag {token()}")
    git(root, "branch", f"b-{token()}")
    git(root, "notes", "add", "-m", f"a note {token()}")
    git(root, "remote", "add", "origin", f"https://u:{password()}@git.example.org/y")
    (root / "amended.yaml").write_text(secret("amended"))
    commit(root, git)
    git(root, "reset", "-q", "--hard", "HEAD~1")
    (root / "staged.yaml").write_text(secret("staged"))
    git(root, "add", "staged.yaml")
    return root


def short(text: str) -> str:
    """A place or a hint without the ids of this run."""
    return re.sub(r"\b[0-9a-f]{12}\b", "ID", text)


def test_what_is_a_file_and_what_is_none(leaky: Path) -> None:
    assert sorted((short(item.path), item.object) for item in audit(leaky).findings) == [
        (".git/config", ""), (".gitmodules", ""), ("a b.zip!k.yaml", ""), ("a b.zip!t.txt", ""), ("blob ID", "blob"), ("commit ID", "commit"),
        ("file d-***/f", "file name"), ("gone.txt", ""), ("gone.yaml", ""), ("here.yaml", ""), ("kubeconfig", ""),
        ("note on ID", "note"), ("ref refs/heads/b-***", "ref"), ("staged.yaml", ""), ("tag v1", "tag"),
    ]  # fmt: skip


def files_of(root: Path, git: Git) -> set[str]:
    """Every path that a commit or the index has or had, and what git itself has."""
    log = git(root, "log", "--all", "--format=", "--name-only", "-z").stdout.split("\0")
    staged = git(root, "ls-files", "-z").stdout.split("\0")
    return {*(path.strip("\n") for path in log), *staged, ".git", ".git/config"} - {""}


def test_every_report_names_files_or_says_that_there_is_none(leaky: Path, git: Git) -> None:
    findings, files = audit(leaky).findings, files_of(leaky, git)
    again = as_json.read(formats.render(findings, "json"), "x")
    assert [item.object for item in again] == [item.object for item in findings]
    for item, result in zip(findings, json.loads(formats.render(again, "sarif"))["runs"][0]["results"], strict=True):
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w.~!$&'()*+,;=@%/-]+", uri)
        assert not any(urlsplit(uri)[:2])
        assert unquote(uri) in files
        if item.object:
            assert location["logicalLocations"] == [{"fullyQualifiedName": item.path, "kind": item.object}]
            assert "region" not in location["physicalLocation"]
            assert item.path in result["message"]["text"]
    for item, entry in zip(findings, json.loads(formats.render(findings, "gitlab")), strict=True):
        assert entry["location"]["path"] in files
        assert not item.object or item.path in entry["description"]
    for item, row in zip(findings, formats.render(findings, "github").splitlines(), strict=True):
        file = re.match(r"::\w+ file=([^,]+),", row)
        assert (file is None) == bool(item.object)
        assert file is None or file[1] in files
        assert not item.object or item.path in row
    for item, cells in zip(findings, csv.DictReader(io.StringIO(formats.render(findings, "csv"))), strict=True):
        assert (cells["path"], cells["object"]) == (item.path, item.object)


def test_hints(leaky: Path) -> None:
    assert {short(item.path): short(item.hint) for item in audit(leaky).findings} == {
        ".git/config": "git remote set-url NAME URL, without the password: git asks its credential helper for it",
        ".gitmodules": "git submodule set-url PATH URL, without the password: git asks its credential helper for it",
        "a b.zip!k.yaml": "unpack 'a b.zip', take it out there, and pack it again",
        "a b.zip!t.txt": "unpack 'a b.zip', take it out there, and pack it again; "
        "revoke and replace it at its issuer: it must count as known to others",
        "blob ID": PRUNE,
        "commit ID": f"{REVOKE}; to take it out of the message before others have it: git rebase -i ID^",
        "file d-***/f": f"{REVOKE}; rename the file",
        "gone.txt": REVOKE,
        "gone.yaml": RENEW,
        "here.yaml": "sealkit split here.yaml",
        "kubeconfig": "name it in .gitignore, then: git rm --cached --ignore-unmatch kubeconfig",
        "note on ID": f"{REVOKE}; then: git notes --ref=commits remove ID",
        "ref refs/heads/b-***": f"{REVOKE}; rename it, also in every remote",
        "staged.yaml": "sealkit split staged.yaml",
        "tag v1": f"{REVOKE}; to take it out of the message: git tag -d v1, and tag again",
    }


ARGUMENTS = {"NAME": "origin", "PATH": "x", "URL": "https://git.example.org/z"}


def commands(hint: str) -> list[list[str]]:
    found = re.findall(r"git [a-z][^,;:]*(?:\^|(?=[,;:]|$))", hint)
    return [[ARGUMENTS.get(word, word) for word in shlex.split(text)[1:]] for text in found if "asks" not in text]


@pytest.mark.parametrize(
    "path", [".git/config", ".gitmodules", "blob ID", "commit ID", "kubeconfig", "note on ID", "tag v1"]
)
def test_the_command_of_a_hint_takes_it_out(
    path: str, leaky: Path, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a person types: after it, no file, ref or name of today holds the value; a history that others have keeps it."""
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\ncase "$1" in\n*todo) sed -i 1s/pick/reword/ "$1";;\n*) echo reworded > "$1";;\nesac\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("GIT_EDITOR", str(editor))
    if path == "commit ID":
        git(leaky, "commit", "-qm", "staged before")
    (item,) = (item for item in audit(leaky).findings if short(item.path) == path)
    typed = commands(item.hint)
    assert typed
    for words in typed:
        git(leaky, *words)
    assert item.value not in [found.value for found in _of_today(leaky, git, item)]


def _of_today(root: Path, git: Git, item: Finding) -> list[Finding]:
    """The findings that are left where this one was."""
    if item.object == "blob":
        return audit(root).findings
    if item.object == "commit":
        return commit_message.scan(git(root, "log", "--format=%B", "HEAD").stdout.encode(), Context())
    if item.object in {"note", "tag"}:
        shown = git(root, "notes", "show", "HEAD", check=False) if item.object == "note" else git(root, "tag", "-n9")
        return commit_message.scan(shown.stdout.encode(), Context())
    if item.path == ".git/config":
        return [found for found in audit(root).findings if found.path == item.path]
    tracked = git(root, "ls-files", "-z").stdout.split("\0")
    return [found for found in scan_files(root).findings if found.path in tracked]


def test_the_message_of_the_first_commit(repo: Path, git: Git, canary: object) -> None:
    (repo / "a").write_text("x\n")
    commit(repo, git, f"begin {token()}")
    (item,) = audit(repo).findings
    assert item.hint.endswith("git rebase -i --root")


def test_an_amended_message_is_only_here(repo: Path, git: Git, leak: Callable[[Path], str]) -> None:
    (repo / "a").write_text("x\n")
    commit(repo, git, f"begin {token()}")
    git(repo, "commit", "-q", "--amend", "-m", "begin")
    (item,) = audit(repo).findings
    assert (item.object, item.hint) == ("commit", PRUNE)
    for words in commands(item.hint):
        git(repo, *words)
    assert audit(repo).findings == []


def test_a_file_may_be_called_like_an_object(clean_repo: Path, git: Git, leak: Callable[[Path], str]) -> None:
    leak(clean_repo / "commit 0123456789ab")
    commit(clean_repo, git)
    (item,) = audit(clean_repo).findings
    assert (item.path, item.object) == ("commit 0123456789ab", "")
