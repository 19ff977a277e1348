"""`recipients`: over the whole repository, held against the real sops with each person's key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from house_kit import SOPS, Git, Run, commit, new_age_key, opens, sops, state

from canary import Canary
from sealkit.ledger.text import Ledger

DB, APP, HOUSE = "private/db.sops.yaml", "private/app.sops.yaml", ".sealkit/house.sops.yaml"


def opens_with(key: Path, path: str, house: Path) -> bool:
    env = {**os.environ, "SOPS_AGE_KEY_FILE": str(key), "XDG_CONFIG_HOME": "/nonexistent", "HOME": "/nonexistent"}
    return (
        subprocess.run([str(SOPS), "decrypt", path], cwd=house, env=env, capture_output=True, check=False).returncode
        == 0
    )


def test_a_colleague_is_added_and_removed(house: Path, sealkit: Run, tmp_path: Path, git: Git) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    dry = sealkit("recipients", "add", bob, "--dry-run", cwd=house)
    assert dry.code == 0
    assert f"{DB}: gains {bob}" in dry.err
    assert not opens_with(key, DB, house)
    mac = next(line for line in (house / DB).read_text().splitlines() if "mac:" in line)
    done = sealkit("recipients", "add", bob, cwd=house)
    assert done.code == 0, done.err
    assert all(opens_with(key, path, house) for path in (DB, APP, HOUSE))
    assert mac in (house / DB).read_text()
    assert "nothing waits" in sealkit("approve", cwd=house).err
    assert sealkit("recipients", "sync", "--check", cwd=house).code == 0
    listed = sealkit("recipients", "list", cwd=house).out
    assert f"age:{bob}  rules 1,2  files 3" in listed
    assert "  you" in listed
    commit(house, git)

    before = Ledger.parse((house / "sealkit.sum").read_text()).house
    gone = sealkit("recipients", "remove", bob, cwd=house)
    assert gone.code == 0, gone.err
    assert gone.out.splitlines() == [
        f"{APP} .stringData.token", f"{APP} .stringData.other", f"{DB} .db.password", f"{DB} .db.port"
    ]  # fmt: skip
    assert bob not in (house / ".sops.yaml").read_text()
    assert not any(opens_with(key, path, house) for path in (DB, APP, HOUSE))
    assert Ledger.parse((house / "sealkit.sum").read_text()).house != before
    assert "nothing waits" in sealkit("approve", cwd=house).err
    assert opens(DB, house)
    assert sealkit("recipients", "remove", bob, cwd=house).code == 2


def test_adding_twice_is_nothing_to_do(house: Path, sealkit: Run, age_key: str) -> None:
    before = state(house)
    done = sealkit("recipients", "add", age_key, cwd=house)
    assert done.code == 0
    assert "nothing to do" in done.err
    assert state(house) == before


def test_who_deploys_only_may_not_approve(house: Path, sealkit: Run, tmp_path: Path) -> None:
    key = tmp_path / "ci.txt"
    done = sealkit("recipients", "add", new_age_key(key), "--deploy-only", cwd=house)
    assert done.code == 0, done.err
    assert opens_with(key, DB, house)
    assert not opens_with(key, HOUSE, house)
    env = {"SOPS_AGE_KEY_FILE": str(key), "HOME": str(tmp_path / "ci"), "XDG_CONFIG_HOME": str(tmp_path / "ci")}
    assert sealkit("get", "db.port", cwd=house, env=env, reveals=True).out == "5432"
    written = sealkit("set", "db.port", cwd=house, env=env, input="5433")
    assert written.code == 0
    assert "written, but not signed: no key here opens the house key" in written.err
    assert DB in sealkit("approve", cwd=house).err


def test_one_rule_alone(house: Path, sealkit: Run, tmp_path: Path) -> None:
    key = tmp_path / "bob.txt"
    assert sealkit("recipients", "add", new_age_key(key), "--rule", "1", cwd=house).code == 0
    assert opens_with(key, HOUSE, house)
    assert not opens_with(key, DB, house)
    assert sealkit("recipients", "add", new_age_key(tmp_path / "x"), "--rule", "9", cwd=house).code == 2


def test_sync_after_the_policy_was_edited_and_approved(house: Path, sealkit: Run, age_key: str, tmp_path: Path) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    policy = house / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},\n      {bob}"))
    checked = sealkit("recipients", "sync", "--check", cwd=house)
    assert checked.code == 1
    assert f"{DB}: gains {bob}" in checked.err
    refused = sealkit("recipients", "sync", cwd=house)
    assert refused.code == 1
    assert "sealkit approve .sops.yaml" in refused.err
    assert not opens_with(key, DB, house)
    assert sealkit("approve", ".sops.yaml", cwd=house).code == 0
    done = sealkit("recipients", "sync", cwd=house)
    assert done.code == 0, done.err
    assert opens_with(key, DB, house)
    assert sealkit("recipients", "sync", "--check", cwd=house).code == 0
    assert "nothing waits" in sealkit("approve", cwd=house).err


def test_nothing_is_sealed_to_whom_a_pull_request_added(
    house: Path, sealkit: Run, age_key: str, tmp_path: Path, canary: Canary
) -> None:
    key = tmp_path / "mallory.txt"
    policy = house / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},\n      {new_age_key(key)}"))
    before = state(house)
    for command in (["recipients", "add", new_age_key(tmp_path / "x")], ["set", "new.value", "private/n.yaml"]):
        done = sealkit(*command, cwd=house, input=canary.secret())
        assert done.code == 1, done.err
        assert "approve .sops.yaml" in done.err
    assert state(house) == before


def test_a_rule_that_names_nobody_stays_so(house: Path, sealkit: Run, tmp_path: Path) -> None:
    policy = house / ".sops.yaml"
    text = policy.read_text()
    policy.write_text(text.replace("creation_rules:\n", "creation_rules:\n  - path_regex: ^private/open/\n"))
    assert sealkit("approve", ".sops.yaml", cwd=house).code == 0
    bob = new_age_key(tmp_path / "bob.txt")
    assert sealkit("recipients", "add", bob, cwd=house).code == 0
    assert policy.read_text().count(bob) == 2
    (house / "private/open").mkdir()
    (house / "private/open/a.yaml").write_text("a: 1\n")
    refused = sealkit("seal", "private/open/a.yaml", cwd=house)
    assert refused.code == 2
    assert "names no recipient" in refused.err


def test_the_last_recipient_stays(house: Path, sealkit: Run, age_key: str) -> None:
    before = state(house)
    done = sealkit("recipients", "remove", age_key, cwd=house)
    assert done.code == 1
    assert "sealed to nobody" in done.err
    assert state(house) == before


def test_a_file_that_does_not_open_stops_it_all(house: Path, sealkit: Run, tmp_path: Path) -> None:
    text = (house / APP).read_text()
    (house / APP).write_text(text.replace("name: app", "name: apple"))
    before = state(house)
    done = sealkit("recipients", "add", new_age_key(tmp_path / "bob.txt"), cwd=house)
    assert done.code == 1
    assert f"{APP}: its MAC does not hold" in done.err
    assert state(house) == before


def test_removal_that_was_killed_after_the_policy_goes_on(
    house: Path, sealkit: Run, age_key: str, tmp_path: Path
) -> None:
    key = tmp_path / "bob.txt"
    bob = new_age_key(key)
    sealkit("recipients", "add", bob, cwd=house)
    policy = (house / ".sops.yaml").read_text()
    sealed = {path: (house / path).read_bytes() for path in (DB, APP)}
    assert sealkit("recipients", "remove", bob, cwd=house).code == 0
    for path, data in sealed.items():
        (house / path).write_bytes(data)
    assert policy != (house / ".sops.yaml").read_text()
    again = sealkit("recipients", "remove", bob, cwd=house)
    assert again.code == 0, again.err
    assert not opens_with(key, DB, house)


def test_a_handover_of_the_house_key_that_was_killed_is_finished(house: Path, sealkit: Run, tmp_path: Path) -> None:
    """The second ledger that a removal writes (the first has the policy) is the one of the new house key."""
    bob = new_age_key(tmp_path / "bob.txt")
    sealkit("recipients", "add", bob, cwd=house)
    before = Ledger.parse((house / "sealkit.sum").read_text()).house
    script = (
        "import os\nfrom sealkit.cli import writing\nfrom sealkit.cli.app import run\n"
        "real, calls = writing._store, []\n"
        "def store(*args, **kwargs):\n"
        "    calls.append(1)\n"
        "    os.kill(os.getpid(), 9) if len(calls) == 2 else real(*args, **kwargs)\n"
        f"writing._store = store\nrun(['recipients', 'remove', {bob!r}])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=house, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Ledger.parse((house / "sealkit.sum").read_text()).house == before
    assert not opens_with(tmp_path / "bob.txt", HOUSE, house)
    done = sealkit("recipients", "remove", bob, cwd=house)
    assert done.code == 0, done.err
    assert Ledger.parse((house / "sealkit.sum").read_text()).house != before
    assert "nothing waits" in sealkit("approve", cwd=house).err
    assert not opens_with(tmp_path / "bob.txt", DB, house)


@pytest.mark.parametrize("args", [["add", "nonsense"], ["remove", "nonsense"], ["add"], ["nonsense"]])
def test_bad_input(house: Path, sealkit: Run, args: list[str]) -> None:
    done = sealkit("recipients", *args, cwd=house)
    assert done.code == 2
    assert done.err.startswith("sealkit: error: ")


def test_without_a_policy(repo: Path, home: Path, sealkit: Run, age_key: str) -> None:
    done = sealkit("recipients", "add", age_key, cwd=repo)
    assert done.code == 2
    assert "sealkit init" in done.err
    assert sealkit("recipients", "list", cwd=repo).out == ""


def test_a_pgp_key_is_added(house: Path, sealkit: Run) -> None:
    from test_init import pgp_key

    fingerprint = pgp_key("Bob <bob@example.invalid>")
    assert sealkit("recipients", "add", fingerprint, cwd=house).code == 0
    assert fingerprint in (house / ".sops.yaml").read_text()
    assert "pgp" in (house / DB).read_text()
    env = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "HOME": "/nonexistent"}
    assert (
        subprocess.run([str(SOPS), "decrypt", DB], cwd=house, env=env, capture_output=True, check=False).returncode == 0
    )
    assert sops("decrypt", DB, cwd=house)
