"""Run an example in a temporary folder with its own home: bootstrap, a refused leak, render, deploy, audit.

Each step prints one line and its commands. The exit code is 1 as soon as a step fails. The secret values are generated for this
run and never printed; the demo compares digests.
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
VALUE_NAMES = ("mail.token", "registry.username", "registry.password")
"""The values that the example asks for; the others are generated."""
DIM, BOLD, PLAIN = (
    ("\x1b[2m", "\x1b[1m", "\x1b[0m") if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else ("", "", "")
)


class StepError(Exception):
    """A step did not do what it should."""


@dataclass
class Demo:
    """One run of the demo. `folder` holds the repository and a home folder; every command runs with the environment `env`."""

    folder: Path
    env: dict[str, str]
    step_number: int = 0

    @property
    def repository(self) -> Path:
        """The repository that the demo works in."""
        return self.folder / "repository"

    def step(self, text: str) -> None:
        """Print the heading of the next step."""
        self.step_number += 1
        print(f"\n{BOLD}{self.step_number}. {text}{PLAIN}", flush=True)

    def run(
        self, *args: str, code: int = 0, stdin: str = "", show: int = 6, expect: Sequence[str] = (), quiet: bool = False
    ) -> str:
        """Run a command in the repository and return its standard output. Prints the command and its last `show` lines of output.

        Raises StepError if the exit code is not `code`, or the output lacks a text of `expect`.
        """
        print(f"{DIM}   $ {shlex.join(args)}{PLAIN}", flush=True)
        process = subprocess.run(
            args, cwd=self.repository, env=self.env, input=stdin, capture_output=True, text=True, check=False
        )
        output = process.stdout + process.stderr
        lines = [line for line in output.splitlines() if line.strip()]
        if not quiet:
            for line in lines[-show:] if show else []:
                print(f"     {line}", flush=True)
        if process.returncode != code:
            raise StepError(f"exit code {process.returncode}, expected {code}: {output.strip()[-2000:]}")
        for text in expect:
            if text not in output:
                raise StepError(f"the output does not contain {text!r}")
        return process.stdout


def environment(folder: Path) -> dict[str, str]:
    """Create a home folder and return the environment for it. The demo neither reads nor changes the keys, the configuration or
    the git identity of the person who runs it."""
    home = folder / "home"
    home.mkdir(mode=0o700)
    (home / "gnupg").mkdir(mode=0o700)
    inherited = {
        name: os.environ[name] for name in ("LANG", "TERM", "TMPDIR", "KUBEBUILDER_ASSETS") if name in os.environ
    }
    return {
        **inherited, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"),
        "GNUPGHOME": str(home / "gnupg"), "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1",
        "GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@example.invalid",
        "GIT_COMMITTER_NAME": "Demo", "GIT_COMMITTER_EMAIL": "demo@example.invalid",
    }  # fmt: skip


def bootstrap(demo: Demo, answers: Mapping[str, str]) -> None:
    """Set up a copy of the example repository with new keys and values."""
    demo.step("Somebody else clones the public repository: it has everything except the secrets")
    demo.repository.mkdir()
    for name in ("public", "private.example"):
        shutil.copytree(ROOT / name, demo.repository / name)
    shutil.copy(ROOT / "sealkit.yaml", demo.repository)
    demo.run("git", "init", "-q", "-b", "main")
    demo.run("git", "add", "-A")
    demo.run("git", "commit", "-q", "-m", "Public manifests")
    demo.step("Bootstrap creates a key, values and a ledger; it asks for the values that cannot be generated")
    text = "".join(f"{name}: {value}\n" for name, value in answers.items())
    demo.run("sealkit", "bootstrap", "--yes", "--answers", "-", stdin=text, show=8, expect=["next: sealkit deploy"])
    demo.run("git", "add", "-A")
    demo.run("git", "commit", "-q", "-m", "Bootstrap")


def leak(demo: Demo) -> None:
    """Commit a generated password in a public manifest; the pre-commit hook must refuse it."""
    demo.step("Commit a password in a public manifest by mistake: the hook refuses it and does not print it")
    password = secrets.token_urlsafe(24)
    path = demo.repository / "public/shop/leak.yaml"
    path.write_text(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: leak\n  namespace: shop\nstringData:\n"
        f"  password: {password}\n"
    )
    demo.run("git", "add", "public/shop/leak.yaml")
    output = demo.run("git", "commit", "-m", "Oops", code=1, expect=["public/shop/leak.yaml", "SK"])
    if password in output:
        raise StepError("the value was printed")
    demo.run("git", "rm", "-q", "-f", "--cached", "public/shop/leak.yaml")
    path.unlink()
    print("     the refused blob is still in .git on this disk, and audit would report it: remove it")
    demo.run("git", "gc", "-q", "--prune=now")


def render(demo: Demo, values: Sequence[str]) -> None:
    """Render the merged manifests; no value may be in the output."""
    demo.step("Render the merged manifests, values masked")
    output = demo.run("sealkit", "render", quiet=True)
    for line in output.splitlines():
        if "***" in line:
            print(f"     {line.strip()}")
    if any(value in output for value in values):
        raise StepError("a value was printed")


@contextlib.contextmanager
def cluster(*, memory: bool) -> Iterator[Path]:
    """Run a temporary cluster and yield the path of its kubeconfig: a real control plane if its programs are installed, else (or
    with `memory`) the in-memory API server of `memory_api`."""
    from sealkit.rehearse import binaries

    programs = None if memory else binaries.find_existing()
    if programs is None:
        from memory_api import MemoryApi

        reason = "" if memory else "no control plane is built (run make cluster): "
        print(f"     {reason}using an in-memory API server, which is not Kubernetes")
        with MemoryApi() as api:
            yield api.kubeconfig
        return
    from sealkit.rehearse.control_plane import ControlPlane
    from testnode import TestNode

    with ControlPlane(programs) as plane, TestNode(plane):
        print(
            "     a real etcd, kube-apiserver and kube-controller-manager on loopback, with a fake node that reports ready"
        )
        yield plane.kubeconfig


def deploy(demo: Demo, *, memory: bool) -> None:
    """Deploy to a temporary cluster twice, and compare a Secret in it with the sealed value."""
    demo.step("Deploy to a temporary cluster")
    with cluster(memory=memory) as kubeconfig:
        demo.env["KUBECONFIG"] = str(kubeconfig)
        demo.run("sealkit", "deploy", "--yes", show=8, expect=["deployed", "all ready"])
        demo.step("Compare the Secret in the cluster with the sealed value: the digests are equal")
        get = ["kubectl", "get", "secret", "postgres", "-n", "shop", "-o", "jsonpath={.data.POSTGRES_PASSWORD}"]
        deployed = base64.b64decode(demo.run(*get, quiet=True))
        sealed = demo.run("sealkit", "get", "database.password", quiet=True).encode()
        digests = [hashlib.sha256(value).hexdigest()[:16] for value in (deployed, sealed)]
        print(f"     sha256 in the cluster {digests[0]}…, sealed {digests[1]}…")
        if not sealed or digests[0] != digests[1]:
            raise StepError("the cluster has a different value")
        demo.step("Deploy again: nothing to do")
        demo.run("sealkit", "deploy", "--yes", expect=["nothing to do"])
        del demo.env["KUBECONFIG"]


def audit(demo: Demo, values: Sequence[str]) -> None:
    """Audit the history, then search every file for the plain-text values."""
    demo.step("Audit every blob of every ref")
    demo.run("sealkit", "audit", show=4)
    demo.step("Search every file of the repository and of the home folder for the values in plain text")
    for path in sorted(demo.folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if any(value.encode() in data for value in values):
                raise StepError(f"{path.relative_to(demo.folder)} contains a value")
    print("     none found")


def main() -> int:
    """Run all steps. The exit code is 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--memory", action="store_true", help="use the in-memory API server even if a control plane is built"
    )
    options = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="sealkit-demo-") as name:
        folder = Path(name).resolve()
        demo = Demo(folder, environment(folder))
        answers = {name: secrets.token_hex(16) for name in VALUE_NAMES}
        try:
            bootstrap(demo, answers)
            values = [*answers.values(), demo.run("sealkit", "get", "database.password", quiet=True)]
            leak(demo)
            render(demo, values)
            deploy(demo, memory=options.memory)
            audit(demo, values)
        except StepError as error:
            print(f"\ndemo: step {demo.step_number} failed: {error}", file=sys.stderr)
            return 1
    print(f"\n{BOLD}done in {time.monotonic() - start:.0f} s; the temporary folder is removed{PLAIN}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
