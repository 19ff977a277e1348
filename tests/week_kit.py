"""People on machines of their own, who share a repository on a server without merge drivers and deploy to one cluster."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from canary import Canary
from repository_kit import on_terminal

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""Attributes are read from it where a server merges: it knows no merge driver, and no `merge=union`."""


@dataclass
class Person:
    """Somebody with a home, a key and a clone. `asked` counts the questions that sealkit asked, `commands` the runs."""

    name: str
    home: Path
    clone: Path
    canary: Canary
    kubeconfig: str
    variables: dict[str, str] = field(default_factory=dict)
    asked: int = 0
    commands: int = 0

    @classmethod
    def at(cls, name: str, folder: Path, canary: Canary, kubeconfig: str, key: str = "", **variables: str) -> Person:
        """A person on a fresh machine, with a new age key or with `key`."""
        home = folder / name
        keys = home / ".config/sops/age/keys.txt"
        keys.parent.mkdir(parents=True)
        keys.write_text(key or f"{pyrage.x25519.Identity.generate()}\n")
        keys.chmod(0o600)
        (home / ".gitconfig").write_text(f"[user]\n\tname = {name}\n\temail = {name}@example.invalid\n")
        canary.allow(home)
        return cls(name, home, folder / f"{name}-clone", canary, kubeconfig, variables)

    @property
    def key(self) -> str:
        """The text of the key file."""
        return (self.home / ".config/sops/age/keys.txt").read_text()

    @property
    def recipient(self) -> str:
        """The recipient of the key."""
        return str(pyrage.x25519.Identity.from_str(self.key.split()[-1]).to_public())

    @property
    def environ(self) -> dict[str, str]:
        """What differs from the environment of the tests."""
        return {
            "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / ".config"),
            "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"), "KUBECONFIG": self.kubeconfig, **self.variables,
        }  # fmt: skip

    def git(self, *args: str, cwd: Path | None = None, check: bool = True, **variables: str) -> str:
        """Git in the clone."""
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.clone, env={**os.environ, **self.environ, **variables},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"git {' '.join(args)}: {done.stdout}{done.stderr}"
        self.canary.hear("git", done.stdout + done.stderr)
        return done.stdout + done.stderr

    def run(self, *args: str, answers: Sequence[str] = (), expect: int = 0, reveals: bool = False) -> str:
        """sealkit in the clone, on a terminal where there are answers; the questions are counted. `reveals`: it prints values."""
        self.commands += 1
        if answers:
            code, said = on_terminal(self.canary, answers, *args, cwd=self.clone, env=self.environ)
        else:
            done = subprocess.run(
                ["sealkit", *args], cwd=self.clone, env={**os.environ, **self.environ},
                capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            code, said = done.returncode, done.stdout + done.stderr
        self.asked += said.count("[y/N]") + said.count("[Y/n]")
        if not reveals:
            self.canary.hear(f"sealkit {args[0]}", said)
        assert "Traceback" not in said, said
        assert code == expect, f"sealkit {' '.join(args)}: {code}, {said}"
        return said

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the clone."""
        full = self.clone / path
        text = full.read_text()
        assert old in text, f"{old!r} is not in {path}"
        full.write_text(text.replace(old, new, 1))

    def commit(self, message: str) -> None:
        """Commit everything and push it."""
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        self.git("push", "-q", "origin", "HEAD")


def merge_on_server(owner: Person, server: Path, *branches: str) -> None:
    """Merge branches into main as a web site does: no hooks, no attributes, no merge drivers."""
    for branch in branches:
        tree = owner.git("merge-tree", "--write-tree", "main", branch, cwd=server, GIT_ATTR_SOURCE=EMPTY_TREE).split()[
            0
        ]
        parents = ["-p", "main", "-p", branch]
        commit = owner.git("commit-tree", tree, *parents, "-m", f"Merge {branch}", cwd=server).strip()
        owner.git("update-ref", "refs/heads/main", commit, cwd=server)
