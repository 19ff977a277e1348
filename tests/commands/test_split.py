"""`split` and `render` as a person runs them: real command line, real sops, real git."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from canary import Canary

Run = Callable[..., Any]
SOPS = Path(sys.executable).with_name("sops")


def manifest(password: str, token: str) -> str:
    return (
        "# The shop.\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata:\n"
        f"    password: {base64.b64encode(password.encode()).decode()} # keep\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: shop}\nspec:\n  template:\n    spec:\n"
        "      containers:\n      - name: api\n        image: ghcr.io/example/api:1\n        env:\n"
        f"        - {{name: DSN, value: 'postgres://app:{password}@db/shop'}}\n"
        "        - name: P\n          valueFrom: {secretKeyRef: {name: db, key: password}}\n---\n"
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api, namespace: shop}\ndata:\n  api.toml: |\n"
        f'    [mail]\n    token = "{token}"\n    relay = "smtp.example.org"\n'
    )


@pytest.fixture
def sealed_repo(repo: Path, age_key: str, git: Run) -> Path:
    """An author's house without a ledger: a policy for one age key."""
    (repo / "sealkit.yaml").write_text("version: 1\nlayout: split\n")
    (repo / ".sops.yaml").write_text(f"creation_rules:\n  - path_regex: ^private/.*\n    age: {age_key}\n")
    (repo / "public").mkdir()
    (repo / "public/ns.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    git(repo, "add", ".")
    git(repo, "commit", "-qm", "house")
    return repo


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_in_place(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    password, token = canary.secret(), canary.secret()
    path = sealed_repo / "public/shop/api.yaml"
    path.parent.mkdir()
    path.write_text(manifest(password, token))
    done = sealkit("split", "public", "--yes", cwd=sealed_repo)
    assert done.code == 0, done.err
    text = path.read_text()
    assert text == (
        manifest("P", "T")
        .replace(base64.b64encode(b"P").decode(), "<sealed:db.password|base64>")
        .replace("app:P@", "app:<sealed:db.password>@")
        .replace('"T"', '"<sealed:api.api.toml_token>"')
    )
    sealed = sealed_repo / "private/shop/api.sops.yaml"
    opened = subprocess.run([SOPS, "decrypt", sealed], capture_output=True, text=True, check=True, env={**os.environ})
    assert yaml.safe_load(opened.stdout) == {"db": {"password": password}, "api": {"api.toml_token": token}}
    shown = sealkit("render", cwd=sealed_repo)
    assert shown.code == 0, shown.err
    assert "postgres://app:***@db/shop" in shown.out
    true = sealkit("render", "--reveal", "-o", "json", cwd=sealed_repo, reveals=True)
    items = {item["kind"]: item for item in json.loads(true.out)["items"]}
    assert items["Secret"]["data"]["password"] == base64.b64encode(password.encode()).decode()
    env = items["Deployment"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert env[0]["value"] == f"postgres://app:{password}@db/shop"
    assert sealkit("split", "public", "--verify", cwd=sealed_repo).code == 0
    before = tree(sealed_repo)
    again = sealkit("split", "public", "--yes", cwd=sealed_repo)
    assert (again.code, tree(sealed_repo)) == (0, before)


def test_a_messy_folder_is_copied_and_what_stands_is_listed(
    sealed_repo: Path, sealkit: Run, canary: Canary, git: Run, tmp_path: Path
) -> None:
    password, token = canary.secret(), canary.secret()
    messy = sealed_repo / "messy"
    messy.mkdir()
    canary.allow(messy, sealed_repo / ".git")
    (messy / "api.yaml").write_text(manifest(password, token))
    git(sealed_repo, "add", ".")
    git(sealed_repo, "commit", "-qm", "oops")
    done = sealkit("split", "messy", "--yes", cwd=sealed_repo)
    assert done.code == 0, done.err
    assert "<sealed:db.password" in (sealed_repo / "public/messy/api.yaml").read_text()
    for where in ("in file: messy/api.yaml", "in index: messy/api.yaml", "in history: messy/api.yaml (commit "):
        assert f"db.password still stands {where}" in done.err
    assert "renew this value" in done.err
    verified = sealkit("split", "--verify", cwd=sealed_repo)
    assert verified.code == 1
    assert "remain" in verified.err


def test_dry_run_is_masked_and_writes_nothing(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    path = sealed_repo / "public/a.yaml"
    canary.allow(path)
    path.write_text(manifest(canary.secret(), canary.secret()))
    before = tree(sealed_repo)
    done = sealkit("split", "public", "--dry-run", cwd=sealed_repo)
    assert (done.code, tree(sealed_repo)) == (0, before)
    assert "-    password: *** # keep\n+    password: <sealed:db.password|base64> # keep\n" in done.out
    asked = sealkit("split", "public", cwd=sealed_repo)
    assert (asked.code, tree(sealed_repo)) == (1, before)


def test_an_existing_sealed_file_is_extended(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    first, second, token = canary.secret(), canary.secret(), canary.secret()
    path = sealed_repo / "public/api.yaml"
    path.write_text(manifest(first, token))
    assert sealkit("split", path, "--yes", cwd=sealed_repo).code == 0
    sealed = sealed_repo / "private/api.sops.yaml"
    before = yaml.safe_load(sealed.read_text())
    path.write_text(
        path.read_text() + f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData: {{k: {second}}}\n"
    )
    done = sealkit("split", path, "--yes", cwd=sealed_repo)
    assert done.code == 0, done.err
    after = yaml.safe_load(sealed.read_text())
    assert after["db"] == before["db"]  # unchanged values keep their ciphertext
    opened = subprocess.run([SOPS, "decrypt", sealed], capture_output=True, text=True, check=True)
    assert yaml.safe_load(opened.stdout)["x"] == {"k": second}


def test_a_policy_that_leaves_values_open_stops_the_split(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text() + "    encrypted_regex: ^(data|stringData)$\n")
    path = sealed_repo / "public/a.yaml"
    canary.allow(path)
    path.write_text(manifest(canary.secret(), canary.secret()))
    before = tree(sealed_repo)
    done = sealkit("split", "public", "--yes", cwd=sealed_repo)
    assert (done.code, tree(sealed_repo)) == (1, before)
    assert "leaves" in done.err
    assert "open" in done.err


def test_what_no_rule_seals_is_told_before_anyone_is_asked(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    policy = sealed_repo / ".sops.yaml"
    policy.write_text(policy.read_text().replace("^private/", "^elsewhere/"))
    path = sealed_repo / "public/a.yaml"
    canary.allow(path)
    path.write_text(manifest(canary.secret(), canary.secret()))
    done = sealkit("split", "public", "--dry-run", cwd=sealed_repo)
    assert done.code == 2
    assert "private/a.sops.yaml: no creation rule in .sops.yaml matches this path" in done.err


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("latin.yaml", "a: ä".encode("latin-1"), 2),
        ("bad.yaml", b"a: [\n", 2),
        ("empty.yaml", b"", 2),
        ("a.txt", b"x", 2),
    ],
)
def test_bad_input_is_one_error_and_writes_nothing(
    sealed_repo: Path, sealkit: Run, canary: Canary, name: str, data: bytes, code: int
) -> None:
    good = sealed_repo / "public/good.yaml"
    canary.allow(good)
    good.write_text(manifest(canary.secret(), canary.secret()))
    (sealed_repo / "public" / name).write_bytes(data)
    before = tree(sealed_repo)
    done = sealkit("split", f"public/{name}", "public/good.yaml", "--yes", cwd=sealed_repo)
    assert (done.code, tree(sealed_repo)) == (code, before)
    assert done.err.startswith("sealkit: error: ")
    assert name in done.err


def test_a_link_out_of_the_tree_is_refused(sealed_repo: Path, sealkit: Run, canary: Canary, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    canary.allow(outside)
    outside.write_text(manifest(canary.secret(), canary.secret()))
    (sealed_repo / "public/link.yaml").symlink_to(outside)
    done = sealkit("split", "public", "--yes", cwd=sealed_repo)
    assert done.code == 2
    assert "symbolic link" in done.err
    assert not (sealed_repo / "private").exists()


def test_no_key_can_still_split_but_not_extend(sealed_repo: Path, sealkit: Run, canary: Canary, home: Path) -> None:
    keys = home / ".config/sops/age/keys.txt"
    path = sealed_repo / "public/a.yaml"
    canary.allow(path)
    path.write_text(manifest(canary.secret(), canary.secret()))
    kept = keys.read_text()
    keys.unlink()
    assert sealkit("split", path, "--yes", cwd=sealed_repo).code == 0
    path.write_text(
        path.read_text()
        + f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\nstringData: {{k: {canary.secret()}}}\n"
    )
    before = tree(sealed_repo)
    done = sealkit("split", path, "--yes", cwd=sealed_repo)
    assert (done.code, tree(sealed_repo)) == (3, before)
    keys.write_text(kept)


def test_reveal_is_locked_and_refuses_a_terminal(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    import pty

    (sealed_repo / "public/a.yaml").write_text(manifest(canary.secret(), canary.secret()))
    assert sealkit("split", "public", "--yes", cwd=sealed_repo).code == 0
    locked = sealkit("render", "--reveal", cwd=sealed_repo, env={"SEALKIT_NO_REVEAL": "1"})
    assert (locked.code, locked.out) == (1, "")

    def on_terminal(*args: str) -> tuple[int, str]:
        leader, follower = pty.openpty()
        with subprocess.Popen(
            [Path(sys.executable).with_name("sealkit"), "render", *args],
            cwd=sealed_repo,
            stdout=follower,
            stderr=subprocess.DEVNULL,
        ) as child:
            os.close(follower)
            out = b""
            try:
                while chunk := os.read(leader, 65536):
                    out += chunk
            except OSError:
                pass
            os.close(leader)
        return child.returncode, out.decode()

    assert on_terminal("--reveal") == (1, "")
    code, text = on_terminal("--reveal=terminal")
    assert code == 0
    assert canary.text in text
    assert "***" in on_terminal()[1]


def test_keyless_views(sealed_repo: Path, sealkit: Run, canary: Canary, home: Path) -> None:
    (sealed_repo / "public/a.yaml").write_text(manifest(canary.secret(), canary.secret()))
    assert sealkit("split", "public", "--yes", cwd=sealed_repo).code == 0
    (home / ".config/sops/age/keys.txt").unlink()
    placeholders = sealkit("render", "--placeholders", cwd=sealed_repo)
    assert "postgres://app:<sealed:db.password>@db/shop" in placeholders.out
    stand_ins = sealkit("render", "--stand-ins", "-o", "json", cwd=sealed_repo)
    secret = next(i for i in json.loads(stand_ins.out)["items"] if i["kind"] == "Secret")
    assert len(base64.b64decode(secret["data"]["password"])) == len(canary.secret())
    assert sealkit("render", cwd=sealed_repo).code == 3
    assert sealkit("render", "--placeholders", "-o", "name", "-n", "shop", cwd=sealed_repo).out.split() == [
        "secret/db", "deployment.apps/api", "configmap/api",
    ]  # fmt: skip


@pytest.mark.slow
def test_killed_at_any_instant_nothing_is_lost(sealed_repo: Path, sealkit: Run, canary: Canary) -> None:
    """Either the public file is the input, or it has placeholders and the sealed half is there and opens."""
    password, token = canary.secret(), canary.secret()
    path, sealed = sealed_repo / "public/a.yaml", sealed_repo / "private/a.sops.yaml"
    canary.allow(path)
    text = manifest(password, token)
    command = [Path(sys.executable).with_name("sealkit"), "split", "public", "--yes"]
    path.write_text(text)
    begun = time.monotonic()
    subprocess.run(command, cwd=sealed_repo, stderr=subprocess.DEVNULL, check=True)
    whole = time.monotonic() - begun
    outcomes = set()
    for step in range(24):
        path.write_text(text)
        sealed.unlink(missing_ok=True)
        with subprocess.Popen(command, cwd=sealed_repo, stderr=subprocess.DEVNULL) as child:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(whole * step / 20)
            child.kill()
        if path.read_text() == text:
            outcomes.add("before")
            continue
        outcomes.add("after")
        assert "<sealed:db.password|base64>" in path.read_text()
        done = subprocess.run([SOPS, "decrypt", sealed], capture_output=True, text=True, check=True)
        assert yaml.safe_load(done.stdout)["db"]["password"] == password
    assert "before" in outcomes


def test_selectors() -> None:
    from sealkit.cli.commands.render import matches

    labels: dict[str, object] = {"app": "api", "tier": "web"}
    assert all(matches(s, labels) for s in ("", "app=api", "app==api,tier", "app!=db", "!gone", "gone!=x"))
    assert not any(matches(s, labels) for s in ("app=db", "app!=api", "!app", "gone", "app=api,tier=db"))
