"""The masked textconv as git runs it: `git diff` and `git log -p` show which keys changed, and no value, without a key."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from census_files import Sealer

from canary import Canary
from commandline import SEALKIT, Ran
from sealkit.operations import git_driver_check, git_drivers
from sealkit.sealed.textconv import masked

Git = Callable[..., object]


@pytest.fixture
def sealed_repo(repo: Path, age_key: str, canary: Canary, monkeypatch: pytest.MonkeyPatch) -> Sealer:
    canary.allow(repo.parent / "home")
    monkeypatch.setenv("PATH", f"{SEALKIT.parent}{os.pathsep}{os.environ['PATH']}")
    return Sealer(repo, age_key)


TEXTS = {
    "private/a.yaml": "user: {0}\npassword: {1}\n---\nb: {0}\n",
    "private/a.json": '{{"user": "{0}", "password": "{1}"}}',
    "private/a.env": "USER={0}\nPASSWORD={1}\n",
    "private/a.ini": "[db]\nuser = {0}\npassword = {1}\n",
    "private/a.tfvars.enc": 'user = "{0}"\npassword = "{1}"\n',
}


@pytest.mark.parametrize("path", TEXTS)
def test_every_format_is_masked(sealed_repo: Sealer, canary: Canary, path: str) -> None:
    sealed = sealed_repo.seal(TEXTS[path].format(canary.secret(), canary.secret()), path)
    shown = masked(path, sealed.encode()).decode()
    assert "ENC[" not in shown
    assert "BEGIN AGE" not in shown
    assert shown.count("<sealed str #") == (1 if path.endswith(".enc") else 3 if path.endswith("yaml") else 2)
    last = shown.splitlines()[-1]
    assert re.fullmatch(
        rf"sops: #[0-9a-f]{{6}} to age:{sealed_repo.recipient}(; unencrypted_suffix: _unencrypted)?", last
    )
    assert masked(path, sealed.encode()) == shown.encode()


def test_what_is_not_sealed_comes_back_as_it_is(sealed_repo: Sealer) -> None:
    for data in (b"", b"a: b\n", b"sops is a word\n", b"\xff\xfe sops \x00", b"[" * 9000 + b"sops"):
        assert masked("a.yaml", data) == data


def test_a_conflict_is_masked_as_far_as_it_goes(sealed_repo: Sealer, canary: Canary) -> None:
    sealed = sealed_repo.seal(f"a: {canary.secret()}\n")
    row = sealed.splitlines()[0]
    broken = sealed.replace(row, f"<<<<<<< ours\n{row}\n=======\na: open\n>>>>>>> theirs")
    shown = masked("a.yaml", broken.encode()).decode()
    assert "a: <sealed str #" in shown
    assert "<<<<<<< ours" in shown


def test_key_groups_selector_and_flag_are_told(sealed_repo: Sealer) -> None:
    import pyrage

    other = str(pyrage.x25519.Identity.generate().to_public())
    sealed_repo.rules = (
        "creation_rules:\n  - shamir_threshold: 2\n    mac_only_encrypted: true\n    encrypted_regex: ^a$\n"
        f"    key_groups: [{{age: [{sealed_repo.recipient}]}}, {{age: [{other}]}}, {{age: [{sealed_repo.recipient}]}}]\n"
    )
    (sealed_repo.folder / ".sops.yaml").write_text(sealed_repo.rules)
    shown = masked("a.yaml", sealed_repo.seal("a: b\n").encode()).decode().splitlines()[-1]
    me = f"(age:{sealed_repo.recipient})"
    assert f"to 2 of {me}, (age:{other}), {me}; encrypted_regex: ^a$; mac_only_encrypted" in shown


def committed(sealed_repo: Sealer, git: Git, path: str, text: str) -> None:
    target = sealed_repo.folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    git(sealed_repo.folder, "add", "-A")
    git(sealed_repo.folder, "commit", "-q", "-m", "change")


@pytest.mark.slow
def test_git_shows_which_keys_changed(sealed_repo: Sealer, canary: Canary, git: Git) -> None:
    sealed = sealed_repo.seal(f"user: {canary.secret()}\npassword: {canary.secret()}\n")
    other = sealed_repo.seal(f"password: {canary.secret()}\n").splitlines()[0]
    assert not git_driver_check.configured(sealed_repo.folder)
    committed(sealed_repo, git, "x.sops.yaml", sealed)
    done = git_drivers.install(sealed_repo.folder)
    assert ".gitattributes: ?*.sops.* diff=sealkit merge=sealkit" in done
    assert git_driver_check.configured(sealed_repo.folder)
    assert git_drivers.install(sealed_repo.folder) == []
    changed = re.sub("^password: .*$", other, sealed, flags=re.MULTILINE)
    committed(sealed_repo, git, "x.sops.yaml", changed)
    os.environ.pop("SOPS_AGE_KEY_FILE", None)
    for args in (["diff", "HEAD~1"], ["log", "-p", "-2"], ["show"]):
        shown: str = git(sealed_repo.folder, *args, "--", "x.sops.yaml").stdout  # type: ignore[attr-defined]
        assert re.search(r"^-password: <sealed str #[0-9a-f]{6}>$", shown, re.MULTILINE), shown
        assert re.search(r"^\+password: <sealed str #[0-9a-f]{6}>$", shown, re.MULTILINE)
        assert re.search(r"^ user: <sealed str #[0-9a-f]{6}>$", shown, re.MULTILINE)
        assert "ENC[" not in shown


def test_a_new_wrapping_shows_in_one_line(sealed_repo: Sealer, canary: Canary, git: Git) -> None:
    import subprocess

    from census_files import SOPS

    git_drivers.install(sealed_repo.folder)
    committed(sealed_repo, git, "x.sops.yaml", sealed_repo.seal(f"user: {canary.secret()}\n", "x.sops.yaml"))
    import pyrage

    other = str(pyrage.x25519.Identity.generate().to_public())
    (sealed_repo.folder / ".sops.yaml").write_text(sealed_repo.rules.rstrip() + f",{other}\n")
    subprocess.run([SOPS, "updatekeys", "-y", "x.sops.yaml"], cwd=sealed_repo.folder, check=True, capture_output=True)
    shown: str = git(sealed_repo.folder, "diff", "--", "x.sops.yaml").stdout  # type: ignore[attr-defined]
    rows = [row for row in shown.splitlines()[4:] if row[:1] in "+-"]
    assert len(rows) == 2
    assert rows[0].startswith("-sops: #")
    assert other in rows[1]


def test_attributes_name_private_folders_and_odd_files(sealed_repo: Sealer, git: Git) -> None:
    (sealed_repo.folder / "sealkit.yaml").write_text("version: 1\nprivate: 'my half'\n")
    (sealed_repo.folder / ".gitattributes").write_text("*.png binary")
    for path in ("my half/a.yaml", "app/[b] c.yaml", "app/d.sops.yaml"):
        committed(sealed_repo, git, path, sealed_repo.seal("a: b\n", path))
    git_drivers.install(sealed_repo.folder)
    text = (sealed_repo.folder / ".gitattributes").read_text()
    assert text.startswith("*.png binary\n")
    for path in ("my half/a.yaml", "app/[b] c.yaml", "app/d.sops.yaml"):
        out: str = git(sealed_repo.folder, "check-attr", "diff", "--", path).stdout  # type: ignore[attr-defined]
        assert out.rstrip().endswith(": diff: sealkit"), text
    out = git(sealed_repo.folder, "check-attr", "diff", "--", "app/b c.yaml").stdout  # type: ignore[attr-defined]
    assert out.rstrip().endswith("unspecified")


def test_without_sealkit_on_the_path_git_still_shows_a_diff(
    sealed_repo: Sealer, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_drivers.install(sealed_repo.folder)
    committed(sealed_repo, git, "x.sops.yaml", sealed_repo.seal("a: b\n", "x.sops.yaml"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    shown: str = git(sealed_repo.folder, "show", "--", "x.sops.yaml").stdout  # type: ignore[attr-defined]
    assert "+a: ENC[AES256_GCM" in shown


def test_the_command_is_hidden_and_clear_about_a_missing_file(sealed_repo: Sealer, sealkit: Callable[..., Ran]) -> None:
    assert "textconv" not in sealkit("--help", cwd=sealed_repo.folder).out
    done = sealkit("textconv", "gone.yaml", cwd=sealed_repo.folder)
    assert done.code == 2
    assert done.err.startswith("sealkit: error: gone.yaml: no such file")
