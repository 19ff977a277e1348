"""`doctor`: each check with a repository in which it is right, and one in which it is not."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import Git, Run, commit, new_age_key, pgp_key
from sealkit.operations.doctor.machine_checks import bare

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"


def lines(out: str, level: str) -> list[str]:
    return [line.removeprefix(level).strip() for line in out.splitlines() if line.startswith(level)]


def test_a_repository_in_order(sealed_repo: Path, sealkit: Run, age_key: str) -> None:
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 0, done.out
    assert lines(done.out, "wrong") == []
    found = lines(done.out, "ok")
    (mine,) = (line for line in found if line.startswith(f"keys: {age_key} ("))
    assert re.search(r": a recipient of (\d+) of \1 sealed files$", mine)
    assert "opens: 3 of 3 sealed files, their MACs hold" in found
    assert any(line.startswith("ledger: ") and "everything is approved" in line for line in found)
    assert any(line.startswith("git: ") for line in found)
    assert any(line.startswith("ignored: ") for line in found)
    risks = lines(done.out, "risk")
    assert any(line.startswith(f"recipients: {age_key} alone opens files") for line in risks)
    (readers,) = lines(done.out, "note")[:1]
    assert readers.startswith("readers: ")
    assert "learns the names, types and lengths of its values, its recipients and when it changed" in readers


def test_no_key(sealed_repo: Path, sealkit: Run, home: Path) -> None:
    (home / ".config/sops/age/keys.txt").unlink()
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 1
    wrong = lines(done.out, "wrong")
    assert wrong[0].startswith("keys: no identity found -> ")
    assert any(line.startswith("opens: 0 of 3") for line in wrong)


def test_key_file_that_others_can_read(sealed_repo: Path, sealkit: Run, home: Path) -> None:
    path = home / ".config/sops/age/keys.txt"
    path.chmod(0o644)
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 1
    assert f"keys: {path}: other users can read this key file -> chmod 600 {path}" in lines(done.out, "wrong")


def test_what_waits_and_what_is_tampered(sealed_repo: Path, sealkit: Run) -> None:
    text = (sealed_repo / APP).read_text()
    (sealed_repo / APP).write_text(text.replace("name: app", "name: apple"))
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 1
    wrong = lines(done.out, "wrong")
    assert any(line.startswith(f"opens: {APP}: its MAC does not hold") for line in wrong)
    assert any(line.startswith(f"ledger: not approved: {APP}") for line in wrong)


def test_policy_and_files_differ(sealed_repo: Path, sealkit: Run, age_key: str, tmp_path: Path) -> None:
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text().replace(age_key, f"{age_key},{new_age_key(tmp_path / 'x')}", 2))
    done = sealkit("doctor", cwd=sealed_repo)
    assert any("-> sealkit recipients sync" in line for line in lines(done.out, "wrong"))


def test_hooks_that_are_not_installed(sealed_repo: Path, sealkit: Run) -> None:
    shutil.rmtree(sealed_repo / ".git/hooks")
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 1
    assert any(
        line.startswith("git: ") and line.endswith("-> sealkit hook install") for line in lines(done.out, "wrong")
    )


def test_a_sealed_file_that_git_would_merge_by_line(sealed_repo: Path, sealkit: Run) -> None:
    shutil.copy(sealed_repo / DB, sealed_repo / "elsewhere.yaml")
    done = sealkit("doctor", cwd=sealed_repo)
    wanted = "git: this clone lacks the line `/elsewhere.yaml diff=sealkit merge=sealkit` in .gitattributes"
    assert f"{wanted} -> sealkit hook install" in lines(done.out, "wrong")
    assert sealkit("hook", "install", cwd=sealed_repo).code == 0
    assert "lacks the line" not in sealkit("doctor", cwd=sealed_repo).out


def test_shared_data_keys_and_mac_only_encrypted(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    shutil.copy(sealed_repo / DB, sealed_repo / "private/copy.sops.yaml")
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: weak}}\nstringData:\n  a: {canary.secret()}\n"
    (sealed_repo / ".sops.yaml").write_text((sealed_repo / ".sops.yaml").read_text() + "    mac_only_encrypted: true\n")
    (sealed_repo / "private/weak.yaml").write_text(text)
    assert sealkit("seal", "private/weak.yaml", cwd=sealed_repo).code == 0
    risks = lines(sealkit("doctor", cwd=sealed_repo).out, "risk")
    both = f"private/copy.sops.yaml, {DB}"
    (shared,) = (line for line in risks if line.startswith("data keys: "))
    assert shared.startswith(f"data keys: {both} share one")
    assert shared.endswith(f"-> sealkit rotate {both.replace(',', '')}")
    assert any(line.startswith("mac: private/weak.yaml: mac_only_encrypted") for line in risks)


def test_ignored_keys(sealed_repo: Path, sealkit: Run, git: Git) -> None:
    (sealed_repo / ".gitignore").write_text("build/\n")
    (sealed_repo / "old.agekey").write_text("nothing\n")
    commit(sealed_repo, git)
    done = sealkit("doctor", cwd=sealed_repo)
    assert any("old.agekey is tracked by git" in line for line in lines(done.out, "wrong"))
    assert any(line.startswith("ignored: .gitignore does not cover keys.txt") for line in lines(done.out, "risk"))


@pytest.mark.parametrize(
    ("expire", "level", "word"), [("30d", "risk", "expires"), ("400d", "ok", "expires"), ("never", "ok", "never")]
)
def test_pgp_keys_that_expire(repo: Path, home: Path, sealkit: Run, expire: str, level: str, word: str) -> None:
    fingerprint = pgp_key("Somebody <a@example.invalid>", expire)
    assert sealkit("init", cwd=repo).code == 0
    done = sealkit("doctor", cwd=repo)
    assert any(line.startswith(f"pgp: {fingerprint} {word}") for line in lines(done.out, level)), done.out


def test_contexts_of_the_targets(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    with (sealed_repo / "sealkit.yaml").open("a") as stream:
        stream.write("targets:\n  home: {context: admin@home}\n  work: {context: admin@work}\n")
    config = tmp_path / "kubeconfig"
    config.write_text(json.dumps({"contexts": [{"name": "admin@home", "context": {}}], "users": [{"name": "x"}]}))
    done = sealkit("doctor", cwd=sealed_repo, env={"KUBECONFIG": str(config)})
    assert "context: home: admin@home" in lines(done.out, "ok")
    assert any(line.startswith("context: work: no context admin@work") for line in lines(done.out, "wrong"))
    config.write_text("contexts: [\n")
    done = sealkit("doctor", cwd=sealed_repo, env={"KUBECONFIG": str(config)})
    assert any("not a kubeconfig" in line for line in lines(done.out, "wrong"))


def test_a_recovery_key_is_proved(sealed_repo: Path, sealkit: Run, tmp_path: Path, home: Path) -> None:
    key = tmp_path / "recovery.txt"
    recovery = new_age_key(key)
    not_yet = sealkit("doctor", "--with", key, cwd=sealed_repo)
    assert not_yet.code == 1
    assert f"recovery: {key} does not open {DB} -> sealkit recipients add, with its recipient" in lines(
        not_yet.out, "wrong"
    )
    assert sealkit("recipients", "add", recovery, cwd=sealed_repo).code == 0
    reads = sealkit("doctor", "--with", key, cwd=sealed_repo)
    assert reads.code == 0, reads.out
    assert f"{key} opens all 2 sealed files" in reads.out
    assert f"{key} may not approve" in lines(reads.out, "risk")[0]
    assert sealkit("recipients", "add", recovery, "--may-approve", cwd=sealed_repo).code == 0
    (home / ".config/sops/age/keys.txt").rename(tmp_path / "own.txt")
    done = sealkit("doctor", "--with", key, cwd=sealed_repo)
    assert done.code == 0, done.out
    assert done.out.splitlines() == [
        f"ok     recovery: {key} vouches for the signing key from now on: commit sealkit.sum",
        f"ok     recovery: {key} opens all 3 sealed files",
    ]
    again = sealkit("doctor", "--with", key, cwd=sealed_repo)
    assert f"recovery: {key} vouches for the signing key\n" in again.out
    assert sealkit("doctor", "--with", tmp_path / "missing", cwd=sealed_repo).code == 2
    (tmp_path / "junk").write_text("hello\n")
    assert sealkit("doctor", "--with", tmp_path / "junk", cwd=sealed_repo).code == 2


def test_a_pgp_recovery_key_is_proved_in_memory(
    sealed_repo: Path, sealkit: Run, tmp_path: Path, in_memory: Path
) -> None:
    fingerprint = pgp_key("Recovery <r@example.invalid>")
    assert sealkit("recipients", "add", fingerprint, "--may-approve", cwd=sealed_repo).code == 0
    exported = tmp_path / "recovery.asc"
    gpg = ["gpg", "--batch", "--armor", "--output", str(exported)]
    subprocess.run([*gpg, "--export-secret-keys", fingerprint], check=True, capture_output=True)
    done = sealkit("doctor", "--with", exported, cwd=sealed_repo)
    assert done.code == 0, done.out + done.err
    assert "opens all 3 sealed files" in done.out
    assert "vouches for the signing key from now on" in done.out
    assert list(in_memory.iterdir()) == []
    subprocess.run([*gpg, "--yes", "--export", fingerprint], check=True, capture_output=True)
    assert sealkit("doctor", "--with", exported, cwd=sealed_repo).code == 2


def test_swap_that_is_written_in_the_clear(tmp_path: Path) -> None:
    head = "Filename Type Size Used Priority\n"
    blocks = tmp_path / "block"
    assert bare(head, blocks) == []
    assert bare(head + "/dev/zram0 partition 1 0 100\n", blocks) == []
    swapfile = tmp_path / "swapfile"
    swapfile.touch()
    device = swapfile.stat().st_dev
    row = f"{head}{swapfile} file 1 0 -2\n"
    assert bare(row, blocks) == [str(swapfile)]
    place = blocks / f"{device >> 8}:{device & 255}"
    (place / "slaves/sda2").mkdir(parents=True)
    (place / "slaves/sda2/dev").write_text("8:2\n")
    assert bare(row, blocks) == [str(swapfile)]
    (blocks / "8:2/dm").mkdir(parents=True)
    (blocks / "8:2/dm/uuid").write_text("CRYPT-LUKS2-x\n")
    assert bare(row, blocks) == []
    assert bare(head + "/nonexistent/swap file 1 0 -2\n", blocks) == ["/nonexistent/swap"]


def test_outside_a_repository(sealkit: Run, home: Path, tmp_path: Path) -> None:
    assert sealkit("doctor", cwd=tmp_path).code == 2


def test_an_example_that_lags_behind(sealed_repo: Path, sealkit: Run) -> None:
    assert sealkit("example", cwd=sealed_repo).code == 0
    assert "ok     example: " in sealkit("doctor", cwd=sealed_repo).out
    (sealed_repo / "private.example/app.sops.yaml").unlink()
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 0
    assert "risk   example: private.example/app.sops.yaml" in done.out


def test_one_cause_is_said_once(sealed_repo: Path, sealkit: Run) -> None:
    (sealed_repo / "sealkit.sum").write_text("not a ledger\n")
    done = sealkit("doctor", cwd=sealed_repo)
    assert done.code == 1
    assert done.out.count("not the first line of a ledger") == 1
    assert "1 check is wrong" in done.err
