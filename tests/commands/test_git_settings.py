"""No setting of git in a clone makes a command without keys run a program, read a path or open an address.

The settings come from the git that is installed (`git help --config`), so a new one is tested as soon as git has it.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from commandline import Ran
from marks import Marks
from sealkit.source import git as source_git
from sealkit.source import git_shadow
from sealkit.source.git_settings import quoted
from trust_kit import TrustedRepo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the bait is watched with inotify")
Git = Callable[..., subprocess.CompletedProcess[str]]
Sealkit = Callable[..., Ran]

NOT_LISTED = (
    "include.path", "includeIf.gitdir:/.path", "includeIf.onbranch:**.path", "alias.log", "alias.cat-file", "trailer.x.command",
    "submodule.x.url", "submodule.x.update", "remote.x.promisor", "branch.main.remote", "filter.x.process", "gpg.program",
)  # fmt: skip
REFUSED = re.compile(r"core\.(worktree|repositoryformatversion|bare)|extensions\.", re.IGNORECASE)
"""What changes the format of the repository, which a test of its own looks at."""
SIGNED = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n =abcd\n -----END PGP SIGNATURE-----\n"
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("scan",), ("scan", "--staged"), ("scan", "--diff", "HEAD~1"), ("audit",), ("review",), ("review", "HEAD~1..HEAD"), ("doctor",),
    ("approve",), ("render",), ("render", "--stand-ins"), ("get", "private/db.yaml", "db.port"), ("hook", "run", "pre-commit"),
    ("hook", "run", "commit-msg", ".git/message"), ("hook", "run", "pre-push", "x", "y"), ("textconv", "private/db.yaml"),
    ("diff",), ("example", "--check"), ("seal", "--update"), ("merge", "private/db.yaml"),
)  # fmt: skip


SHORT = (
    *COMMANDS[:4],
    ("review", "HEAD~1..HEAD"),
    ("doctor",),
    *(command for command in COMMANDS if command[0] in {"get", "hook"}),
)
"""What each half of the settings is tried with."""


@pytest.fixture
def marks(tmp_path: Path) -> Iterator[Marks]:
    made = Marks(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clone(trusted_repo: TrustedRepo, git: Git) -> Path:
    """A clone with a signed commit, attributes that ask for drivers, a changed and an untracked file."""
    root = trusted_repo.root
    (root / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    git(root, "add", "-A")
    tree = git(root, "write-tree").stdout.strip()
    parent = git(root, "rev-parse", "HEAD").stdout.strip()
    person = "A <a@example.invalid> 1700000000 +0000"
    text = f"tree {tree}\nparent {parent}\nauthor {person}\ncommitter {person}\n{SIGNED}\nsigned\n"
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        input=text,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    git(root, "update-ref", "refs/heads/main", made.stdout.strip())
    (root / ".git/message").write_text("a message\n")
    (root / "public/app.yaml").write_text((root / "public/app.yaml").read_text() + "# changed\n")
    (root / "public/new.yaml").write_text("a: 1\n")
    git(root, "add", "public/app.yaml")
    return root


def settings_of_git() -> list[str]:
    """Every setting that the installed git documents, its placeholders filled."""
    listed = subprocess.run(["git", "help", "--config"], capture_output=True, text=True, check=True).stdout
    names = [
        re.sub(r"<[^>]*>|\*", "x", line) for line in listed.split("\n\n'git help", maxsplit=1)[0].split() if "." in line
    ]
    legal = [
        name for name in names if re.fullmatch("[A-Za-z][A-Za-z0-9-]*", name.rpartition(".")[2])
    ]  # gitweb.remote_heads is not
    assert len(names) - len(legal) < 3
    return [name for name in dict.fromkeys([*legal, *NOT_LISTED]) if not REFUSED.match(name)]


def with_settings(config: Path, plain: str, settings: Mapping[str, str]) -> None:
    """Write the configuration of a clone: what it had, and these."""
    lines = [plain]
    for name, value in settings.items():
        section, _, key = name.rpartition(".")
        head, dot, part = section.partition(".")
        lines.append(f"[{head} {quoted(part)}]" if dot else f"[{head}]")
        lines.append(f"\t{key} = {quoted(value)}")
    config.write_text("\n".join(lines) + "\n")


def splits(names: Sequence[str]) -> Iterator[set[str]]:
    """All of them, then halves, so that for any two there is one half with the first and without the second."""
    yield set(names)
    for bit in range(len(names).bit_length()):
        for side in (0, 1):
            yield {name for index, name in enumerate(names) if index >> bit & 1 == side}


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ({"core.fsmonitor": "program"}, ["status"]),
        ({"log.showSignature": "true", "gpg.program": "program"}, ["log"]),
        ({"diff.external": "program"}, ["diff", "HEAD~1"]),
        ({"diff.x.textconv": "program"}, ["log", "-p"]),
        ({"filter.x.clean": "program"}, ["add", "-A"]),
        ({"core.hooksPath": "folder"}, ["commit", "-qm", "x"]),
        ({"core.sshCommand": "program", "remote.x.url": "ssh://host/x"}, ["fetch", "x"]),
        ({"core.excludesFile": "program"}, ["ls-files", "-o", "--exclude-standard"]),
        ({"include.path": "program"}, ["status"]),
        ({"remote.x.url": "address"}, ["fetch", "x"]),
        ({"url.address.insteadOf": "https://example.invalid/"}, ["ls-remote", "https://example.invalid/x"]),
    ],
)
def test_the_bait_is_taken_by_git_itself(
    settings: dict[str, str], command: list[str], clone: Path, marks: Marks, git: Git
) -> None:
    bait = {"program": str(marks.program), "folder": str(marks.folder), "address": marks.address}
    config = clone / ".git/config"
    filled = {name.replace("address", marks.address): bait.get(value, value) for name, value in settings.items()}
    with_settings(config, config.read_text(), filled)
    git(clone, *command, check=False)
    assert marks.take(), settings


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["program", "folder", "address"])
def test_no_setting_of_a_clone_does_anything(kind: str, clone: Path, marks: Marks, sealkit: Sealkit) -> None:
    names = settings_of_git()
    assert len(names) > 500
    assert {"core.fsmonitor", "gpg.program", "http.proxy", "filter.x.clean"} <= set(names)
    bait = {"program": str(marks.program), "folder": str(marks.folder), "address": marks.address}[kind]
    config = clone / ".git/config"
    plain = config.read_text()
    before = {command: sealkit(*command, cwd=clone) for command in COMMANDS}
    marks.take()
    commands = COMMANDS
    for chosen in itertools.islice(splits(names), None if kind == "program" else 5):
        with_settings(config, plain, {name: bait if name in chosen else "true" for name in names})
        for command in commands:
            ran = sealkit(*command, cwd=clone, timeout=60)
            if command != ("doctor",):  # which tells of core.hooksPath
                assert (ran.code, ran.out) == (before[command].code, before[command].out), (command, ran.err)
        assert not marks.take(), (kind, sorted(chosen))
        commands = SHORT


def test_git_sees_no_setting_of_a_clone_but_those_that_sealkit_relies_on(clone: Path, marks: Marks, home: Path) -> None:
    names = settings_of_git()
    with_settings(
        clone / ".git/config", (clone / ".git/config").read_text(), dict.fromkeys([*names, "sealkit.approve"], "x")
    )
    (clone / ".git/config.worktree").write_text(f"[include]\n\tpath = {marks.program}\n")
    out = source_git.run(["config", "--list", "--name-only", "--show-scope"], clone).decode()
    rows = [line.split("\t") for line in out.splitlines()]
    local = {name for scope, name in rows if scope not in {"system", "global", "command"}}
    relied = {*git_shadow._SWITCHES, *git_shadow._WORDS}
    assert local - relied == {"core.repositoryformatversion", "sealkit.approve"}
    assert ["global", "user.name"] in rows
    assert source_git.run(["config", "sealkit.approve"], clone) == b"x\n"
    assert not marks.take()


def test_a_clone_s_own_hooks_folder_outside_it_is_not_looked_at(
    clone: Path, marks: Marks, sealkit: Sealkit, git: Git
) -> None:
    git(clone, "config", "core.hooksPath", str(marks.folder))
    marks.take()
    ran = sealkit("doctor", cwd=clone)
    assert "core.hooksPath leads out of it" in ran.out + ran.err
    assert not marks.take()
