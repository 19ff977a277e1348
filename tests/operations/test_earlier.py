"""Only what a commit adds blocks it: what HEAD, the other side of a merge or a remote has already is counted, not refused."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from commandline import Ran
from repository_kit import Git, commit
from sealkit.operations.scan import ScanResult, scan_push, scan_range, scan_staged

Leak = Callable[[Path], str]
Sealkit = Callable[..., Ran]


@pytest.fixture
def leaky(clean_repo: Path, git: Git, canary: Canary) -> tuple[Path, str, str]:
    """A repository whose HEAD has two leaks in a.yaml, and these."""
    one, two = canary.secret(), canary.secret()
    (clean_repo / "a.yaml").write_text(f"db:\n  password: {one}\n  port: 1\napi_token: {two}\n")
    commit(clean_repo, git)
    return clean_repo, one, two


def staged(repo: Path, git: Git) -> ScanResult:
    git(repo, "add", "-A")
    return scan_staged(repo)


def blocked(result: ScanResult) -> list[tuple[str, str, int]]:
    return [(item.rule, item.path, item.line) for item in result.findings]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.yaml", "db:\n  password: {one}\n"),  # one of two is removed
        ("a.yaml", "# a remark\nx: 1\nall:\n    db:\n        password: '{one}'  # old\n    api_token: {two}\n"),
        ("a.yaml", "api_token: {one}\n"),  # another name, the same rule and value
        ("deep/er/b.yaml", "db:\n  password: {one}\n"),  # moved, a.yaml is gone
        ("b.env", "DB_PASSWORD={one}\nPORT=1\n"),  # moved into a file that is read otherwise: see below
    ],
)
def test_what_head_has_passes_with_a_note(leaky: tuple[Path, str, str], git: Git, path: str, text: str) -> None:
    repo, one, two = leaky
    if path == "b.env":
        (repo / "a.env").write_text(f"DB_PASSWORD={one}\n")
        commit(repo, git)
        (repo / "a.env").unlink()
    elif path != "a.yaml":
        (repo / "a.yaml").unlink()
    (repo / path).parent.mkdir(parents=True, exist_ok=True)
    (repo / path).write_text(text.format(one=one, two=two))
    result = staged(repo, git)
    assert blocked(result) == []
    assert result.tally.earlier > 0


def test_a_renamed_file_is_read_by_its_old_name_and_its_new_one(leaky: tuple[Path, str, str], git: Git) -> None:
    repo, one, _ = leaky
    git(repo, "mv", "a.yaml", "a.conf")
    assert blocked(scan_staged(repo)) == []
    (repo / "a.conf").write_text((repo / "a.conf").read_text() + f"secret: {one[::-1]}\n")
    assert [(path, line) for _, path, line in blocked(staged(repo, git))] == [("a.conf", 5)]


def test_what_is_new_is_refused(leaky: tuple[Path, str, str], git: Git, canary: Canary) -> None:
    repo, one, _ = leaky
    text = (repo / "a.yaml").read_text()
    (repo / "a.yaml").write_text(text + f"secret: {canary.secret()}\n")
    result = staged(repo, git)
    assert blocked(result) == [("SK203", "a.yaml", 5)]
    assert result.tally.earlier == 2
    (repo / "a.yaml").write_text(text.replace(one, canary.secret()))
    assert blocked(staged(repo, git)) == [("SK203", "a.yaml", 2)]


def test_a_warning_of_head_does_not_excuse_an_error(clean_repo: Path, git: Git) -> None:
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  %s: shop\n"
    (clean_repo / "a.yaml").write_text(secret % "username")
    commit(clean_repo, git)
    (clean_repo / "a.yaml").write_text(secret % "password")
    assert blocked(staged(clean_repo, git)) == [("SK201", "a.yaml", 5)]


def test_the_first_commit_has_nothing_before_it(repo: Path, git: Git, leak: Leak, canary: Canary) -> None:
    canary.allow(repo)
    leak(repo / "db.yaml")
    assert blocked(staged(repo, git)) == [("SK201", "db.yaml", 5)]


def test_the_remark_on_the_line_is_no_way_around(clean_repo: Path, git: Git, canary: Canary) -> None:
    """HEAD has the value, but as one that is allowed there: without its remark it is a finding."""
    line = f"password: {canary.secret()}"
    (clean_repo / "a.yaml").write_text(f"{line}  # pragma: allowlist secret\n")
    commit(clean_repo, git)
    (clean_repo / "a.yaml").write_text(f"{line}\n")
    assert blocked(staged(clean_repo, git)) == [("SK203", "a.yaml", 1)]


def test_a_file_that_is_not_sealed_may_lose_lines_and_move_but_not_grow(
    clean_repo: Path, git: Git, canary: Canary, age_key: str
) -> None:
    (clean_repo / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: ^secrets/.*\n    age: {age_key}\n")
    (clean_repo / "secrets").mkdir()
    path = clean_repo / "secrets/a.yaml"
    path.write_text("login: fake-one\nother: fake-two\n")
    commit(clean_repo, git)
    path.write_text("# a remark\n\nlogin:   \n  login: fake-one\n")
    assert blocked(staged(clean_repo, git)) == [
        ("SK102", "secrets/a.yaml", 4)
    ]  # `login:` alone is a line that was not there
    path.write_text("# a remark\nother: fake-two\n")
    assert blocked(staged(clean_repo, git)) == []
    path.write_text("login: fake-one\nother: changed\n")
    assert blocked(staged(clean_repo, git)) == [("SK102", "secrets/a.yaml", 1)]
    path.unlink()
    (clean_repo / "secrets/b.yaml").write_text("other: fake-two\n")
    assert blocked(staged(clean_repo, git)) == []


def test_what_cannot_be_read_is_old_only_where_it_is_the_same(clean_repo: Path, git: Git) -> None:
    (clean_repo / "a.zip").write_bytes(b"PK\x03\x04broken\0")
    commit(clean_repo, git)
    git(clean_repo, "mv", "a.zip", "b.zip")
    assert blocked(scan_staged(clean_repo)) == []
    (clean_repo / "b.zip").write_bytes(b"PK\x03\x04broken\0too")
    assert blocked(staged(clean_repo, git)) == [("SK901", "b.zip", 0)]


def test_members_of_archives(clean_repo: Path, git: Git, canary: Canary) -> None:
    def pack(*values: str) -> None:
        with zipfile.ZipFile(clean_repo / "a.zip", "w") as archive:
            archive.writestr("in.yaml", "".join(f"k{at}:\n  password: {value}\n" for at, value in enumerate(values)))

    one, two = canary.secret(), canary.secret()
    pack(one)
    commit(clean_repo, git)
    pack(one, two)
    assert blocked(staged(clean_repo, git)) == [("SK203", "a.zip!in.yaml", 4)]


def test_a_policy_that_was_wrong_before(clean_repo: Path, git: Git, age_key: str) -> None:
    rules = f"creation_rules:\n  - path_regex: '('\n    age: {age_key}\n"
    (clean_repo / ".sops.yaml").write_text(rules)
    commit(clean_repo, git)
    (clean_repo / ".sops.yaml").write_text("# a remark\n" + rules)
    assert blocked(staged(clean_repo, git)) == []
    (clean_repo / ".sops.yaml").write_text(rules.replace("'('", "'[('"))
    assert [rule for rule, _, _ in blocked(staged(clean_repo, git))] == ["SK901"]


def test_a_token_in_the_name_of_a_file_may_go(clean_repo: Path, git: Git, canary: Canary) -> None:
    token = "gh" + "p_" + (canary.text + "Zz0Yy1Xx2Ww3Vv4Uu5Tt6Ss7Rr8")[:36]
    (clean_repo / token).write_text("x\n")
    commit(clean_repo, git)
    (clean_repo / "sub").mkdir()
    git(clean_repo, "mv", token, f"sub/{token}")
    assert blocked(scan_staged(clean_repo)) == []
    other = "gh" + "p_" + ("Rr8Ss7Tt6" + canary.text + "Zz0Yy1Xx2Ww3Vv4Uu5")[:36]
    (clean_repo / other).write_text("x\n")
    assert [rule for rule, _, _ in blocked(staged(clean_repo, git))] == ["SK310"]


def test_a_merge_brings_nothing_new_that_a_remote_has(
    leaky: tuple[Path, str, str], git: Git, canary: Canary, sealkit: Sealkit
) -> None:
    """With conflicts, where git writes MERGE_HEAD, and without, where only a variable says what is merged."""
    repo, _, _ = leaky
    git(repo, "checkout", "-qb", "side", "HEAD~1")
    (repo / "c.yaml").write_text(f"password: {canary.secret()}\nx: side\n")
    (repo / "same").write_text("side\n")
    commit(repo, git)
    git(repo, "checkout", "-q", "main")
    assert sealkit("hook", "install", cwd=repo).code == 0
    assert git(repo, "merge", "-q", "--no-ff", "-m", "only this clone has it", "side", check=False).returncode == 1
    git(repo, "reset", "-q", "--hard")
    git(repo, "update-ref", "refs/remotes/origin/side", "side")
    git(repo, "merge", "-q", "--no-ff", "-m", "clean merge", "side")
    git(repo, "reset", "-q", "--hard", "HEAD~1")
    (repo / "same").write_text("main\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "conflicts with side")
    assert git(repo, "merge", "-q", "side", check=False).returncode == 1
    (repo / "same").write_text("both\n")
    (repo / "c.yaml").write_text((repo / "c.yaml").read_text() + f"token: {canary.secret()}\n")
    assert blocked(staged(repo, git)) == [("SK203", "c.yaml", 3)]
    git(repo, "checkout", "side", "--", "c.yaml")
    git(repo, "commit", "-qm", "merged")


def test_a_range_and_a_push(leaky: tuple[Path, str, str], git: Git, canary: Canary) -> None:
    repo, one, _ = leaky
    base = git(repo, "rev-parse", "HEAD").stdout.strip()
    (repo / "b.yaml").write_text(f"# moved\ndb:\n  password: {one}\n  port: 2\n")
    (repo / "a.yaml").unlink()
    commit(repo, git)
    (repo / "b.yaml").write_text(f"db: {{password: {one}}}\n")
    commit(repo, git)
    result = scan_range(repo, f"{base}..HEAD")
    assert (blocked(result), result.tally.earlier) == ([], 1)
    (repo / "b.yaml").write_text(f"db: {{password: {one}, token: {canary.secret()}}}\n")
    commit(repo, git)
    (repo / "b.yaml").unlink()
    commit(repo, git)
    assert blocked(scan_range(repo, f"{base}..HEAD")) == [("SK203", "b.yaml", 1)]
    last = git(repo, "rev-parse", "HEAD").stdout.strip()
    pushed = scan_push(repo, "origin", f"refs/heads/main {last} refs/heads/main {base}\n", os.environ)
    assert pushed is not None
    assert blocked(pushed) == [("SK203", "b.yaml", 1)]
    everything = scan_push(repo, "origin", f"refs/heads/main {last} refs/heads/main {'0' * 40}\n", os.environ)
    assert everything is not None
    assert {path for _, path, _ in blocked(everything)} == {"a.yaml", "b.yaml"}


def test_the_note_says_how_to_see_them(leaky: tuple[Path, str, str], git: Git, sealkit: Sealkit) -> None:
    repo, _, _ = leaky
    git(repo, "mv", "a.yaml", "b.yaml")
    ran = sealkit("hook", "run", "pre-commit", cwd=repo)
    assert (ran.code, ran.out) == (0, "")
    assert "2 from before this change" in ran.err
    assert "sealkit scan" in ran.err


def test_old_versions_are_read_only_where_there_are_findings(
    clean_repo: Path, git: Git, leak: Leak, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    from sealkit.scan import earlier_blobs

    real = earlier_blobs.ObjectReader
    monkeypatch.setattr(earlier_blobs, "ObjectReader", lambda *a, **k: started.append([]) or real(*a, **k))
    (clean_repo / "README.md").write_text("password\n")
    assert blocked(staged(clean_repo, git)) == []
    assert started == []
    leak(clean_repo / "db.yaml")
    assert len(blocked(staged(clean_repo, git))) == 1
    assert len(started) == 1


def test_settings_that_are_not_added_yet_count(clean_repo: Path, git: Git) -> None:
    """After `sealkit init` the private tree is private, and an exclusion that nobody can see excuses nothing."""
    (clean_repo / "sealkit.yaml").write_text("version: 1\nscan: {exclude: ['private/**']}\n")
    (clean_repo / "private").mkdir()
    (clean_repo / "private/e.yaml").write_text("login: fake-one\n")
    git(clean_repo, "add", "private")
    assert blocked(scan_staged(clean_repo)) == [("SK102", "private/e.yaml", 1)]
    git(clean_repo, "add", "-A")
    assert blocked(scan_staged(clean_repo)) == []
