"""Two branches of a sealed file, merged by the real git: by value, only what was approved, and never a plaintext on disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from canary import Canary
from commandline import Ran
from sealkit.operations import git_drivers
from sealkit.operations.events import Events
from sealkit.operations.repository import Repository
from sealkit.operations.sealed_writer import write_sealed
from sealkit.operations.signer import create_signer
from sealkit.sealed.file import SealedFile
from sealkit.sops.decrypt import open_file
from sealkit.sops.encrypt import reseal, seal
from sealkit.source.config import load_config

SEALED = "private/db.sops.yaml"


@pytest.fixture
def branches(
    repo: Path, age_key: str, canary: Canary, git: Callable[..., subprocess.CompletedProcess[str]]
) -> Callable[..., Path]:
    """`branches(base, ours, theirs, path)`: a repository with a sealed file in three approved versions; main is checked out."""
    canary.allow(repo.parent / "home")
    (repo / "sealkit.yaml").write_text("version: 1\n")
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")

    def write(sealed_path: str, text: str, message: str, machine: str = "") -> None:
        keys = str(repo.parent / "home/.config/sops/age/keys.txt")
        other = {"XDG_CONFIG_HOME": str(repo.parent / machine), "SOPS_AGE_KEY_FILE": keys}
        repository = Repository(load_config(repo), {**os.environ, **(other if machine else {})})
        path = repo / sealed_path
        if path.exists():
            old = SealedFile(sealed_path, path.read_bytes())
            sealed = reseal(open_file(old, repository.keyring), text)
        else:
            sealed = seal(sealed_path, text, repository.rule_for(sealed_path))
        write_sealed(repository, Events(), [sealed])
        git(repo, "add", "-A")
        git(repo, "commit", "-qm", message)

    def make(base: str, ours: str, theirs: str, path: str = SEALED) -> Path:
        create_signer(Repository.open(repo))
        git_drivers.install(repo)
        write(path, base, "base")
        git(repo, "switch", "-qc", "theirs")
        write(path, theirs, "theirs", machine="colleague")  # whose pin knows that version, and ours does not
        git(repo, "switch", "-q", "main")
        write(path, ours, "ours")
        return repo

    return make


def merged(repo: Path, git: Callable[..., subprocess.CompletedProcess[str]]) -> subprocess.CompletedProcess[str]:
    done = git(repo, "merge", "--no-edit", "theirs", check=False)
    assert "Traceback" not in done.stderr
    return done


def test_two_changes_come_together(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], canary: Canary,
) -> None:  # fmt: skip
    one, two, kept = canary.secret(), canary.secret(), canary.secret()
    base = f"db:\n    user: app\n    password: {kept}\n"
    repo = branches(base, base + f"mine: {one}\n", base.replace("app", "web") + f"theirs: {two}\n")
    before = (repo / SEALED).read_text()
    done = merged(repo, git)
    assert done.returncode == 0, done.stdout + done.stderr
    after = (repo / SEALED).read_text()
    line = next(row for row in before.splitlines() if "password" in row)
    assert line in after  # an untouched leaf keeps its ciphertext
    assert sealkit("approve", SEALED, cwd=repo, input="").code == 0
    shown = sealkit("get", SEALED, cwd=repo, reveals=True)
    assert shown.code == 0
    assert all(value in shown.out for value in (one, two, kept, "user: web"))
    canary.hear("git", done.stdout + done.stderr)


def test_a_true_conflict_leaves_ours_whole_and_is_finished_by_route(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], canary: Canary,
) -> None:  # fmt: skip
    base, one, two = canary.secret(), canary.secret(), canary.secret()
    text = "db:\n    password: {}\n    other: {}\n"
    repo = branches(text.format(base, "x"), text.format(one, "x"), text.format(two, "y"))
    ours = (repo / SEALED).read_bytes()
    done = merged(repo, git)
    assert done.returncode == 1
    assert "both sides changed .db.password" in done.stderr
    assert (repo / SEALED).read_bytes() == ours
    undecided = sealkit("merge", SEALED, cwd=repo)
    assert undecided.code == 1
    assert f"sealkit merge {SEALED} --theirs .db.password" in undecided.err
    assert sealkit("merge", SEALED, "--theirs", ".db.password", cwd=repo).code == 0
    shown = sealkit("get", SEALED, cwd=repo, reveals=True).out
    assert two in shown
    assert one not in shown
    assert 'other: "y"' in shown
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "merged")
    assert sealkit("review", cwd=repo).code == 0


def test_what_nobody_approved_is_not_merged(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]],
    age_key: str, canary: Canary,
) -> None:  # fmt: skip
    from sealkit.sealed.metadata import Recipient
    from sealkit.sealed.policy import CreationRule

    secret = canary.secret()
    base = f"db:\n    password: {secret}\n"
    repo = branches(base, base + "mine: 1\n", base + "theirs: 1\n")
    git(repo, "switch", "-q", "theirs")
    rule = CreationRule(groups=[[Recipient("age", age_key)]])
    (repo / SEALED).write_bytes(seal(SEALED, "db:\n    password: of a stranger\n", rule).data)
    git(repo, "commit", "-qam", "a stranger's file")
    git(repo, "switch", "-q", "main")
    ours = (repo / SEALED).read_bytes()
    done = merged(repo, git)
    assert done.returncode == 1
    assert "theirs is a version that was never approved in this repository" in done.stderr
    assert (repo / SEALED).read_bytes() == ours


def test_two_changes_of_the_policy_are_merged_by_line(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    repo = branches("a: b\n", "a: b\n", "a: b\n")
    policy = repo / ".sops.yaml"
    text = "# who\n# can\n# open\n# what\n" + policy.read_text()
    policy.write_text(text)
    git(repo, "commit", "-qam", "remarks")
    git(repo, "switch", "-qc", "other")
    policy.write_text(text + "# theirs\n")
    git(repo, "commit", "-qam", "theirs")
    git(repo, "switch", "-q", "main")
    policy.write_text("# ours\n" + text)
    git(repo, "commit", "-qam", "ours")
    done = git(repo, "merge", "--no-edit", "other", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert policy.read_text() == "# ours\n" + text + "# theirs\n"


HIDDEN = {
    "private/prod.tfvars.enc": ('user = "app"\nregion = "a"\n', 'region = "a"', 'region = "b"', 'token = "{0}"\n'),
    "private/prod.env.enc": ("USER=app\nREGION=a\n", "REGION=a", "REGION=b", "TOKEN={0}\n"),
    "private/values.enc": ("user: app\nregion: a\n", "region: a", "region: b", "token: {0}\n"),
    "private/config.toml": ('[db]\nuser = "app"\nregion = "a"\n', 'region = "a"', 'region = "b"', 'token = "{0}"\n'),
}


@pytest.mark.parametrize("path", HIDDEN)
def test_a_file_sealed_whole_is_merged_by_value_too(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], canary: Canary, path: str,
) -> None:  # fmt: skip
    """Both sides change neighbouring lines, where a merge by line would stop."""
    base, old, new, line = HIDDEN[path]
    added = line.format(canary.secret())
    repo = branches(base, base + added, base.replace(old, new), path)
    assert "sops" in (repo / path).read_text()
    done = merged(repo, git)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sealkit("get", path, cwd=repo, reveals=True).out == base.replace(old, new) + added


def test_recipients_are_ours(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]],
    sealkit: Callable[..., Ran], age_key: str,
) -> None:  # fmt: skip
    import pyrage

    other = str(pyrage.x25519.Identity.generate().to_public())
    repo = branches("a: b\n", "a: b\nmine: 1\n", "a: b\ntheirs: 1\n")
    git(repo, "switch", "-q", "theirs")
    assert sealkit("recipients", "add", other, "--may-approve", cwd=repo).code == 0
    assert other in (repo / SEALED).read_text()
    git(repo, "commit", "-qam", "somebody joins")
    git(repo, "switch", "-q", "main")
    git(repo, "merge", "--no-edit", "theirs", check=False)
    text = (repo / SEALED).read_text()
    assert "theirs: ENC[" in text
    assert "mine: ENC[" in text
    assert age_key in text
    assert other not in text


def test_a_version_whose_mac_does_not_hold_is_not_merged(
    branches: Callable[..., Path], git: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """Even one that somebody signed."""
    repo = branches("a: b\nc: d\n", "a: b\nc: d\nmine: 1\n", "a: b\nc: d\ntheirs: 1\n")
    git(repo, "switch", "-q", "theirs")
    rows = (repo / SEALED).read_text().splitlines(keepends=True)
    cut = "".join(row for row in rows if not row.startswith("a:"))
    write_sealed(Repository.open(repo), Events(), [SealedFile(SEALED, cut.encode())])
    git(repo, "commit", "-qam", "cut by hand")
    git(repo, "switch", "-q", "main")
    ours = (repo / SEALED).read_bytes()
    done = merged(repo, git)
    assert done.returncode == 1
    assert "its MAC does not hold" in done.stderr
    assert (repo / SEALED).read_bytes() == ours
