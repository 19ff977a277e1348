"""`recipients`: over the whole repository, held against the real sops with each person's key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import SOPS, Git, Run, commit, new_age_key, opens, sops, state
from sealkit.ledger.text import Ledger

DB, APP, SIGNING_KEY_FILE = "private/db.sops.yaml", "private/app.sops.yaml", ".sealkit/signing-key.sops.yaml"


def opens_with(key: Path, path: str, sealed_repo: Path) -> bool:
    env = {**os.environ, "SOPS_AGE_KEY_FILE": str(key), "XDG_CONFIG_HOME": "/nonexistent", "HOME": "/nonexistent"}
    return (
        subprocess.run(
            [str(SOPS), "decrypt", path], cwd=sealed_repo, env=env, capture_output=True, check=False
        ).returncode
        == 0
    )


def test_a_colleague_is_added_and_removed(sealed_repo: Path, sealkit: Run, tmp_path: Path, git: Git) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    dry = sealkit("recipients", "add", bob, "--may-approve", "--dry-run", cwd=sealed_repo)
    assert dry.code == 0
    assert f"{DB}: gains {bob}" in dry.err
    assert not opens_with(key, DB, sealed_repo)
    mac = next(line for line in (sealed_repo / DB).read_text().splitlines() if "mac:" in line)
    done = sealkit("recipients", "add", bob, "--may-approve", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert all(opens_with(key, path, sealed_repo) for path in (DB, APP, SIGNING_KEY_FILE))
    assert mac in (sealed_repo / DB).read_text()
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert sealkit("recipients", "sync", "--check", cwd=sealed_repo).code == 0
    listed = sealkit("recipients", "list", cwd=sealed_repo).out
    assert f"age:{bob}  rules 1,2  files 3  may approve" in listed
    assert "  you" in listed
    commit(sealed_repo, git)

    before = Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer
    gone = sealkit("recipients", "remove", bob, cwd=sealed_repo)
    assert gone.code == 0, gone.err
    assert gone.out.splitlines() == [
        f"{APP} .stringData.token", f"{APP} .stringData.other", f"{DB} .db.password", f"{DB} .db.port"
    ]  # fmt: skip
    assert bob not in (sealed_repo / ".sops.yaml").read_text()
    assert not any(opens_with(key, path, sealed_repo) for path in (DB, APP, SIGNING_KEY_FILE))
    assert Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer != before
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert opens(DB, sealed_repo)
    assert sealkit("recipients", "remove", bob, cwd=sealed_repo).code == 2


def test_adding_twice_is_nothing_to_do(sealed_repo: Path, sealkit: Run, age_key: str) -> None:
    before = state(sealed_repo)
    done = sealkit("recipients", "add", age_key, cwd=sealed_repo)
    assert done.code == 0
    assert "nothing to do" in done.err
    assert state(sealed_repo) == before


def test_who_deploys_only_may_not_approve(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    key = tmp_path / "ci.txt"
    done = sealkit("recipients", "add", new_age_key(key), cwd=sealed_repo)
    assert done.code == 0, done.err
    assert "may approve" not in next(
        row for row in sealkit("recipients", "list", cwd=sealed_repo).out.splitlines() if "you" not in row
    )
    assert opens_with(key, DB, sealed_repo)
    assert not opens_with(key, SIGNING_KEY_FILE, sealed_repo)
    env = {"SOPS_AGE_KEY_FILE": str(key), "HOME": str(tmp_path / "ci"), "XDG_CONFIG_HOME": str(tmp_path / "ci")}
    unknown = sealkit("get", "db.port", cwd=sealed_repo, env=env)
    assert unknown.code == 1
    assert "this machine does not know the signing key" in unknown.err
    env["SEALKIT_SIGNER"] = Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer
    assert sealkit("get", "db.port", cwd=sealed_repo, env=env, reveals=True).out == "5432"
    written = sealkit("set", "db.port", cwd=sealed_repo, env=env, input="5433")
    assert written.code == 0
    assert "written but not signed: no identity here opens the signing key" in written.err
    assert DB in sealkit("approve", cwd=sealed_repo).err


def test_one_rule_alone(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    key = tmp_path / "bob.txt"
    refused = sealkit("recipients", "add", new_age_key(tmp_path / "y"), "--rule", "1", cwd=sealed_repo)
    assert refused.code == 2
    assert "rule 1 is that of the signing key" in refused.err
    assert sealkit("recipients", "add", new_age_key(key), "--rule", "2", cwd=sealed_repo).code == 0
    assert opens_with(key, DB, sealed_repo)
    assert not opens_with(key, SIGNING_KEY_FILE, sealed_repo)
    assert sealkit("recipients", "add", new_age_key(tmp_path / "x"), "--rule", "9", cwd=sealed_repo).code == 2


def test_sync_after_the_policy_was_edited_and_approved(
    sealed_repo: Path, sealkit: Run, age_key: str, tmp_path: Path
) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},\n      {bob}"))
    checked = sealkit("recipients", "sync", "--check", cwd=sealed_repo)
    assert checked.code == 1
    assert f"{DB}: gains {bob}" in checked.err
    refused = sealkit("recipients", "sync", cwd=sealed_repo)
    assert refused.code == 1
    assert "sealkit approve .sops.yaml" in refused.err
    assert not opens_with(key, DB, sealed_repo)
    assert sealkit("approve", ".sops.yaml", cwd=sealed_repo).code == 0
    done = sealkit("recipients", "sync", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert opens_with(key, DB, sealed_repo)
    assert sealkit("recipients", "sync", "--check", cwd=sealed_repo).code == 0
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err


def test_nothing_is_sealed_to_whom_a_pull_request_added(
    sealed_repo: Path, sealkit: Run, age_key: str, tmp_path: Path, canary: Canary
) -> None:
    key = tmp_path / "mallory.txt"
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},\n      {new_age_key(key)}"))
    before = state(sealed_repo)
    for command in (["recipients", "add", new_age_key(tmp_path / "x")], ["set", "new.value", "private/n.yaml"]):
        done = sealkit(*command, cwd=sealed_repo, input=canary.secret())
        assert done.code == 1, done.err
        assert "approve .sops.yaml" in done.err
    assert state(sealed_repo) == before


def test_a_rule_that_names_nobody_stays_so(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    policy = sealed_repo / ".sops.yaml"
    text = policy.read_text()
    policy.write_text(text.replace("creation_rules:\n", "creation_rules:\n  - path_regex: ^private/open/\n"))
    assert sealkit("approve", ".sops.yaml", cwd=sealed_repo).code == 0
    bob = new_age_key(tmp_path / "bob.txt")
    assert sealkit("recipients", "add", bob, "--may-approve", cwd=sealed_repo).code == 0
    assert policy.read_text().count(bob) == 2
    (sealed_repo / "private/open").mkdir()
    (sealed_repo / "private/open/a.yaml").write_text("a: 1\n")
    refused = sealkit("seal", "private/open/a.yaml", cwd=sealed_repo)
    assert refused.code == 2
    assert "has no recipients" in refused.err


def test_the_last_recipient_stays(sealed_repo: Path, sealkit: Run, age_key: str) -> None:
    before = state(sealed_repo)
    done = sealkit("recipients", "remove", age_key, cwd=sealed_repo)
    assert done.code == 1
    assert "the rule has no recipients" in done.err
    assert state(sealed_repo) == before


def test_a_file_that_does_not_open_stops_it_all(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    text = (sealed_repo / APP).read_text()
    (sealed_repo / APP).write_text(text.replace("name: app", "name: apple"))
    before = state(sealed_repo)
    done = sealkit("recipients", "add", new_age_key(tmp_path / "bob.txt"), cwd=sealed_repo)
    assert done.code == 1
    assert f"{APP}: its MAC does not hold" in done.err
    assert state(sealed_repo) == before


def test_removal_that_was_killed_after_the_policy_goes_on(
    sealed_repo: Path, sealkit: Run, age_key: str, tmp_path: Path
) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    assert sealkit("recipients", "add", bob, "--may-approve", cwd=sealed_repo).code == 0
    policy = (sealed_repo / ".sops.yaml").read_text()
    sealed = {path: (sealed_repo / path).read_bytes() for path in (DB, APP)}
    assert sealkit("recipients", "remove", bob, cwd=sealed_repo).code == 0
    for path, data in sealed.items():
        (sealed_repo / path).write_bytes(data)
    assert policy != (sealed_repo / ".sops.yaml").read_text()
    again = sealkit("recipients", "remove", bob, cwd=sealed_repo)
    assert again.code == 0, again.err
    assert not opens_with(key, DB, sealed_repo)


def test_a_replacement_of_the_signing_key_that_was_killed_is_finished(
    sealed_repo: Path, sealkit: Run, tmp_path: Path
) -> None:
    """The second ledger that a removal writes (the first has the policy) is the one of the new signing key."""
    bob = new_age_key(tmp_path / "bob.txt")
    assert sealkit("recipients", "add", bob, "--may-approve", cwd=sealed_repo).code == 0
    before = Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer
    script = (
        "import os\nfrom sealkit.operations import sealed_writer\n"
        "real, calls = sealed_writer.write_ledger, []\n"
        "def store(*args, **kwargs):\n"
        "    calls.append(1)\n"
        "    os.kill(os.getpid(), 9) if len(calls) == 2 else real(*args, **kwargs)\n"
        "sealed_writer.write_ledger = store\n"  # before the modules that import it
        f"from sealkit.cli.app import run\nrun(['recipients', 'remove', {bob!r}])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=sealed_repo, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer == before
    assert not opens_with(tmp_path / "bob.txt", SIGNING_KEY_FILE, sealed_repo)
    done = sealkit("recipients", "remove", bob, cwd=sealed_repo)
    assert done.code == 0, done.err
    assert Ledger.parse((sealed_repo / "sealkit.sum").read_text()).signer != before
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert not opens_with(tmp_path / "bob.txt", DB, sealed_repo)


@pytest.mark.parametrize("args", [["add", "nonsense"], ["remove", "nonsense"], ["add"], ["nonsense"]])
def test_bad_input(sealed_repo: Path, sealkit: Run, args: list[str]) -> None:
    done = sealkit("recipients", *args, cwd=sealed_repo)
    assert done.code == 2
    assert done.err.startswith("sealkit: error: ")


def test_without_a_policy(repo: Path, home: Path, sealkit: Run, age_key: str) -> None:
    done = sealkit("recipients", "add", age_key, cwd=repo)
    assert done.code == 2
    assert "sealkit init" in done.err
    assert sealkit("recipients", "list", cwd=repo).out == ""


def test_a_pgp_key_is_added(sealed_repo: Path, sealkit: Run) -> None:
    from repository_kit import pgp_key

    fingerprint = pgp_key("Bob <bob@example.invalid>")
    assert sealkit("recipients", "add", fingerprint, cwd=sealed_repo).code == 0
    assert fingerprint in (sealed_repo / ".sops.yaml").read_text()
    assert "pgp" in (sealed_repo / DB).read_text()
    env = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "HOME": "/nonexistent"}
    assert (
        subprocess.run(
            [str(SOPS), "decrypt", DB], cwd=sealed_repo, env=env, capture_output=True, check=False
        ).returncode
        == 0
    )
    assert sops("decrypt", DB, cwd=sealed_repo)
