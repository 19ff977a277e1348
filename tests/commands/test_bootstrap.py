"""`bootstrap`: a stranger moves into a cloned repository; its owner comes to a new machine; a killed run is finished."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from canary import Canary
from repository_kit import AUDIT, Git, Run, answers, commit, example_repo, new_age_key, on_terminal, opens, sops, state
from sealkit.ledger.signing import verified
from sealkit.ledger.text import Ledger

PRIVATE = ["private/shop/api.sops.yaml", "private/shop/database.sops.yaml", "private/shop/signing.sops.yaml"]


def owned(tmp_path: Path, canary: Canary, sealkit: Run, git: Git, home: Path) -> tuple[Path, str]:
    """The example repository of somebody else: committed with a sealed private half, their key kept aside."""
    canary.allow(home)
    sealed_repo = example_repo(tmp_path / "theirs", git)
    assert sealkit("bootstrap", "--yes", "--answers", "-", cwd=sealed_repo, input=answers(canary)[1]).code == 0
    commit(sealed_repo, git, "sealed")
    git(tmp_path, "clone", "-q", str(sealed_repo), "clone")
    keys = home / ".config/sops/age/keys.txt"
    text = keys.read_text()
    keys.unlink()
    return tmp_path / "clone", text


def test_a_stranger_moves_in(stranger: Path, home: Path, canary: Canary, sealkit: Run) -> None:
    canary.allow(home)
    given, text = answers(canary)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=text)
    assert done.code == 0, done.err
    assert done.out == ""
    for path in PRIVATE:
        assert opens(path, stranger), path
    assert given["mail.token"] in sops("decrypt", "--extract", '["mail"]["token"]', PRIVATE[0], cwd=stranger)
    key = sops("decrypt", "--extract", '["api"]["session_key"]', PRIVATE[0], cwd=stranger).strip()
    assert len(key) == 64
    ledger = Ledger.parse((stranger / "sealkit.sum").read_text())
    assert verified(ledger).ignored == 0
    assert set(PRIVATE) <= ledger.paths().keys()
    assert "public/shop/api.yaml" in ledger.paths()
    assert "goes to apps/Deployment shop/api .spec.template.spec.containers[api].env[DATABASE_URL].value" in done.err
    assert "next: sealkit deploy" in done.err
    assert "everything is approved" in sealkit("approve", cwd=stranger).err
    assert sealkit("render", cwd=stranger).code == 0
    assert (stranger / ".git/hooks/pre-commit").exists()
    assert not (stranger / ".git/sealkit/moving-in").exists()


def test_a_name_that_several_files_ask_for(stranger: Path, home: Path, canary: Canary, sealkit: Run) -> None:
    canary.allow(home)
    for name in ("one", "two"):
        (stranger / f"private.example/shop/{name}.yaml").write_text(
            f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData:\n  TOKEN: <ask:a token>\n"
        )
    _, text = answers(canary)
    vague = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=f"{text}stringData.TOKEN: x\n")
    assert vague.code == 1
    assert "private/shop/one.yaml#stringData.TOKEN, private/shop/two.yaml#stringData.TOKEN" in vague.err
    for name in ("one", "two"):
        text += f"private/shop/{name}.yaml#stringData.TOKEN: {canary.secret()}{name}\n"
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=f"{text}nobody.asked: x\n")
    assert done.code == 0, done.err
    assert "nothing asked for the answer to nobody.asked" in done.err
    assert (
        sops("decrypt", "--extract", '["stringData"]["TOKEN"]', "private/shop/two.yaml", cwd=stranger)
        .strip()
        .endswith("two")
    )


def test_what_is_asked_is_asked_on_the_terminal(stranger: Path, home: Path, canary: Canary) -> None:
    canary.allow(home)
    given, _ = answers(canary)
    code, said = on_terminal(canary, ["y", *given.values()], "bootstrap", cwd=stranger)
    assert code == 0, said
    assert "mail.token (the token of the mail relay smtp.example.org):" in said
    held = sops("decrypt", PRIVATE[0], cwd=stranger)
    assert all(value in held for value in given.values())


def test_a_person_may_decline(stranger: Path, home: Path, canary: Canary) -> None:
    before = state(stranger)
    code, said = on_terminal(canary, ["n"], "bootstrap", cwd=stranger)
    assert code == 1
    assert "declined; nothing was written" in said
    assert state(stranger) == before
    assert not (home / ".config/sops").exists()


@pytest.mark.parametrize(
    ("args", "given", "code", "message"),
    [
        (
            ["--yes"],
            "",
            1,
            "3 values have no answer, and this is not a terminal: mail.token, registry.username, registry.password",
        ),
        (["--yes", "--answers", "-"], "mail.token: x\n", 1, "2 values have no answer"),
        (["--yes", "--answers", "missing.yaml"], "", 2, "missing.yaml: no such file"),
        (["--yes", "--answers", "-"], "- a\n- b\n", 2, "standard input:1: answers must be a mapping"),
        (["--yes", "--answers", "-"], "a: [\n", 2, "standard input:2: invalid YAML"),
        (["--yes", "--answers", "-"], "a: 1\na: 2\n", 2, "standard input:2: a is answered twice"),
        (
            ["--answers", "-"],
            "mail: {token: x}\nregistry: {username: y, password: z}\n",
            1,
            "not a terminal; nothing was written",
        ),
        (["-r", "nonsense", "--yes"], "", 2, "not a recipient"),
    ],
)
def test_nothing_is_written_while_something_is_missing(
    stranger: Path, home: Path, sealkit: Run, args: list[str], given: str, code: int, message: str
) -> None:
    before = state(stranger)
    done = sealkit("bootstrap", *args, cwd=stranger, input=given)
    assert done.code == code
    assert message in done.err
    assert "sealkit: hint: " in done.err
    assert state(stranger) == before
    assert not (home / ".config/sops").exists()


def test_someone_elses_sealed_files_are_replaced(
    tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    clone, _ = owned(tmp_path, canary, sealkit, git, home)
    theirs = Ledger.parse((clone / "sealkit.sum").read_text()).signer
    before = {path: (clone / path).read_bytes() for path in PRIVATE}
    given, text = answers(canary)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=text)
    assert done.code == 0, done.err
    for path in (".sops.yaml", "sealkit.sum", ".sealkit/signing-key.sops.yaml", *PRIVATE):
        assert f"replaces {path}" in done.err
        assert opens(path, clone) or not path.endswith(".sops.yaml") or path == ".sops.yaml"
    assert Ledger.parse((clone / "sealkit.sum").read_text()).signer != theirs
    assert all((clone / path).read_bytes() != data for path, data in before.items())
    assert given["mail.token"] in sops("decrypt", PRIVATE[0], cwd=clone)
    assert "everything is approved" in sealkit("approve", cwd=clone).err


def test_what_git_does_not_hold_is_not_lost(tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git) -> None:
    clone, _ = owned(tmp_path, canary, sealkit, git, home)
    shutil.copy(clone / PRIVATE[1], clone / "private/shop/extra.sops.yaml")
    text = answers(canary)[1]
    before = state(clone)
    orphan = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=text)
    assert orphan.code == 1
    assert "private/shop/extra.sops.yaml: no key here opens it, and private.example/ has nothing for it" in orphan.err
    assert state(clone) == before
    (clone / "private/shop/extra.sops.yaml").unlink()
    (clone / PRIVATE[1]).write_bytes(before[PRIVATE[1]] + b"# touched\n")
    changed = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=text)
    assert changed.code == 1
    assert f"{PRIVATE[1]}: no key here opens it, and git does not hold it as it is" in changed.err
    assert sealkit("bootstrap", "--yes", "--replace", "--answers", "-", cwd=clone, input=text).code == 0
    assert opens(PRIVATE[1], clone)


def test_the_owner_on_a_new_machine(tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git) -> None:
    clone, key = owned(tmp_path, canary, sealkit, git, home)
    (home / ".config/sops/age/keys.txt").write_text(key)
    before = state(clone)
    done = sealkit("bootstrap", cwd=clone)
    assert done.code == 0, done.err
    assert "this repository is yours" in done.err
    assert "nothing is generated" in done.err
    assert "this machine knows the signing key: ed25519:" in done.err
    after = state(clone)
    assert {path: after[path] for path in before} == before
    assert after.keys() - before.keys() <= {".gitattributes"}
    assert (clone / ".git/hooks/pre-commit").exists()
    assert sealkit("render", cwd=clone).code == 0


def test_the_owner_whose_private_half_lies_elsewhere(
    tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    clone, key = owned(tmp_path, canary, sealkit, git, home)
    shutil.rmtree(clone / "private")
    (home / ".config/sops/age/keys.txt").write_text(key)
    done = sealkit("bootstrap", cwd=clone)
    assert done.code == 0, done.err
    assert f"{PRIVATE[0]}: the ledger holds it, and it is missing here" in done.err
    assert "next: bring them" in done.err
    assert "sealkit approve" not in done.err  # it would sign that they are gone
    assert not (clone / "private").exists()


def test_a_broken_key_file_does_not_make_a_stranger_of_the_owner(
    tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    clone, key = owned(tmp_path, canary, sealkit, git, home)
    (home / ".config/sops/age/keys.txt").write_text(key.replace("AGE-SECRET-KEY-1", "AGE-SECRET-KEY-1X"))
    before = state(clone)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=answers(canary)[1])
    assert done.code == 2
    assert "keys.txt" in done.err
    assert state(clone) == before


STEPS = ["create_signer", "write_sealed", "hooks.install"]


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_half_way_a_second_run_finishes(
    tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git, step: str, when: str
) -> None:
    clone, _ = owned(tmp_path, canary, sealkit, git, home)
    text = answers(canary)[1]
    script = (
        "import os, sys\n"
        "from sealkit.operations import bootstrap_plan\n"
        "from sealkit.cli.app import run\n"
        f"real = bootstrap_plan.{step}\n"
        "def stop(*args, **kwargs):\n"
        f"    if {when == 'after'}: real(*args, **kwargs)\n"
        "    os.kill(os.getpid(), 9)\n"
        f"bootstrap_plan.{step} = stop\n"
        "run(['bootstrap', '--yes', '--answers', '-'])\n"
    )
    env = {**os.environ, "PYTHONPATH": str(AUDIT)}
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=clone, input=text, text=True, env=env, check=False, capture_output=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=text)
    assert done.code == 0, done.err
    assert all(opens(path, clone) for path in [*PRIVATE, ".sealkit/signing-key.sops.yaml"])
    assert "everything is approved" in sealkit("approve", cwd=clone).err
    assert sealkit("render", cwd=clone).code == 0
    assert "this repository is yours" in sealkit("bootstrap", cwd=clone).err


def test_rules_and_comments_of_the_policy_stay(
    stranger: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    canary.allow(home)
    theirs = "age1" + "q" * 58
    new_age_key(home / ".config/sops/age/keys.txt")
    (stranger / ".sops.yaml").write_text(
        f"# who\ncreation_rules:\n  - path_regex: ^private/shop/api\n    # all of it\n    age: {theirs}\n"
        f"  - path_regex: ^private/\n    encrypted_regex: ^(data|stringData|database)$\n    age: {theirs}\n"
    )
    commit(stranger, git)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=answers(canary)[1])
    assert done.code == 0, done.err
    text = (stranger / ".sops.yaml").read_text()
    assert theirs not in text
    assert "    # all of it\n" in text
    assert "    encrypted_regex: ^(data|stringData|database)$\n" in text
    assert text.count("path_regex") == 3


def test_a_policy_that_would_leave_a_value_open_stops_it(
    stranger: Path, home: Path, canary: Canary, sealkit: Run
) -> None:
    new_age_key(home / ".config/sops/age/keys.txt")
    (stranger / ".sops.yaml").write_text(
        f"creation_rules:\n  - path_regex: ^private/\n    encrypted_regex: ^stringData$\n    age: age1{'q' * 58}\n"
    )
    before = state(stranger)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=answers(canary)[1])
    assert done.code == 1
    assert "leaves api.session_key open; nothing was written" in done.err
    assert state(stranger) == before


def test_no_repository_to_move_into(repo: Path, home: Path, sealkit: Run) -> None:
    done = sealkit("bootstrap", cwd=repo)
    assert done.code == 2
    assert "sealkit init" in done.err


def test_an_example_that_is_none_is_said_with_its_line(stranger: Path, home: Path, sealkit: Run) -> None:
    (stranger / "private.example/shop/api.sops.yaml").write_text("api:\n  key: <generate:nonsense>\n")
    before = state(stranger)
    done = sealkit("bootstrap", "--yes", cwd=stranger)
    assert done.code == 2
    assert "api.sops.yaml:2: unknown generator" in done.err
    assert state(stranger) == before


@pytest.mark.parametrize(
    ("link", "code", "message"),
    [
        ("private", 2, "a symbolic link out of the work tree, which git tracks"),
        ("private/shop", 2, "a symbolic link out of the work tree, which git tracks"),
        (".sealkit", 1, "a symbolic link that came with the clone"),
    ],
)
def test_a_link_that_came_with_the_clone_leads_nowhere(
    stranger: Path, home: Path, canary: Canary, sealkit: Run, git: Git, tmp_path: Path,
    link: str, code: int, message: str,
) -> None:  # fmt: skip
    outside = tmp_path / "outside"
    outside.mkdir()
    (stranger / link).parent.mkdir(exist_ok=True)
    (stranger / link).symlink_to(outside)
    commit(stranger, git)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=answers(canary)[1])
    assert done.code == code
    assert f"{link}: {message}" in done.err
    assert list(outside.iterdir()) == []


def test_an_example_that_lacks_a_value_is_said_with_what_mends_it(
    tmp_path: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    clone, _ = owned(tmp_path, canary, sealkit, git, home)
    (clone / "public/shop/more.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\ndata:\n  x: <sealed:of.nobody>\n"
    )
    before = state(clone)
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=clone, input=answers(canary)[1])
    assert done.code == 1
    assert "no value for <sealed:of.nobody>" in done.err
    assert "private.example/ lacks it" in done.err
    assert state(clone) == before


def test_a_private_half_that_lies_elsewhere_is_ones_own(
    stranger: Path, home: Path, canary: Canary, sealkit: Run, tmp_path: Path
) -> None:
    canary.allow(home)
    (tmp_path / "elsewhere").mkdir()
    (stranger / "private").symlink_to(tmp_path / "elsewhere")
    (stranger / ".gitignore").write_text("/private\n")
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input=answers(canary)[1])
    assert done.code == 0, done.err
    assert (tmp_path / "elsewhere/shop/api.sops.yaml").is_file()
    assert sealkit("render", cwd=stranger).code == 0


def test_an_example_writes_nothing_into_the_folder_of_git(
    stranger: Path, home: Path, canary: Canary, sealkit: Run, git: Git
) -> None:
    (stranger / "sealkit.yaml").write_text("version: 1\npublic: public\nprivate: .git\n")
    (stranger / "private.example/hooks").mkdir()
    (stranger / "private.example/hooks/pre-commit").write_text("<ask:anything>")
    commit(stranger, git)
    before = sorted(path.name for path in (stranger / ".git/hooks").iterdir())
    done = sealkit("bootstrap", "--yes", "--answers", "-", cwd=stranger, input="data: x\n")
    assert done.code in {1, 2}
    assert sorted(path.name for path in (stranger / ".git/hooks").iterdir()) == before


def test_a_recipient_that_cannot_be_sealed_to_is_told_before_anything_is_made(
    stranger: Path, home: Path, canary: Canary, sealkit: Run
) -> None:
    before = state(stranger)
    done = sealkit("bootstrap", "-r", "F" * 40, "--yes", "--answers", "-", cwd=stranger, input=answers(canary)[1])
    assert done.code == 2
    assert "gpg" in done.err
    assert state(stranger) == before
