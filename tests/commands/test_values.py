"""`get`, `set`, `unset`, `renew`, `mv`, `seal`, `rotate` on the real command line, held against the real sops."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from canary import Canary
from commandline import SEALKIT
from repository_kit import Git, Run, commit, on_terminal, opens, sops, state

DB, APP = "private/db.sops.yaml", "private/app.sops.yaml"


def value(sealed_repo: Path, path: str, *keys: str) -> str:
    return sops("decrypt", "--extract", "".join(f'["{key}"]' for key in keys), path, cwd=sealed_repo)


def test_set_changes_one_value_and_keeps_the_rest(sealed_repo: Path, sealkit: Run, canary: Canary, git: Git) -> None:
    secret = canary.secret()
    before = (sealed_repo / DB).read_text()
    done = sealkit("set", "db.password", cwd=sealed_repo, input=f"{secret}\n")
    assert done.code == 0, done.err
    assert done.out == ""
    assert value(sealed_repo, DB, "db", "password") == secret
    diff = git(sealed_repo, "diff", "--no-textconv", "-U0", DB).stdout.splitlines()[4:]
    changed = {line[1:].strip().partition(":")[0] for line in diff if line[0] == "+"}
    assert changed - {"lastmodified"} == {"password", "mac"}  # the time is to the second
    port = next(line for line in before.splitlines() if "port:" in line)
    assert port in (sealed_repo / DB).read_text()
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err


def test_the_same_value_writes_nothing(sealed_repo: Path, sealkit: Run) -> None:
    before = state(sealed_repo)
    done = sealkit("set", "db.port", cwd=sealed_repo, input="5432")
    assert done.code == 0
    assert "already has that value" in done.err
    assert state(sealed_repo) == before


@pytest.mark.parametrize(
    ("given", "held"),
    [
        ("one\n", "one"),
        ("two\nlines\n", "two\nlines\n"),
        (" padded ", " padded "),
        ("crlf\r\n", "crlf"),
        ("- not: [yaml", "- not: [yaml"),
    ],
)
def test_a_value_is_taken_as_it_is(sealed_repo: Path, sealkit: Run, canary: Canary, given: str, held: str) -> None:
    mark = canary.secret()
    done = sealkit("set", "db.password", cwd=sealed_repo, input=mark + given)
    assert done.code == 0, done.err
    assert value(sealed_repo, DB, "db", "password") == mark + held
    got = sealkit("get", "db.password", cwd=sealed_repo, reveals=True)
    assert got.out == mark + held


def test_a_number_stays_a_number(sealed_repo: Path, sealkit: Run) -> None:
    path = "private/n.sops.yaml"
    (sealed_repo / path).write_text("num:\n  port: 5432\n  on: true\n  text: '1'\n  ratio: 0.5\n")
    sealkit("seal", path, cwd=sealed_repo)
    for name, given in (("port", "5433"), ("on", "false"), ("text", "2"), ("ratio", "1")):
        assert sealkit("set", f"num.{name}", cwd=sealed_repo, input=given).code == 0
    lines = [line.strip() for line in sops("decrypt", path, cwd=sealed_repo).splitlines()]
    assert lines == ["num:", "port: 5433", '"on": false', 'text: "2"', "ratio: 1"]
    sealkit("set", "num.port", cwd=sealed_repo, input="none")
    assert "port: none" in sops("decrypt", path, cwd=sealed_repo)


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["nonsense"], 2, "no value nonsense"),
        (["db.passwort"], 2, "did you mean db.password?"),
        (["x.y", "private/missing/"], 2, ""),
        (["db"], 2, ""),
        (["x", "public/api.yaml"], 2, "is not sealed"),
        (["x", "../outside.yaml"], 2, "outside the repository"),
        ([DB], 2, "is a file"),
        (["a[", DB], 2, "not a route"),
    ],
)
def test_set_refuses_what_it_cannot_mean(
    sealed_repo: Path, sealkit: Run, canary: Canary, args: list[str], code: int, message: str
) -> None:
    before = state(sealed_repo)
    done = sealkit("set", *args, cwd=sealed_repo, input=canary.secret())
    assert done.code == code, done.err
    assert message in done.err
    assert state(sealed_repo) == before


def test_set_wants_a_value(sealed_repo: Path, sealkit: Run) -> None:
    done = sealkit("set", "db.password", cwd=sealed_repo, input="")
    assert done.code == 1
    assert "standard input is empty" in done.err


def test_set_takes_no_value_as_an_argument(sealed_repo: Path, sealkit: Run) -> None:
    before = state(sealed_repo)
    done = sealkit("set", "db.password", DB, "on-the-command-line", cwd=sealed_repo)
    assert done.code == 2
    assert state(sealed_repo) == before


def test_set_makes_a_value_and_a_file(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    assert sealkit("set", "db.token", DB, cwd=sealed_repo, input=canary.secret()).code == 0
    assert canary.found_in(value(sealed_repo, DB, "db", "token").encode())
    assert sealkit("set", "mail.token", "private/mail.sops.yaml", cwd=sealed_repo, input=canary.secret()).code == 0
    assert opens("private/mail.sops.yaml", sealed_repo)
    for name, path in (("TOKEN", "private/a.env"), ("mail.TOKEN", "private/a.ini"), ("mail.token2", "private/a.json")):
        done = sealkit("set", name, path, cwd=sealed_repo, input=canary.secret())
        assert done.code == 0, done.err
        assert canary.found_in(sops("decrypt", path, cwd=sealed_repo).encode())
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err


def test_set_asks_on_a_terminal_without_echo(sealed_repo: Path, canary: Canary) -> None:
    secret = canary.secret()
    code, said = on_terminal(canary, [secret], "set", "db.password", cwd=sealed_repo)
    assert code == 0, said
    assert value(sealed_repo, DB, "db", "password") == secret


def test_set_refuses_what_the_policy_leaves_open(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    before = state(sealed_repo)
    done = sealkit("set", ".metadata.annotations.token", APP, cwd=sealed_repo, input=canary.secret())
    assert done.code == 1
    assert "leaves .metadata.annotations.token open; nothing was written" in done.err
    assert state(sealed_repo) == before


def test_get_gives_files_routes_and_names(sealed_repo: Path, sealkit: Run) -> None:
    whole = sealkit("get", APP, cwd=sealed_repo, reveals=True)
    assert whole.code == 0
    assert "apiVersion: v1" in whole.out
    assert "sops:" not in whole.out
    token = sealkit("get", APP, ".stringData.token", cwd=sealed_repo, reveals=True).out
    assert token == value(sealed_repo, APP, "stringData", "token")
    assert sealkit("get", "db.port", cwd=sealed_repo, reveals=True).out == "5432"
    assert sealkit("get", "app.sops.yaml", "stringData.token", cwd=sealed_repo / "private", reveals=True).out == token


@pytest.mark.parametrize(
    "args", [["nothing"], [APP, ".stringData"], [APP, ".nothing"], ["public/api.yaml"], ["private/no.yaml", "x"]]
)
def test_get_of_nothing(sealed_repo: Path, sealkit: Run, args: list[str]) -> None:
    done = sealkit("get", *args, cwd=sealed_repo)
    assert done.code == 2, done.err
    assert done.out == ""
    assert "sealkit: hint: " in done.err


def test_get_is_locked(sealed_repo: Path, sealkit: Run) -> None:
    done = sealkit("get", "db.password", cwd=sealed_repo, env={"SEALKIT_NO_REVEAL": "1"})
    assert done.code == 1
    assert done.out == ""


def test_get_refuses_a_terminal(sealed_repo: Path, canary: Canary) -> None:
    main, side = pty.openpty()
    done = subprocess.run(
        [str(SEALKIT), "get", "db.password"],
        cwd=sealed_repo,
        stdin=subprocess.DEVNULL,
        stdout=side,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(side)
    with pytest.raises(OSError, match="Input/output"):
        os.read(main, 100)
    os.close(main)
    assert done.returncode == 1
    assert b"to a terminal" in done.stderr


def test_get_without_a_key(sealed_repo: Path, sealkit: Run, home: Path) -> None:
    (home / ".config/sops/age/keys.txt").unlink()
    done = sealkit("get", "db.password", cwd=sealed_repo)
    assert done.code == 3
    assert "no identity opens it" in done.err


def test_get_warns_of_what_waits(sealed_repo: Path, sealkit: Run) -> None:
    text = (sealed_repo / APP).read_text()
    (sealed_repo / APP).write_text(text.replace("  name: app", "  name: app\n  labels: {}"))
    done = sealkit("get", APP, ".stringData.token", cwd=sealed_repo, reveals=True)
    assert done.code == 0, done.err
    assert "not approved: private/app.sops.yaml" in done.err


def test_unset_takes_a_value_out(sealed_repo: Path, sealkit: Run) -> None:
    done = sealkit("unset", "db.password", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert "db.password" not in sealkit("get", DB, cwd=sealed_repo, reveals=True).out
    assert "password" not in sops("decrypt", DB, cwd=sealed_repo)
    assert "public/api.yaml:16: still has <sealed:db.password>" in done.err
    assert "public/api.yaml:23: still has <sealed:db.password>" in done.err
    assert sealkit("unset", "db.password", cwd=sealed_repo).code == 2


def test_renew_draws_what_the_example_says_and_says_what_to_restart(sealed_repo: Path, sealkit: Run) -> None:
    old = value(sealed_repo, DB, "db", "password")
    done = sealkit("renew", "db.password", cwd=sealed_repo)
    assert done.code == 0, done.err
    new = value(sealed_repo, DB, "db", "password")
    assert new != old
    assert len(new) == 32
    assert int(new, 16)
    assert "restart" not in done.err  # it stands in the spec: the deploy restarts it
    assert sealkit("renew", "db.port", cwd=sealed_repo).code == 2
    assert (
        sealkit("renew", ".stringData.token", APP, "--generator", "alnum:40", cwd=sealed_repo).err.count(
            "apps/Deployment default/api"
        )
        == 1
    )
    assert len(value(sealed_repo, APP, "stringData", "token")) == 40
    assert sealkit("renew", "db.password", "--generator", "nonsense", cwd=sealed_repo).code == 2


def test_mv_takes_placeholders_example_and_approvals_along(sealed_repo: Path, sealkit: Run) -> None:
    held = value(sealed_repo, DB, "db", "password")
    done = sealkit("mv", "db.password", "postgres.main.password", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert value(sealed_repo, DB, "postgres", "main", "password") == held
    text = (sealed_repo / "public/api.yaml").read_text()
    assert "postgres://app:<sealed:postgres.main.password>@db/shop" in text
    assert "<<sealed:db.password>" in text
    assert "<generate:hex:32>" in (sealed_repo / "private.example/db.sops.yaml").read_text()
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert sealkit("render", cwd=sealed_repo).code == 0
    ledger = (sealed_repo / "sealkit.sum").read_text()
    assert "public path=public/api.yaml version=2 " in ledger
    assert f"file path={DB} version=2 " in ledger
    assert sealkit("mv", "nothing", "other", cwd=sealed_repo).code == 2
    assert sealkit("mv", "db.port", "postgres.main.password", cwd=sealed_repo).code == 1
    assert sealkit("mv", "db.port", "a b", cwd=sealed_repo).code == 2


def test_mv_approves_nothing_that_was_not(sealed_repo: Path, sealkit: Run) -> None:
    text = (sealed_repo / "public/api.yaml").read_text()
    (sealed_repo / "public/api.yaml").write_text(
        text + '  elsewhere: "http://elsewhere.example/<sealed:db.password>"\n'
    )
    assert sealkit("mv", "db.password", "db.secret", cwd=sealed_repo).code == 0
    waits = sealkit("approve", cwd=sealed_repo)
    assert waits.code == 1
    assert "1 change is not approved" in waits.err
    assert ".data.elsewhere" in waits.err


def test_mv_goes_on_where_it_was_killed(sealed_repo: Path, sealkit: Run) -> None:
    text = (sealed_repo / "public/api.yaml").read_text()
    assert sealkit("mv", "db.password", "db.secret", cwd=sealed_repo).code == 0
    (sealed_repo / "public/api.yaml").write_text(text)
    done = sealkit("mv", "db.password", "db.secret", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert sealkit("render", cwd=sealed_repo).code == 0


def test_seal_seals_in_place_and_check_holds_it(sealed_repo: Path, sealkit: Run, canary: Canary, git: Git) -> None:
    path = sealed_repo / "private/new.sops.yaml"
    text = f"# kept\nnew:\n  token: {canary.secret()}\n"
    path.write_text(text)
    checked = sealkit("seal", "--check", cwd=sealed_repo)
    assert checked.code == 1
    assert "private/new.sops.yaml" in checked.out
    done = sealkit("seal", "private/new.sops.yaml", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert sealkit("seal", "--check", cwd=sealed_repo).code == 0, sealkit("seal", "--check", cwd=sealed_repo).out
    again = sealkit("seal", "private/new.sops.yaml", cwd=sealed_repo)
    assert again.code == 0
    assert "is sealed already" in again.err
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert sops("decrypt", "private/new.sops.yaml", cwd=sealed_repo).split() == text.split()


def test_seal_of_what_git_knows_says_so(sealed_repo: Path, sealkit: Run, canary: Canary, git: Git) -> None:
    canary.allow(sealed_repo / ".git")
    path = sealed_repo / "private/new.sops.yaml"
    path.write_text(f"new:\n  token: {canary.secret()}\n")
    commit(sealed_repo, git)
    done = sealkit("seal", "private/new.sops.yaml", cwd=sealed_repo)
    assert done.code == 0
    assert "is in the index of git" in done.err


def test_seal_of_bytes(sealed_repo: Path, sealkit: Run) -> None:
    data = bytes(range(256))
    (sealed_repo / "private/key.bin").write_bytes(data)
    done = sealkit("seal", "private/key.bin", cwd=sealed_repo)
    assert done.code == 0, done.err
    opened = subprocess.run(
        ["sops", "decrypt", "private/key.bin"], cwd=sealed_repo, capture_output=True, check=True
    ).stdout
    assert opened == data
    got = subprocess.run(
        [str(SEALKIT), "get", "private/key.bin"], cwd=sealed_repo, capture_output=True, check=True
    ).stdout
    assert got == data


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("private/a.yaml", b"a: [\n", 2, "private/a.yaml:2: invalid YAML"),
        ("private/a.yaml", b"a: caf\xe9\n", 2, "private/a.yaml:1: not UTF-8"),
        ("private/a.yaml", b"a: 1\na: 2\n", 2, "private/a.yaml:2"),
        ("private/a.yaml", b"", 2, "is empty"),
        ("private/a.yaml", b"- 1\n", 2, "private/a.yaml"),
        ("elsewhere.yaml", b"a: 1\n", 2, "no creation rule"),
        ("private/a.json", b"{", 2, "private/a.json"),
        ("private/missing.yaml", None, 2, "no such file"),
        ("private/a.yaml", b"a: " + b"[" * 5000, 2, "private/a.yaml"),
        ("private/a.yaml", b"a: &x [1]\nb: *y\n", 2, "private/a.yaml:2"),
        ("private/a.yaml", b"a: \x07\n", 2, "private/a.yaml"),
        ("private/a.yaml", b"sops:\n  version: 3\na: 1\n", 1, "has a top-level key sops"),
    ],
)
def test_seal_refuses_and_leaves_the_file(
    sealed_repo: Path, sealkit: Run, name: str, content: bytes | None, code: int, message: str
) -> None:
    if content is not None:
        (sealed_repo / name).write_bytes(content)
    before = state(sealed_repo)
    done = sealkit("seal", name, cwd=sealed_repo)
    assert done.code == code, done.err
    assert message in done.err
    assert state(sealed_repo) == before


@pytest.mark.parametrize("lead", [b"\xef\xbb\xbf", b""])
def test_seal_of_a_file_from_windows(sealed_repo: Path, sealkit: Run, canary: Canary, lead: bytes) -> None:
    secret = canary.secret()
    (sealed_repo / "private/w.yaml").write_bytes(lead + f"w:\r\n  token: {secret}\r\n  two: b # c\r\n".encode())
    assert sealkit("seal", "private/w.yaml", cwd=sealed_repo).code == 0
    assert value(sealed_repo, "private/w.yaml", "w", "token") == secret
    assert sealkit("get", "w.token", cwd=sealed_repo, reveals=True).out == secret
    assert sealkit("set", "w.two", cwd=sealed_repo, input="d").code == 0
    assert value(sealed_repo, "private/w.yaml", "w", "two") == "d"


@pytest.mark.parametrize("command", [["edit"], ["set", "x.y"], ["seal"]])
def test_no_link_is_written_through(
    sealed_repo: Path, sealkit: Run, canary: Canary, tmp_path: Path, command: list[str]
) -> None:
    other = tmp_path / "outside.sops.yaml"
    other.write_bytes((sealed_repo / DB).read_bytes())
    (sealed_repo / "private/link.sops.yaml").symlink_to(other)
    done = sealkit(
        *command, "private/link.sops.yaml", cwd=sealed_repo, input=canary.secret(), env={"SOPS_EDITOR": "true"}
    )
    assert done.code == 2
    assert "link" in done.err
    assert other.read_bytes() == (sealed_repo / DB).read_bytes()


def test_every_command_tells_a_clone_that_lacks_its_drivers(
    sealed_repo: Path, sealkit: Run, git: Git, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(sealed_repo), "clone")
    done = sealkit("get", "db.port", cwd=tmp_path / "clone", reveals=True)
    assert done.code == 0
    assert "this clone lacks" in done.err
    assert "sealkit hook install" in done.err
    assert "this clone lacks" not in sealkit("get", "db.port", cwd=sealed_repo, reveals=True).err


def test_seal_takes_no_link_out_of_the_tree(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("a: 1\n")
    (sealed_repo / "private/link.yaml").symlink_to(tmp_path / "outside.yaml")
    assert sealkit("seal", "private/link.yaml", cwd=sealed_repo).code == 2
    assert (tmp_path / "outside.yaml").read_text() == "a: 1\n"


def test_rotate_gives_every_file_a_new_data_key(sealed_repo: Path, sealkit: Run) -> None:
    held = sops("decrypt", DB, cwd=sealed_repo)
    before = {path: (sealed_repo / path).read_text() for path in (DB, APP)}
    dry = sealkit("rotate", "--dry-run", cwd=sealed_repo)
    assert dry.code == 0
    assert {path: (sealed_repo / path).read_text() for path in before} == before
    done = sealkit("rotate", cwd=sealed_repo)
    assert done.code == 0, done.err
    for path, text in before.items():
        old = {line for line in text.splitlines() if "ENC[" in line}
        assert not old & set((sealed_repo / path).read_text().splitlines())
    assert sops("decrypt", DB, cwd=sealed_repo) == held
    assert "everything is approved" in sealkit("approve", cwd=sealed_repo).err
    assert sealkit("rotate", "public/api.yaml", cwd=sealed_repo).code == 2


def test_rotate_with_one_file_that_does_not_open_writes_none(sealed_repo: Path, sealkit: Run) -> None:
    text = (sealed_repo / APP).read_text()
    (sealed_repo / APP).write_text(text.replace("name: app", "name: apple"))
    before = state(sealed_repo)
    done = sealkit("rotate", cwd=sealed_repo)
    assert done.code == 1
    assert "nothing was written" in done.err
    assert state(sealed_repo) == before


def test_example_follows_the_private_tree(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    checked = sealkit("example", "--check", cwd=sealed_repo)
    assert checked.code == 1
    assert "private.example/app.sops.yaml: is missing" in checked.err
    assert sealkit("example", cwd=sealed_repo).code == 0
    text = (sealed_repo / "private.example/app.sops.yaml").read_text()
    assert 'token: "<ask:stringData.token>"' in text
    assert "kind: Secret" in text
    assert "sops:" not in text
    assert sealkit("example", "--check", cwd=sealed_repo).code == 0
    sealkit("set", "db.token", DB, cwd=sealed_repo, input=canary.secret())
    sealkit("unset", "db.port", cwd=sealed_repo)
    (sealed_repo / "private/key.bin").write_bytes(b"\x00\xff")
    sealkit("seal", "private/key.bin", cwd=sealed_repo)
    assert sealkit("example", "--check", cwd=sealed_repo).code == 1
    assert sealkit("example", cwd=sealed_repo).code == 0
    text = (sealed_repo / "private.example/db.sops.yaml").read_text()
    assert "password: <generate:hex:32> # of Postgres\n" in text
    assert 'token: "<ask:db.token>"' in text
    assert "port" not in text
    assert (sealed_repo / "private.example/key.bin").read_text() == "<ask:key.bin>"


def test_an_example_that_is_a_link_out_of_the_tree_is_not_read(sealed_repo: Path, sealkit: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("db:\n  password: of somebody\n  port: 1\n")
    example = sealed_repo / "private.example/db.sops.yaml"
    example.unlink()
    example.symlink_to(outside)
    done = sealkit("example", cwd=sealed_repo)
    assert done.code == 2
    assert "private.example/db.sops.yaml: a symbolic link out of the work tree" in done.err
    assert example.is_symlink()


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"a: [1,\n", "invalid YAML"), (b"# \xe4\n", "not UTF-8"), (b"\nb: " + b"[" * 1000, "nested deeper")],
)
def test_a_sealed_file_that_was_broken_is_told_with_its_line(
    sealed_repo: Path, sealkit: Run, data: bytes, message: str
) -> None:
    path = sealed_repo / "private/db.sops.yaml"
    path.write_bytes(path.read_bytes() + data)
    for command in ("render", "approve"):
        done = sealkit(command, cwd=sealed_repo)
        assert done.code == 2
        assert "private/db.sops.yaml:" in done.err
        assert message in done.err
        assert "sealkit seal" not in done.err
