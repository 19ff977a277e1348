"""`init` on the real command line: in an empty repository, in a messy one, in a SOPS repository, twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, Run, commit, new_age_key, opens, pgp_key, sops, state
from sealkit.ledger.signing import verified
from sealkit.ledger.text import Ledger


def test_an_empty_repository_is_set_up(repo: Path, home: Path, sealkit: Run, git: Git) -> None:
    done = sealkit("init", cwd=repo)
    assert done.code == 0, done.err
    assert done.out == ""
    keys = home / ".config/sops/age/keys.txt"
    assert keys.stat().st_mode & 0o777 == 0o600
    assert f"made an age key: {keys}" in done.err
    for name in ("sealkit.yaml", ".sops.yaml", "sealkit.sum", ".gitignore", ".sealkit/signing-key.sops.yaml"):
        assert (repo / name).is_file(), name
    for name in ("public", "private", "private.example"):
        assert (repo / name).is_dir()
    assert verified(Ledger.parse((repo / "sealkit.sum").read_text())).ignored == 0
    assert "sealkit-signing-key" in sops("decrypt", ".sealkit/signing-key.sops.yaml", cwd=repo)
    assert "next: sealkit split" in done.err
    assert (repo / ".git/hooks/pre-commit").exists()
    assert git(repo, "add", "-A").returncode == 0


def test_a_second_run_has_nothing_to_do(repo: Path, home: Path, sealkit: Run) -> None:
    sealkit("init", cwd=repo)
    before = state(repo)
    again = sealkit("init", cwd=repo)
    assert again.code == 0
    assert "nothing to do" in again.err
    assert state(repo) == before
    (repo / "private/.gitkeep").unlink()
    (repo / "private").rmdir()
    third = sealkit("init", cwd=repo)
    assert "made private/" in third.err
    assert "wrote" not in third.err


def test_what_sops_seals_under_the_new_policy_is_accepted(repo: Path, home: Path, sealkit: Run, canary: Canary) -> None:
    sealkit("init", cwd=repo)
    text = sops(
        "encrypt",
        "--filename-override",
        "private/a.yaml",
        "/dev/stdin",
        cwd=repo,
        input=f"db:\n  pw: {canary.secret()}\n",
    )
    (repo / "private/a.yaml").write_text(text)
    assert sealkit("approve", "private/a.yaml", cwd=repo).code == 0


def test_nothing_that_exists_is_overwritten(repo: Path, age_key: str, sealkit: Run) -> None:
    (repo / ".gitignore").write_text("build/")
    (repo / "public").mkdir()
    (repo / "public/a.yaml").write_text("a: 1\n")
    (repo / ".sops.yaml").write_text(f"# mine\ncreation_rules:\n  - path_regex: ^private/\n    age: {age_key}")
    done = sealkit("init", cwd=repo)
    assert done.code == 0, done.err
    assert (repo / ".gitignore").read_text().startswith("build/\n")
    assert (
        (repo / ".sops.yaml").read_text().endswith(f"      {age_key}\n  - path_regex: ^private/\n    age: {age_key}\n")
    )
    assert (
        f"added the rule of the signing key to .sops.yaml; who may approve: {age_key}. The rest of it stays" in done.err
    )
    assert (repo / "public/a.yaml").read_text() == "a: 1\n"
    assert opens(".sealkit/signing-key.sops.yaml", repo)


def test_a_sops_repository_is_taken_as_it_is(repo: Path, age_key: str, sealkit: Run, canary: Canary, git: Git) -> None:
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n")
    (repo / "apps").mkdir()
    text = sops(
        "encrypt",
        "--filename-override",
        "apps/db.yaml",
        "/dev/stdin",
        cwd=repo,
        input=f"db:\n  pw: {canary.secret()}\n",
    )
    (repo / "apps/db.yaml").write_text(text)
    commit(repo, git)
    done = sealkit("init", cwd=repo)
    assert done.code == 0, done.err
    assert "layout inline" in done.err
    assert not (repo / "public").exists()
    assert not (repo / "sealkit.yaml").exists()
    assert (repo / "apps/db.yaml").read_text() == text
    assert (repo / ".sops.yaml").read_text().endswith(f"      {age_key}\n  - age: {age_key}\n")
    assert "path=apps/db.yaml" in (repo / "sealkit.sum").read_text()
    assert "everything is approved" in sealkit("approve", cwd=repo).err


def test_a_tampered_file_is_not_taken_into_the_ledger(repo: Path, age_key: str, sealkit: Run, canary: Canary) -> None:
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - age: {age_key}\n    encrypted_regex: ^pw$\n")
    text = sops(
        "encrypt",
        "--filename-override",
        "db.yaml",
        "/dev/stdin",
        cwd=repo,
        input=f"user: shop\npw: {canary.secret()}\n",
    )
    (repo / "db.yaml").write_text(text.replace("user: shop", "user: shopping"))
    done = sealkit("init", cwd=repo)
    assert done.code == 1
    assert "db.yaml: its MAC does not hold" in done.err
    assert not (repo / "sealkit.sum").exists()


@pytest.mark.parametrize("kind", ["age", "ssh", "pgp"])
def test_an_existing_identity_is_used(repo: Path, home: Path, sealkit: Run, kind: str) -> None:
    if kind == "age":
        recipient = new_age_key(home / ".config/sops/age/keys.txt")
    elif kind == "ssh":
        (home / ".ssh").mkdir(mode=0o700)
        key = home / ".ssh/id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        recipient = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    else:
        recipient = pgp_key("Somebody <a@example.invalid>")
    done = sealkit("init", cwd=repo)
    assert done.code == 0, done.err
    assert "made an age key" not in done.err
    assert recipient in (repo / ".sops.yaml").read_text()
    assert "sealkit-signing-key" in sops("decrypt", ".sealkit/signing-key.sops.yaml", cwd=repo)


def test_recipients_are_given_by_name(repo: Path, age_key: str, sealkit: Run, tmp_path: Path) -> None:
    other = new_age_key(tmp_path / "other.txt")
    done = sealkit("init", "-r", age_key, "-r", other, cwd=repo)
    assert done.code == 0, done.err
    text = (repo / ".sops.yaml").read_text()
    assert (text.count(age_key), text.count(other)) == (2, 1), "the identity at hand may approve, the other may not"
    assert (repo / ".sealkit/signing-key.sops.yaml").read_text().count("recipient: ") == 1
    named = sealkit("init", "-r", age_key, cwd=repo)
    assert named.code == 0
    stranger = sealkit("init", "-r", new_age_key(tmp_path / "third.txt"), cwd=repo)
    assert stranger.code == 2
    assert "sealkit recipients add" in stranger.err


def test_sealed_to_somebody_else_alone_is_said(repo: Path, age_key: str, sealkit: Run, tmp_path: Path) -> None:
    done = sealkit("init", "-r", new_age_key(tmp_path / "other.txt"), cwd=repo)
    assert done.code == 0
    assert "no identity here opens the signing key" in done.err


@pytest.mark.parametrize(
    "bad",
    ["age1nonsense", "nonsense", "DEADBEEF", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQQQ", "arn:aws:kms:x", "F" * 40],
)
def test_a_recipient_that_is_none_is_refused_first(repo: Path, home: Path, sealkit: Run, bad: str) -> None:
    done = sealkit("init", "-r", bad, cwd=repo)
    assert done.code == 2
    assert done.err.startswith("sealkit: error: ")
    assert "sealkit: hint: " in done.err
    assert "SECRET-KEY-1QQQQ" not in done.err
    assert state(repo) == {}
    assert not (home / ".config/sops").exists()


def test_outside_a_repository(home: Path, sealkit: Run, tmp_path: Path) -> None:
    done = sealkit("init", cwd=tmp_path)
    assert done.code == 2
    assert "git init" in done.err


def test_somebody_elses_repository_is_pointed_to_bootstrap(
    repo: Path, age_key: str, home: Path, sealkit: Run, git: Git, tmp_path: Path
) -> None:
    sealkit("init", cwd=repo)
    commit(repo, git)
    git(tmp_path, "clone", "-q", str(repo), "clone")
    new_age_key(home / ".config/sops/age/keys.txt")
    before = state(tmp_path / "clone")
    done = sealkit("init", cwd=tmp_path / "clone")
    assert done.code == 3
    assert "sealkit bootstrap" in done.err
    assert state(tmp_path / "clone") == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".sops.yaml", b"creation_rules: [\n"),
        (".sops.yaml", b"creation_rules:\n  - age: caf\xe9\n"),
        (".sops.yaml", b"creation_rules:\n  - age: nonsense\n"),
        ("sealkit.yaml", b"version: 2\n"),
        ("sealkit.yaml", b""),
        ("sealkit.sum", b"nonsense\n"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_is_written(
    repo: Path, home: Path, sealkit: Run, name: str, content: bytes
) -> None:
    (repo / name).write_bytes(content)
    done = sealkit("init", cwd=repo)
    assert done.code in {1, 2}
    assert f"sealkit: error: {name}" in done.err
    assert state(repo) == {name: content}
    assert not (home / ".config/sops").exists()


def test_a_repository_whose_ledger_is_gone_is_not_begun_anew(
    repo: Path, age_key: str, home: Path, sealkit: Run, git: Git, tmp_path: Path
) -> None:
    sealkit("init", cwd=repo)
    (repo / "sealkit.sum").unlink()
    assert sealkit("init", cwd=repo).code == 1
    commit(repo, git)
    git(tmp_path, "clone", "-q", str(repo), "clone")
    before = state(tmp_path / "clone")
    done = sealkit("init", cwd=tmp_path / "clone")
    assert done.code == 1
    assert "sealkit.sum: the whole ledger was removed" in done.err
    assert state(tmp_path / "clone") == before


def test_a_broken_key_file_is_not_passed_over(repo: Path, home: Path, sealkit: Run) -> None:
    path = home / ".config/sops/age/keys.txt"
    path.parent.mkdir(parents=True)
    path.write_text("AGE-SECRET-KEY-1BROKEN\n")
    done = sealkit("init", cwd=repo)
    assert done.code == 2
    assert str(path) in done.err
    assert path.read_text() == "AGE-SECRET-KEY-1BROKEN\n"
    assert state(repo) == {}


def test_a_link_in_the_place_of_a_file_is_not_followed(repo: Path, home: Path, sealkit: Run, tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("not ours\n")
    (repo / ".gitignore").symlink_to(tmp_path / "outside")
    done = sealkit("init", cwd=repo)
    assert done.code == 2
    assert ".gitignore: a symbolic link" in done.err
    assert (tmp_path / "outside").read_text() == "not ours\n"
    (repo / ".gitignore").unlink()
    (repo / ".sops.yaml").symlink_to(tmp_path / "outside")
    done = sealkit("init", cwd=repo)
    assert done.code == 2
    assert ".sops.yaml: a symbolic link" in done.err


def test_a_second_person_gets_a_key_and_is_let_in(
    sealed_repo: Path, tmp_path: Path, home: Path, sealkit: Run, git: Git, canary: Canary
) -> None:
    clone, theirs = tmp_path / "colleague", tmp_path / "their-home"
    git(tmp_path, "clone", "-q", str(sealed_repo), str(clone))
    env = {"HOME": str(theirs), "XDG_CONFIG_HOME": str(theirs / ".config")}
    before = state(clone)
    refused = sealkit("init", cwd=clone, env=env)
    assert refused.code == 3
    assert state(clone) == before
    keys = theirs / ".config/sops/age/keys.txt"
    assert f"made an age key: {keys}" in refused.err
    typed = next(word for word in refused.err.split("sealkit recipients add ")[1].split(";") if word)
    assert "sealkit recipients add" in sealkit("doctor", cwd=clone, env=env).out
    assert sealkit("init", cwd=clone, env=env).err.count("made an age key") == 0
    assert sealkit("recipients", "add", typed, cwd=sealed_repo).code == 0
    commit(sealed_repo, git, "a colleague")
    git(clone, "pull", "-q")
    signer = Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer
    assert signer in sealkit("get", "db.password", cwd=clone, env=env).err
    assert sealkit("trust", signer, cwd=clone, env=env).code == 0
    shown = sealkit("get", "db.password", cwd=clone, env=env, reveals=True)
    assert shown.code == 0
    assert shown.out == sealkit("get", "db.password", cwd=sealed_repo, reveals=True).out
    canary.allow(theirs)
