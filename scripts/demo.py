"""The whole road in a temporary folder with a home of its own: move in, try to leak, render, deploy, audit.

Every step is one line and the command that it runs. The exit code is 1 as soon as a step does not do what it says. The values
are made up here and now; they are never printed, only held against each other by digest.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import hashlib
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
sys.path[1:1] = [str(ROOT / "scripts"), str(ROOT / "tests")]
ASKED = ("mail.token", "registry.username", "registry.password")
DIM, BOLD, PLAIN = (
    ("\x1b[2m", "\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "", "")
)


class NotAsItSays(Exception):  # noqa: N818 - it is what it says
    """A step did not do what it says."""


@dataclass
class Demo:
    """One walk. `folder` holds the house and a home; `env` is what every command gets."""

    folder: Path
    env: dict[str, str]
    step_number: int = 0

    @property
    def house(self) -> Path:
        """The repository of the example house."""
        return self.folder / "house"

    def step(self, text: str) -> None:
        """Say what comes."""
        self.step_number += 1
        print(f"\n{BOLD}{self.step_number}. {text}{PLAIN}", flush=True)

    def run(
        self, *args: str, code: int = 0, given: str = "", shown: int = 6, must: Sequence[str] = (), quiet: bool = False
    ) -> str:
        """Run a command, show the last lines of what it says, and hold it to exit code and words. Its standard output."""
        print(f"{DIM}   $ {shlex.join(args)}{PLAIN}", flush=True)
        done = subprocess.run(
            args, cwd=self.house, env=self.env, input=given, capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        lines = [line for line in said.splitlines() if line.strip()]
        if not quiet:
            for line in lines[-shown:] if shown else []:
                print(f"     {line}", flush=True)
        if done.returncode != code:
            raise NotAsItSays(f"exit code {done.returncode}, not {code}: {said.strip()[-2000:]}")
        for word in must:
            if word not in said:
                raise NotAsItSays(f"nothing said of {word!r}")
        return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """A home of its own: no key, no configuration and no git identity of whoever runs this is seen or touched."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "gnupg").mkdir(mode=0o700)
    kept = {name: os.environ[name] for name in ("LANG", "TERM", "TMPDIR", "KUBEBUILDER_ASSETS") if name in os.environ}
    return {
        **kept, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
        "GNUPGHOME": str(home / "gnupg"), "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1",
        "GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@example.invalid",
        "GIT_COMMITTER_NAME": "Demo", "GIT_COMMITTER_EMAIL": "demo@example.invalid",
    }  # fmt: skip


def move_in(demo: Demo, answers: Mapping[str, str]) -> None:
    """The example house, cloned by a stranger."""
    demo.step("A stranger clones the house: everything but its secrets")
    demo.house.mkdir()
    for name in ("public", "private.example"):
        shutil.copytree(ROOT / name, demo.house / name)
    shutil.copy(ROOT / "sealkit.yaml", demo.house)
    demo.run("git", "init", "-q", "-b", "main")
    demo.run("git", "add", "-A")
    demo.run("git", "commit", "-q", "-m", "The open half of a house")
    demo.step("They move in: a key, values and a ledger of their own; what nobody can generate is asked for")
    text = "".join(f"{name}: {value}\n" for name, value in answers.items())
    demo.run("sealkit", "bootstrap", "--yes", "--answers", "-", given=text, shown=8, must=["next: sealkit deploy"])
    demo.run("git", "add", "-A")
    demo.run("git", "commit", "-q", "-m", "Move in")


def leak(demo: Demo) -> None:
    """A password in the public half, made up now; the hook refuses the commit."""
    demo.step("By mistake a password goes into the public half: the hook refuses the commit, and does not print it")
    password = secrets.token_urlsafe(24)
    path = demo.house / "public/shop/leak.yaml"
    path.write_text(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: leak\n  namespace: shop\nstringData:\n"
        f"  password: {password}\n"
    )
    demo.run("git", "add", "public/shop/leak.yaml")
    said = demo.run("git", "commit", "-m", "Oops", code=1, must=["public/shop/leak.yaml", "SK"])
    if password in said:
        raise NotAsItSays("the value was printed")
    demo.run("git", "rm", "-q", "-f", "--cached", "public/shop/leak.yaml")
    path.unlink()
    print("     the refused blob lies in .git on this disk only; audit would name it until it is gone:")
    demo.run("git", "gc", "-q", "--prune=now")


