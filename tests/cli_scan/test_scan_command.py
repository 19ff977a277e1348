"""`scan`, `allow`, `rule` and `report` on the command line: what is read, what is said, and the exit codes."""

from __future__ import annotations

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


def test_the_index_and_the_work_tree_are_two_things(house: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    leak(house / "db.yaml")
    git(house, "add", "-A")
    (house / "db.yaml").write_text("clean: 1\n")
    assert rules(sealkit("scan", "--staged", "--format", "json", cwd=house)) == [("SK201", "db.yaml", 5)]
    assert rules(sealkit("scan", "--format", "json", cwd=house)) == []
    assert sealkit("scan", "--staged", cwd=house).code == 1
    assert sealkit("scan", cwd=house).code == 0


def test_files_that_are_named(house: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    (house / "sub/deep").mkdir(parents=True)
    leak(house / "sub/deep/db.yaml")
    leak(house / "other.yaml")
    (house / ".gitignore").write_text("ignored.yaml\n")
    leak(house / "ignored.yaml")
    assert rules(sealkit("scan", "sub", "--format", "json", cwd=house)) == [("SK201", "sub/deep/db.yaml", 5)]
    assert rules(sealkit("scan", "deep/db.yaml", "--format=json", cwd=house / "sub")) == [
        ("SK201", "sub/deep/db.yaml", 5)
    ]
    everything = rules(sealkit("scan", "--format", "json", cwd=house))
    assert [path for _, path, _ in everything] == ["other.yaml", "sub/deep/db.yaml"]
    assert rules(sealkit("scan", "ignored.yaml", "--format", "json", cwd=house)) == [("SK201", "ignored.yaml", 5)]
    # what pre-commit does: --staged with the names of all files
    ran = sealkit("scan", "--staged", "--format", "json", "README.md", "other.yaml", cwd=house)
    assert rules(ran) == [("SK201", "other.yaml", 5)]
    git(house, "add", "other.yaml")
    assert rules(sealkit("scan", "--staged", "--format", "json", "README.md", "other.yaml", cwd=house)) == rules(ran)


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
def test_every_format(form: str, house: Path, leak: Leak, sealkit: Sealkit) -> None:
    leak(house / "db.yaml")
    ran = sealkit("scan", "--format", form, cwd=house)
    assert ran.code == 1
    assert "SK201" in ran.out
    assert "db.yaml" in ran.out
    assert ran.out == sealkit("scan", "--format", form, cwd=house).out
    assert "1 error in 2 files" in ran.err


def test_warnings_do_not_refuse(house: Path, sealkit: Sealkit, canary: Canary) -> None:
    (house / "notes.md").write_text(f"the password: {canary.text}Zq1\n")
    ran = sealkit("scan", cwd=house)
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
def test_what_cannot_be_done_is_said(args: list[str], says: str, house: Path, sealkit: Sealkit) -> None:
    ran = sealkit("scan", *args, cwd=house)
    assert ran.code == 2
    assert ran.out == ""
    assert says in ran.err.lower() or says in ran.err


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform == "darwin", reason="root reads everything")
def test_what_cannot_be_read_is_a_finding(house: Path, sealkit: Sealkit, git: Git) -> None:
    (house / "dangling").symlink_to("nowhere")
    os.mkfifo(house / "pipe")
    (house / "empty").touch()
    ran = sealkit("scan", "dangling", "pipe", "empty", "--format", "json", cwd=house)
    assert rules(ran) == [("SK901", "pipe", 0)]
    assert ran.code == 1
    (house / "large.bin").write_bytes(b"\0" * (64 * 1024 * 1024 + 1))
    git(house, "add", "large.bin")
    ran = sealkit("scan", "--staged", cwd=house)
    assert ran.code == 1
    assert "large.bin: error SK901: could not be read: 67 MB" in ran.out


def test_excluded_files_are_counted_aloud(house: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    (house / "vendor").mkdir()
    leak(house / "vendor/db.yaml")
    (house / "sealkit.yaml").write_text("version: 1\nlayout: inline\nscan: {exclude: ['vendor/**']}\n")
    git(house, "add", "-A")
    for args in ([], ["--staged"]):
        for _ in range(2):  # the second run has the brief of the house
            ran = sealkit("scan", *args, cwd=house)
            assert (ran.code, ran.out) == (0, "")
            assert "1 excluded by sealkit.yaml" in ran.err
    ran = sealkit("hook", "run", "pre-commit", cwd=house)
    assert (ran.code, ran.out) == (0, "")
    assert "1 excluded by sealkit.yaml" in ran.err


def test_a_broken_configuration_stops(house: Path, git: Git, sealkit: Sealkit) -> None:
    (house / ".sops.yaml").write_text("creation_rules:\n  - path_regex: '('\n    age: age1x\n")
    git(house, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=house)
    assert ran.code == 1
    assert "error SK901" in ran.out
    assert "not a valid RE2 pattern" in ran.out
    (house / "sealkit.yaml").write_text("version: 9\n")
    git(house, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=house)
    assert ran.code == 2
    assert "sealkit.yaml:1" in ran.err


def test_a_finding_that_is_allowed_stays_allowed_until_its_value_changes(
    house: Path, git: Git, leak: Leak, sealkit: Sealkit
) -> None:
    leak(house / "db.yaml")
    git(house, "add", "-A")
    found = json.loads(sealkit("scan", "--staged", "--format", "json", cwd=house).out)["findings"][0]
    print_ = found["fingerprint"]
    ran = sealkit("allow", print_, "--reason", "a test value", cwd=house)
    assert ran.code == 0, ran.err
    listed = (house / ".sealkit/allow.yaml").read_text()
    assert f'fingerprint: "{print_}"' in listed
    assert 'rule: "SK201", path: "db.yaml", reason: "a test value"' in listed
    assert sealkit("scan", "--staged", cwd=house).code == 1  # not in the index yet
    git(house, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=house)
    assert (ran.code, ran.out) == (0, "")
    assert "1 on the allow list" in ran.err
    assert "on the list already" in sealkit("allow", print_, "--reason", "again", cwd=house).err
    (house / "db.yaml").write_text("# moved down\n" + (house / "db.yaml").read_text())
    assert sealkit("scan", cwd=house).code == 0
    leak(house / "db.yaml")
    assert sealkit("scan", cwd=house).code == 1


def test_allow_takes_only_what_is_found(house: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    assert sealkit("allow", "x", "--reason", "r", cwd=house).code == 2
    assert sealkit("allow", "0123456789abcdef", "--reason", "r", cwd=house).code == 1
    assert sealkit("allow", "0123456789abcdef", "--reason", " ", cwd=house).code == 2
    leak(house / "db.yaml")
    git(house, "add", "-A")
    git(house, "commit", "-qm", "leak")
    git(house, "rm", "-q", "db.yaml")
    git(house, "commit", "-qm", "gone")
    print_ = json.loads(sealkit("audit", "--format", "json", cwd=house).out)["findings"][0]["fingerprint"]
    assert sealkit("allow", print_, "--reason", "renewed", cwd=house).code == 0
    git(house, "add", "-A")
    git(house, "commit", "-qm", "allow")
    assert sealkit("audit", cwd=house).code == 0


def test_what_a_range_brings(house: Path, git: Git, leak: Leak, sealkit: Sealkit) -> None:
    leak(house / "db.yaml")
    git(house, "add", "-A")
    git(house, "commit", "-qm", "leak")
    git(house, "rm", "-q", "db.yaml")
    git(house, "commit", "-qm", "gone")
    (house / "a.yaml").write_text("a: 1\n")
    git(house, "add", "-A")
    git(house, "commit", "-qm", "clean")
    ran = sealkit("scan", "--diff", "HEAD~3..HEAD", "--format", "json", cwd=house)
    assert rules(ran) == [("SK201", "db.yaml", 5)]
    assert json.loads(ran.out)["findings"][0]["commits"] == [git(house, "rev-parse", "HEAD~2").stdout.strip()]
    assert rules(sealkit("scan", "--diff", "HEAD~3", "--format", "json", cwd=house)) == rules(ran)
    assert rules(sealkit("scan", "--diff", "HEAD~1", "--format", "json", cwd=house)) == []
    assert sealkit("scan", "--diff", "HEAD~2...HEAD", cwd=house).code == 0


def test_the_sealed_half_is_judged_without_a_key(
    house: Path, git: Git, sealkit: Sealkit, age_key: str, canary: Canary
) -> None:
    (house / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: ^secrets/.*\n    age: {age_key}\n")
    (house / "secrets").mkdir()
    path = house / "secrets/db.yaml"
    path.write_text(f"password: {canary.secret()}\n")
    git(house, "add", "-A")
    assert [rule for rule, _, _ in rules(sealkit("scan", "--staged", "--format", "json", cwd=house))] == ["SK102"]
    subprocess.run(["sops", "encrypt", "-i", str(path)], cwd=house, check=True, capture_output=True)
    git(house, "add", "-A")
    ran = sealkit("scan", "--staged", cwd=house)
    assert (ran.code, ran.out) == (0, ""), ran.out
    path.write_text(path.read_text().replace("sops:\n", f"extra: {canary.secret()}\nsops:\n"))
    git(house, "add", "-A")
    assert rules(sealkit("scan", "--staged", "--format", "json", cwd=house)) == [("SK101", "secrets/db.yaml", 2)]


def test_the_private_tree_holds_nothing_plain(house: Path, git: Git, sealkit: Sealkit) -> None:
    (house / "sealkit.yaml").write_text("version: 1\n")
    for folder in ("private", "private.example"):
        (house / folder).mkdir()
        (house / folder / "db.sops.yaml").write_text("user: shop\n")
    git(house, "add", "-A")
    found = rules(sealkit("scan", "--staged", "--format", "json", cwd=house))
    assert [(rule, path) for rule, path, _ in found] == [("SK102", "private/db.sops.yaml")]


def test_detect_secrets_is_a_second_opinion(house: Path, sealkit: Sealkit, canary: Canary) -> None:
    import hashlib

    value = "4e8a" + canary.text.encode().hex() + "9c1d7f3b"
    (house / "a.py").write_text(f'x = "{value}"\n')
    assert sealkit("scan", cwd=house).code == 0
    ran = sealkit("scan", "--detect-secrets", "--format", "json", cwd=house)
    assert rules(ran) == [("SK390", "a.py", 1)]
    entry = {
        "type": "Hex High Entropy String",
        "hashed_secret": hashlib.sha1(value.encode()).hexdigest(),
        "line_number": 9,
    }
    marker = house.parent / "ran"
    evil = house.parent / "evil.py"
    evil.write_text(f"open({str(marker)!r}, 'w')\n")
    baseline = {
        "version": "1.5.0",
        "plugins_used": [{"name": "Evil", "path": f"file://{evil}"}],
        "filters_used": [{"path": f"file://{evil}::x"}],
        "results": {"a.py": [entry]},
    }
    (house / ".secrets.baseline").write_text(json.dumps(baseline))
    ran = sealkit("scan", "--detect-secrets", cwd=house)
    assert (ran.code, ran.out) == (0, "")
    assert "1 on the allow list" in ran.err
    assert not marker.exists()
    (house / ".secrets.baseline").write_text("{")
    assert sealkit("scan", "--detect-secrets", cwd=house).code == 2


def test_rules_have_pages(home: Path, sealkit: Sealkit, tmp_path: Path) -> None:
    from sealkit.model.rules import RULES

    listed = sealkit("rule", cwd=tmp_path).out
    assert all(rule in listed for rule in RULES)
    for name in ("SK201", "sk201", "plain-secret"):
        assert sealkit("rule", name, cwd=tmp_path).out.startswith("# SK201 plain-secret")
    ran = sealkit("rule", "SK2O1", cwd=tmp_path)
    assert ran.code == 2
    assert "did you mean SK2" in ran.err


def test_one_report_from_many(house: Path, leak: Leak, sealkit: Sealkit, tmp_path: Path) -> None:
    leak(house / "db.yaml")
    names = []
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(sealkit("scan", "--format", "json", cwd=house).out)
        names.append(str(tmp_path / name))
    ran = sealkit("report", *names, "--format", "json", cwd=house)
    assert ran.code == 1
    assert rules(ran) == [("SK201", "db.yaml", 5)]
    assert sealkit("report", *names, cwd=house).out.startswith("<!doctype html>")
    (tmp_path / "c.json").write_text("{}")
    assert sealkit("report", str(tmp_path / "c.json"), cwd=house).code == 2


@pytest.mark.parametrize("name", [".sops.yaml", "sealkit.yaml", ".sealkit/allow.yaml"])
@pytest.mark.parametrize("args", [["scan"], ["scan", "--staged"]], ids=["files", "staged"])
def test_what_says_how_to_judge_is_no_link(name: str, args: list[str], house: Path, git: Git, sealkit: Sealkit) -> None:
    """A policy that is not read must not look like no policy."""
    (house / "elsewhere.yaml").write_text("allow: []\n")
    (house / "db.yaml").write_text("password: hunter2hunter2hunter\n".replace("hunter", "h" + "unter"))
    (house / name).parent.mkdir(exist_ok=True)
    (house / name).unlink(missing_ok=True)
    (house / name).symlink_to(house / "elsewhere.yaml")
    git(house, "add", "-A")
    ran = sealkit(*args, cwd=house)
    assert ran.code != 0
    assert name in ran.err
