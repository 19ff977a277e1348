"""Builds programs with Go from a pinned module, once, into a cache folder that all clones share.

The key of the cache is the digest of `go.mod`, `go.sum`, the flags and the platform, so a new version is built anew. Modules are
verified against `go.sum`. One build at a time holds the lock. Each program is renamed into place when it is complete, so a killed
build leaves no incomplete program, and the next build continues with the missing programs.
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sealkit.errors import SealkitError

Say = Callable[[str], None]
"""Takes one line of progress."""

MIN_GO = (1, 26)
"""The version in the `go` line of the pinned modules."""

_VERSION = re.compile(r"go(\d+)\.(\d+)")
_PROGRESS_INTERVAL = 20.0
"""Seconds between two lines of progress."""
_ERROR_LINES = 12
"""How many of the compiler's last lines are searched for the error."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to build: a folder with `go.mod` and `go.sum`, and for each program its package."""

    name: str
    module: Path
    packages: Mapping[str, str]
    ldflags: str = "-s -w"
    environment: Mapping[str, str] = field(default_factory=lambda: {"CGO_ENABLED": "0"})

    def key(self) -> str:
        """The name of the cache folder: what is built, and for which platform."""
        digest = hashlib.sha256()
        for name in ("go.mod", "go.sum"):
            digest.update((self.module / name).read_bytes() + b"\0")
        settings = f"{sorted(self.packages.items())}{self.ldflags}{sorted(self.environment.items())}"
        digest.update(f"{settings}{platform.system()}{platform.machine()}".encode())
        return f"{self.name}-{digest.hexdigest()[:16]}"

    def pinned(self, module: str) -> str:
        """The version of a module in `go.mod`."""
        text = (self.module / "go.mod").read_text()
        match = re.search(rf"^(?:require )?\s*{re.escape(module)} (v\S+)", text, re.MULTILINE)
        if match is None:
            raise SealkitError(f"{self.module / 'go.mod'}: does not pin {module}")
        return match[1]


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The user's cache folder for what sealkit builds: below `$XDG_CACHE_HOME` or `~/.cache`."""
    environ = os.environ if environ is None else environ
    base = environ.get("XDG_CACHE_HOME", "")
    # the XDG specification: a relative path is ignored
    return (Path(base) if base.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".cache") / "sealkit"


def cached(recipe: Recipe, cache: Path) -> Path | None:
    """The folder with all programs of a recipe, or None where one is missing."""
    folder = cache / recipe.key()
    return folder if all(os.access(folder / name, os.X_OK) for name in recipe.packages) else None


def find_go(search: str | None = None) -> tuple[Path | None, str]:
    """The first `go` on PATH that is new enough, or None; and the version of the last `go` that was looked at, or `""`."""
    version = ""
    for folder in (search if search is not None else os.environ.get("PATH", "")).split(os.pathsep):
        program = Path(folder) / "go"
        if not folder.startswith("/") or not os.access(program, os.X_OK):
            continue  # never relative to the current folder, which may be an untrusted clone
        try:
            output = subprocess.run(
                [program, "env", "GOVERSION"], cwd="/", capture_output=True, text=True, check=False, timeout=60,
                env={**os.environ, "GOTOOLCHAIN": "local"},
            ).stdout  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            continue
        if (match := _VERSION.match(output)) is not None:
            version = match[0].removeprefix("go")
            if (int(match[1]), int(match[2])) >= MIN_GO:
                return program, version
    return None, version


def build(recipe: Recipe, cache: Path, go: Path, say: Say) -> Path:
    """Build what is missing of a recipe; the folder that holds its programs. Raises SealkitError with the compiler's message."""
    folder = cache / recipe.key()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _exclusive(folder.with_suffix(".lock"), say):
            for name in recipe.packages:
                if not os.access(folder / name, os.X_OK):
                    _program(recipe, name, folder, go, say)
    except OSError as error:
        raise SealkitError(f"{folder}: {(error.strerror or 'cannot be written').lower()}") from None
    return folder


@contextlib.contextmanager
def _exclusive(path: Path, say: Say) -> Iterator[None]:
    """Hold a lock; the kernel releases it when a builder dies."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another build of {path.stem}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _program(recipe: Recipe, name: str, folder: Path, go: Path, say: Say) -> None:
    package = recipe.packages[name]
    for stale in folder.glob(f".{name}.*.partial"):
        stale.unlink()
    # unique: the compiler of a killed build may still be writing to its file
    partial = folder / f".{name}.{os.getpid()}.partial"
    started = time.monotonic()
    say(f"building {name} ({package})")
    command = [str(go), "build", "-v", "-trimpath", "-ldflags", recipe.ldflags, "-o", str(partial), package]
    settings = {
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOWORK": "off",
        "GO111MODULE": "on",
        "GOTOOLCHAIN": "local",
    }
    inherited = {key: value for key, value in os.environ.items() if key not in {"GOOS", "GOARCH", "GOROOT"}}
    child = subprocess.Popen(
        command, cwd=recipe.module, env={**inherited, **settings, **recipe.environment},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
    )  # fmt: skip
    try:
        assert child.stderr is not None
        lines = _follow(child.stderr, name, started, say)
        code = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if code:
        partial.unlink(missing_ok=True)
        reason = next((line for line in reversed(lines) if ": " in line), "go gave no reason")
        raise SealkitError(
            f"go could not build {name}: {reason.strip()}",
            hint=f"to see all of its output: cd {recipe.module} && go build -o {os.devnull} {package}",
        )
    partial.replace(folder / name)
    say(f"built {name}: {time.monotonic() - started:.0f} s")


def _follow(stream: IO[str], name: str, started: float, say: Say) -> collections.deque[str]:
    """Read the compiler's lines to the end, reporting progress now and then. Returns the last lines."""
    lines: collections.deque[str] = collections.deque(maxlen=_ERROR_LINES)
    packages, last = 0, started
    for line in stream:
        lines.append(line)
        packages += ": " not in line
        if time.monotonic() - last >= _PROGRESS_INTERVAL:
            last = time.monotonic()
            say(f"building {name}: {packages} packages, {last - started:.0f} s")
    return lines


def silent(_line: str) -> None:
    """A `Say` that shows nothing."""
