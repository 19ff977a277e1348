"""`scan`, `allow`, `rule` and `report` on the command line: what is read, what is said, and the exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canary import Canary
from sealkit.report import formats

Git = Callable[..., subprocess.CompletedProcess[str]]
Sealkit = Callable[..., Any]
Leak = Callable[[Path], str]


def rules(ran: Any) -> list[tuple[str, str, int]]:
    return [(item["rule"], item["path"], item["line"]) for item in json.loads(ran.out)["findings"]]


def test_the_index_and_the_work_tree_are_two_things(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    (clean_repo / "db.yaml").write_text("clean: 1\n")
    assert rules(sealkit("scan", "--staged", "--format", "json", cwd=clean_repo)) == [("SK201", "db.yaml", 5)]
    assert rules(sealkit("scan", "--format", "json", cwd=clean_repo)) == []
    assert sealkit("scan", "--staged", cwd=clean_repo).code == 1
    assert sealkit("scan", cwd=clean_repo).code == 0


def test_files_that_are_named(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    (clean_repo / "sub/deep").mkdir(parents=True)
    leak(clean_repo / "sub/deep/db.yaml")
    leak(clean_repo / "other.yaml")
    (clean_repo / ".gitignore").write_text("ignored.yaml\n")
    leak(clean_repo / "ignored.yaml")
    assert rules(sealkit("scan", "sub", "--format", "json", cwd=clean_repo)) == [("SK201", "sub/deep/db.yaml", 5)]
    assert rules(sealkit("scan", "deep/db.yaml", "--format=json", cwd=clean_repo / "sub")) == [
        ("SK201", "sub/deep/db.yaml", 5)
    ]
    everything = rules(sealkit("scan", "--format", "json", cwd=clean_repo))
    assert [path for _, path, _ in everything] == ["other.yaml", "sub/deep/db.yaml"]
    assert rules(sealkit("scan", "ignored.yaml", "--format", "json", cwd=clean_repo)) == [("SK201", "ignored.yaml", 5)]
    # what pre-commit does: --staged with the names of all files
    ran = sealkit("scan", "--staged", "--format", "json", "README.md", "other.yaml", cwd=clean_repo)
    assert rules(ran) == [("SK201", "other.yaml", 5)]
    git(clean_repo, "add", "other.yaml")
    assert rules(sealkit("scan", "--staged", "--format", "json", "README.md", "other.yaml", cwd=clean_repo)) == rules(
        ran
    )


def test_outside_a_repository(home: Path, tmp_path: Path, leak: Leak, sealkit: Sealkit, canary: Canary) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    canary.allow(folder)
    leak(folder / "db.yaml")
    assert rules(sealkit("scan", "--format", "json", cwd=folder)) == [("SK201", "db.yaml", 5)]
    ran = sealkit("scan", "--staged", cwd=folder)
    assert (ran.code, ran.out) == (2, "")
    assert "is not in a git repository" in ran.err


@pytest.mark.parametrize("form", formats.NAMES)
def test_every_format(form: str, clean_repo: Path, leak: Leak, sealkit: Sealkit) -> None:
    leak(clean_repo / "db.yaml")
    ran = sealkit("scan", "--format", form, cwd=clean_repo)
    assert ran.code == 1
    assert "SK201" in ran.out
    assert "db.yaml" in ran.out
    assert ran.out == sealkit("scan", "--format", form, cwd=clean_repo).out
    assert "1 error in 2 files" in ran.err


def test_warnings_do_not_refuse(clean_repo: Path, sealkit: Sealkit) -> None:
    (clean_repo / "notes.md").write_text("the password: Winter" + "2031!\n")
    ran = sealkit("scan", cwd=clean_repo)
    assert ran.code == 0
    assert "warning SK211" in ran.out
    assert "1 warning in 2 files" in ran.err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--format", "xml"], "no format 'xml'"),
        (["--staged", "--diff", "HEAD"], "several things"),
        (["--diff", "HEAD", "README.md"], "several things"),
        (["--diff", "nowhere..HEAD"], "nowhere: no such revision"),
        (["--diff", "--all"], "--all: no such revision"),
        (["missing.yaml"], "no such file"),
        (["--nonsense"], "no such option"),
        (["/etc/hostname"], "outside"),
    ],
)
def test_what_cannot_be_done_is_said(args: list[str], says: str, clean_repo: Path, sealkit: Sealkit) -> None:
    ran = sealkit("scan", *args, cwd=clean_repo)
    assert ran.code == 2
    assert ran.out == ""
    assert says in ran.err.lower() or says in ran.err


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform == "darwin", reason="root reads everything")
def test_what_cannot_be_read_is_a_finding(clean_repo: Path, sealkit: Sealkit, git: Git) -> None:
    (clean_repo / "dangling").symlink_to("nowhere")
    os.mkfifo(clean_repo / "pipe")
    (clean_repo / "empty").touch()
    ran = sealkit("scan", "dangling", "pipe", "empty", "--format", "json", cwd=clean_repo)
    assert rules(ran) == [("SK901", "pipe", 0)]
    assert ran.code == 1
    (clean_repo / "large.bin").write_bytes(b"\0" * (64 * 1024 * 1024 + 1))
    git(clean_repo, "add", "large.bin")
    ran = sealkit("scan", "--staged", cwd=clean_repo)
    assert ran.code == 1
    assert "large.bin: error SK901: could not be read: 67 MB" in ran.out


def test_excluded_files_are_counted_aloud(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    (clean_repo / "vendor").mkdir()
    leak(clean_repo / "vendor/db.yaml")
    (clean_repo / "sealkit.yaml").write_text("version: 1\nlayout: inline\nscan: {exclude: ['vendor/**']}\n")
    git(clean_repo, "add", "-A")
    for args in ([], ["--staged"]):
        for _ in range(2):  # the second run has the brief of the repository
            ran = sealkit("scan", *args, cwd=clean_repo)
            assert (ran.code, ran.out) == (0, "")
            assert "1 excluded by sealkit.yaml" in ran.err
    ran = sealkit("hook", "run", "pre-commit", cwd=clean_repo)
    assert (ran.code, ran.out) == (0, "")
    assert "1 excluded by sealkit.yaml" in ran.err


def test_a_broken_configuration_stops(clean_repo: Path, git: Git, sealkit: Sealkit) -> None:
    (clean_repo / ".sops.yaml").write_text("creation_rules:\n  - path_regex: '('\n    age: age1x\n")
    git(clean_repo, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=clean_repo)
    assert ran.code == 1
    assert "error SK901" in ran.out
    assert "not a valid RE2 pattern" in ran.out
    (clean_repo / "sealkit.yaml").write_text("version: 9\n")
    git(clean_repo, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=clean_repo)
    assert ran.code == 2
    assert "sealkit.yaml:1" in ran.err


def test_a_finding_that_is_allowed_stays_allowed_until_its_value_changes(
    clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit
) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    found = json.loads(sealkit("scan", "--staged", "--format", "json", cwd=clean_repo).out)["findings"][0]
    print_ = found["fingerprint"]
    ran = sealkit("allow", print_, "--reason", "a test value", cwd=clean_repo)
    assert ran.code == 0, ran.err
    listed = (clean_repo / ".sealkit/allow.yaml").read_text()
    assert f'fingerprint: "{print_}"' in listed
    assert 'rule: "SK201", name: "password", path: "db.yaml", reason: "a test value"' in listed
    assert sealkit("scan", "--staged", cwd=clean_repo).code == 1  # not in the index yet
    git(clean_repo, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=clean_repo)
    assert (ran.code, ran.out) == (0, "")
    assert "1 on the allow list" in ran.err
    assert "on the list already" in sealkit("allow", print_, "--reason", "again", cwd=clean_repo).err
    (clean_repo / "db.yaml").write_text("# moved down\n" + (clean_repo / "db.yaml").read_text())
    assert sealkit("scan", cwd=clean_repo).code == 0
    leak(clean_repo / "db.yaml")
    assert sealkit("scan", cwd=clean_repo).code == 1


def test_allow_takes_only_what_is_found(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    assert sealkit("allow", "x", "--reason", "r", cwd=clean_repo).code == 2
    assert sealkit("allow", "0123456789abcdef", "--reason", "r", cwd=clean_repo).code == 1
    assert sealkit("allow", "0123456789abcdef", "--reason", " ", cwd=clean_repo).code == 2
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "leak")
    git(clean_repo, "rm", "-q", "db.yaml")
    git(clean_repo, "commit", "-qm", "gone")
    print_ = json.loads(sealkit("audit", "--format", "json", cwd=clean_repo).out)["findings"][0]["fingerprint"]
    assert sealkit("allow", print_, "--reason", "renewed", cwd=clean_repo).code == 0
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "allow")
    assert sealkit("audit", cwd=clean_repo).code == 0


def test_what_a_range_brings(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "leak")
    git(clean_repo, "rm", "-q", "db.yaml")
    git(clean_repo, "commit", "-qm", "gone")
    (clean_repo / "a.yaml").write_text("a: 1\n")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "clean")
    ran = sealkit("scan", "--diff", "HEAD~3..HEAD", "--format", "json", cwd=clean_repo)
    assert rules(ran) == [("SK201", "db.yaml", 5)]
    assert json.loads(ran.out)["findings"][0]["commits"] == [git(clean_repo, "rev-parse", "HEAD~2").stdout.strip()]
    assert rules(sealkit("scan", "--diff", "HEAD~3", "--format", "json", cwd=clean_repo)) == rules(ran)
    assert rules(sealkit("scan", "--diff", "HEAD~1", "--format", "json", cwd=clean_repo)) == []
    assert sealkit("scan", "--diff", "HEAD~2...HEAD", cwd=clean_repo).code == 0


def test_the_sealed_half_is_judged_without_a_key(
    clean_repo: Path, git: Git, sealkit: Sealkit, age_key: str, canary: Canary
) -> None:
    (clean_repo / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: ^secrets/.*\n    age: {age_key}\n")
    (clean_repo / "secrets").mkdir()
    path = clean_repo / "secrets/db.yaml"
    path.write_text(f"password: {canary.secret()}\n")
    git(clean_repo, "add", "-A")
    assert [rule for rule, _, _ in rules(sealkit("scan", "--staged", "--format", "json", cwd=clean_repo))] == ["SK102"]
    subprocess.run(["sops", "encrypt", "-i", str(path)], cwd=clean_repo, check=True, capture_output=True)
    git(clean_repo, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=clean_repo)
    assert (ran.code, ran.out) == (0, ""), ran.out
    path.write_text(path.read_text().replace("sops:\n", f"extra: {canary.secret()}\nsops:\n"))
    git(clean_repo, "add", "-A")
    assert rules(sealkit("scan", "--staged", "--format", "json", cwd=clean_repo)) == [("SK101", "secrets/db.yaml", 2)]


def test_the_private_tree_holds_nothing_plain(clean_repo: Path, git: Git, sealkit: Sealkit) -> None:
    (clean_repo / "sealkit.yaml").write_text("version: 1\n")
    for folder in ("private", "private.example"):
        (clean_repo / folder).mkdir()
        (clean_repo / folder / "db.sops.yaml").write_text("user: shop\n")
    git(clean_repo, "add", "-A")
    found = rules(sealkit("scan", "--staged", "--format", "json", cwd=clean_repo))
    assert [(rule, path) for rule, path, _ in found] == [("SK102", "private/db.sops.yaml")]


def test_detect_secrets_is_a_second_opinion(clean_repo: Path, sealkit: Sealkit, canary: Canary) -> None:
    import hashlib

    value = "4e8a" + canary.text.encode().hex() + "9c1d7f3b"
    (clean_repo / "a.py").write_text(f'x = "{value}"\n')
    assert sealkit("scan", cwd=clean_repo).code == 0
    ran = sealkit("scan", "--detect-secrets", "--format", "json", cwd=clean_repo)
    assert rules(ran) == [("SK390", "a.py", 1)]
    entry = {
        "type": "Hex High Entropy String",
        "hashed_secret": hashlib.sha1(value.encode()).hexdigest(),
        "line_number": 9,
    }
    marker = clean_repo.parent / "ran"
    evil = clean_repo.parent / "evil.py"
    evil.write_text(f"open({str(marker)!r}, 'w')\n")
    baseline = {
        "version": "1.5.0",
        "plugins_used": [{"name": "Evil", "path": f"file://{evil}"}],
        "filters_used": [{"path": f"file://{evil}::x"}],
        "results": {"a.py": [entry]},
    }
    (clean_repo / ".secrets.baseline").write_text(json.dumps(baseline))
    ran = sealkit("scan", "--detect-secrets", cwd=clean_repo)
    assert (ran.code, ran.out) == (0, "")
    assert "1 on the allow list" in ran.err
    assert not marker.exists()
    (clean_repo / ".secrets.baseline").write_text("{")
    assert sealkit("scan", "--detect-secrets", cwd=clean_repo).code == 2


def test_rules_have_pages(home: Path, sealkit: Sealkit, tmp_path: Path) -> None:
    from sealkit.model.rules import RULES

    listed = sealkit("rule", cwd=tmp_path).out
    assert all(rule in listed for rule in RULES)
    for name in ("SK201", "sk201", "plain-secret"):
        assert sealkit("rule", name, cwd=tmp_path).out.startswith("# SK201 plain-secret")
    ran = sealkit("rule", "SK2O1", cwd=tmp_path)
    assert ran.code == 2
    assert "did you mean SK2" in ran.err


def test_one_report_from_many(clean_repo: Path, leak: Leak, sealkit: Sealkit, tmp_path: Path) -> None:
    leak(clean_repo / "db.yaml")
    names = []
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(sealkit("scan", "--format", "json", cwd=clean_repo).out)
        names.append(str(tmp_path / name))
    ran = sealkit("report", *names, "--format", "json", cwd=clean_repo)
    assert ran.code == 1
    assert rules(ran) == [("SK201", "db.yaml", 5)]
    assert sealkit("report", *names, cwd=clean_repo).out.startswith("<!doctype html>")
    (tmp_path / "c.json").write_text("{}")
    assert sealkit("report", str(tmp_path / "c.json"), cwd=clean_repo).code == 2


@pytest.mark.parametrize("name", [".sops.yaml", "sealkit.yaml", ".sealkit/allow.yaml"])
@pytest.mark.parametrize("args", [["scan"], ["scan", "--staged"]], ids=["files", "staged"])
def test_what_says_how_to_judge_is_no_link(
    name: str, args: list[str], clean_repo: Path, git: Git, sealkit: Sealkit
) -> None:
    """A policy that is not read must not look like no policy."""
    (clean_repo / "elsewhere.yaml").write_text("allow: []\n")
    (clean_repo / "db.yaml").write_text("password: hunter2hunter2hunter\n".replace("hunter", "h" + "unter"))
    (clean_repo / name).parent.mkdir(exist_ok=True)
    (clean_repo / name).unlink(missing_ok=True)
    (clean_repo / name).symlink_to(clean_repo / "elsewhere.yaml")
    git(clean_repo, "add", "-A")
    ran = sealkit(*args, cwd=clean_repo)
    assert ran.code != 0
    assert name in ran.err


def test_what_allow_says(clean_repo: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    value = leak(clean_repo / "db.yaml")
    git(clean_repo, "add", "-A")
    git(clean_repo, "commit", "-qm", "leak")
    assert sealkit("allow", cwd=clean_repo).code == 2
    assert sealkit("allow", "--before", "HEAD", "--prune", cwd=clean_repo).code == 2
    assert sealkit("allow", "--before", "HEAD", cwd=clean_repo).code == 2
    entry = {"type": "Secret Keyword", "hashed_secret": hashlib.sha1(value.encode()).hexdigest()}
    results = {"db.yaml": [entry, {"type": "x", "hashed_secret": "0" * 40}], "b": [{**entry, "is_secret": True}]}
    (clean_repo / ".secrets.baseline").write_text(json.dumps({"results": results}))
    ran = sealkit("allow", "--from-baseline", ".secrets.baseline", cwd=clean_repo)
    assert ran.code == 0
    assert "1 entry added" in ran.err
    assert "1 of the baseline not added: sealkit finds no such value there (db.yaml)" in ran.err
    assert "1 of the baseline not added: its audit says" in ran.err
    assert "nothing to remove" in sealkit("allow", "--prune", cwd=clean_repo).err
    leak(clean_repo / "db.yaml")
    ran = sealkit("scan", cwd=clean_repo)
    assert "the allow list has 1 entry that nothing in the work tree matches" in ran.err
    assert "sealkit allow --prune" in ran.err
    ran = sealkit("allow", "--prune", cwd=clean_repo)
    assert "1 entry is kept for the history alone" in ran.err
    assert "the allow list has" not in sealkit("scan", cwd=clean_repo).err
    ran = sealkit("allow", "--before", "HEAD", "--reason", "old", cwd=clean_repo)
    assert "0 entries added for the history up to HEAD" in ran.err