def look(demo: Demo, values: Sequence[str]) -> None:
    """Rendered, masked."""
    demo.step("Both halves, merged in memory and masked")
    said = demo.run("sealkit", "render", quiet=True)
    for line in said.splitlines():
        if "***" in line:
            print(f"     {line.strip()}")
    if any(value in said for value in values):
        raise NotAsItSays("a value was printed")


@contextlib.contextmanager
def cluster(*, memory: bool) -> Iterator[Path]:
    """A kubeconfig for a throw-away cluster: a real API server where its programs are at hand, else a stand-in that says so."""
    from sealkit.rehearse import binaries

    found = None if memory else binaries.find_existing()
    if found is None:
        from memory_api import MemoryApi

        print(
            "     no control plane at hand (make cluster builds one): a small stand-in in memory, which is not Kubernetes"
        )
        with MemoryApi() as api:
            yield api.kubeconfig
        return
    from sealkit.rehearse.control_plane import ControlPlane
    from testnode import TestNode

    with ControlPlane(found) as plane, TestNode(plane):
        print(
            "     a real etcd, kube-apiserver and kube-controller-manager on loopback, and a node that only says Ready"
        )
        yield plane.kubeconfig


def deploy(demo: Demo, *, memory: bool) -> None:
    """To a throw-away cluster, twice; the value arrived."""
    demo.step("Deploy to a throw-away cluster")
    with cluster(memory=memory) as kubeconfig:
        demo.env["KUBECONFIG"] = str(kubeconfig)
        demo.run("sealkit", "deploy", "--yes", shown=8, must=["deployed", "all ready"])
        demo.step("The Secret in the cluster holds the value that was sealed: the digests are the same")
        get = ["kubectl", "get", "secret", "postgres", "-n", "shop", "-o", "jsonpath={.data.POSTGRES_PASSWORD}"]
        there = base64.b64decode(demo.run(*get, quiet=True))
        here = demo.run("sealkit", "get", "database.password", quiet=True).encode()
        digests = [hashlib.sha256(value).hexdigest()[:16] for value in (there, here)]
        print(f"     sha256 in the cluster {digests[0]}…, sealed {digests[1]}…")
        if not here or digests[0] != digests[1]:
            raise NotAsItSays("the cluster holds something else")
        demo.step("Deploy again: nothing to do")
        demo.run("sealkit", "deploy", "--yes", must=["nothing to do"])
        del demo.env["KUBECONFIG"]


def audit(demo: Demo, values: Sequence[str]) -> None:
    """Nothing in the history, nothing on the disk."""
    demo.step("Audit: every blob of every ref")
    demo.run("sealkit", "audit", shown=4)
    demo.step("And no value stands in any file but the sealed ones, where only a key finds it")
    for path in sorted(demo.folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(value.encode() in data for value in values):
                raise NotAsItSays(f"a value stands in {path.relative_to(demo.folder)}")
    print("     searched every file of the house and of its home")


def main() -> int:
    """Walk the road."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--memory", action="store_true", help="use the in-memory stand-in even where a control plane is at hand"
    )
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sealkit-demo-") as name:
        folder = Path(name).resolve()
        demo = Demo(folder, environment(folder))
        answers = {name: secrets.token_hex(16) for name in ASKED}
        try:
            move_in(demo, answers)
            values = [*answers.values(), demo.run("sealkit", "get", "database.password", quiet=True)]
            leak(demo)
            look(demo, values)
            deploy(demo, memory=given.memory)
            audit(demo, values)
        except NotAsItSays as error:
            print(f"\ndemo: step {demo.step_number} did not do what it says: {error}", file=sys.stderr)
            return 1
    print(f"\n{BOLD}done in {time.monotonic() - began:.0f} s; nothing is left of it{PLAIN}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
