"""What the tests of a repository share: a terminal to answer on, the real sops, and the example of this repository."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from canary import Canary
from commandline import SEALKIT, Ran

SOPS = Path(sys.executable).with_name("sops")
AUDIT = Path(__file__).parent / "audit"
ROOT = Path(__file__).parents[1]
Run = Callable[..., Ran]
Git = Callable[..., subprocess.CompletedProcess[str]]


def sops(*args: str | Path, cwd: Path, input: str | None = None, check: bool = True) -> str:
    """Standard output of the real program."""
    return subprocess.run(
        [str(SOPS), *map(str, args)], cwd=cwd, input=input, capture_output=True, text=True, check=check
    ).stdout


def opens(path: str, cwd: Path) -> bool:
    """Whether the real sops opens a file with the keys at hand."""
    done = subprocess.run([str(SOPS), "decrypt", path], cwd=cwd, capture_output=True, check=False)
    return done.returncode == 0


def on_terminal(
    canary: Canary, answers: Sequence[str], *args: str, cwd: Path, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run sealkit with a terminal, each answer typed when it asks; the exit code and what was said."""
    main, side = pty.openpty()
    child = subprocess.Popen(
        [str(SEALKIT), *args], cwd=cwd, stdin=side, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})}, start_new_session=True,
    )  # fmt: skip
    os.close(side)
    assert child.stdout is not None
    said, left, end = b"", list(answers), time.monotonic() + 120
    while time.monotonic() < end:
        ready, _, _ = select.select([child.stdout], [], [], 0.2)
        if ready:
            chunk = os.read(child.stdout.fileno(), 65536)
            if not chunk:
                break
            said += chunk
        if left and said.rstrip(b" ").endswith((b"?", b"]", b":")) and not ready:
            os.write(main, (left.pop(0) + "\n").encode())
            said += b"\n"
    child.wait(timeout=60)
    os.close(main)
    text = said.decode()
    canary.hear("terminal", text)
    assert "Traceback" not in text, text
    return child.returncode, text


def example_repo(folder: Path, git: Git) -> Path:
    """A clone of the example of this repository, committed."""
    folder.mkdir()
    git(folder, "init", "-q")
    for name in ("public", "private.example"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sealkit.yaml", folder / "sealkit.yaml")
    commit(folder, git, "a repository")
    return folder


def commit(folder: Path, git: Git, message: str = "change") -> None:
    """Commit everything, past the hooks."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--no-verify", "-m", message)


def answers(canary: Canary) -> tuple[dict[str, str], str]:
    """Made-up answers to what the example repository asks: by name, and as text for --answers."""
    given = {name: canary.secret() for name in ("mail.token", "registry.username", "registry.password")}
    return given, "".join(f"{name}: {value}\n" for name, value in given.items())


def new_age_key(path: Path) -> str:
    """An age identity in a file; its recipient."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{identity}\n")
    path.chmod(0o600)
    return str(identity.to_public())


def state(folder: Path) -> dict[str, bytes]:
    """Every file of the work tree, to prove that nothing was written."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def pgp_key(user: str, expire: str = "never") -> str:
    subprocess.run(
        ["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", user, "future-default", "default", expire],
        check=True, capture_output=True,
    )  # fmt: skip
    listed = subprocess.run(
        ["gpg", "--batch", "--with-colons", "--list-secret-keys", user], check=True, capture_output=True, text=True
    ).stdout
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
