"""The other tools that tests and benches compare with, each built once into the user's cache folder.

`make peers` runs `main`. Go tools come from the pinned modules in `peers/modules`, betterleaks from its wheel, locked with
hashes. With `--cached` it only says, by its exit code, whether all are there.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sealkit.errors import SealkitError
from sealkit.rehearse import go_build

HERE = Path(__file__).resolve().parent
LOCK = HERE.parent / "requirements/peers.txt"
INSIDE = "import betterleaks, pathlib; print(pathlib.Path(betterleaks.__file__).with_name('bin') / 'betterleaks')"


@dataclass(frozen=True)
class Tool:
    """A Go tool: its package, the module that is pinned, and how it is told its version."""

    name: str
    program: str
    package: str
    module: str
    told: str = ""

    def recipe(self) -> go_build.Recipe:
        """How it is built."""
        bare = go_build.Recipe(f"peer-{self.name}", HERE / "peers/modules" / self.name, {self.program: self.package})
        flags = f" -X {self.told}={bare.pinned(self.module)}" if self.told else ""
        return go_build.Recipe(bare.name, bare.module, bare.packages, bare.ldflags + flags)


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("sops-3.13", "sops", "github.com/getsops/sops/v3/cmd/sops", "github.com/getsops/sops/v3"),
        Tool("sops-3.9", "sops", "github.com/getsops/sops/v3/cmd/sops", "github.com/getsops/sops/v3"),
        Tool(
            "kustomize", "kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "sigs.k8s.io/kustomize/kustomize/v5",
            "sigs.k8s.io/kustomize/api/provenance.version",
        ),
        Tool("helm", "helm", "helm.sh/helm/v4/cmd/helm", "helm.sh/helm/v4", "helm.sh/helm/v4/internal/version.version"),
        Tool(
            "gitleaks", "gitleaks", "github.com/zricethezav/gitleaks/v8", "github.com/zricethezav/gitleaks/v8",
            "github.com/zricethezav/gitleaks/v8/version.Version",
        ),
    )
}  # fmt: skip
NAMES = (*TOOLS, "betterleaks")


def find(name: str, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The program of a peer, or None where it was not built yet."""
    cache = go_build.cache_folder(environ)
    if name == "betterleaks":
        program = _wheel_folder(cache) / "bin/betterleaks"
        return program if program.exists() else None
    folder = go_build.cached(TOOLS[name].recipe(), cache)
    return folder / TOOLS[name].program if folder is not None else None


def main(args: list[str]) -> int:
    """Build what is missing. The exit code: 0, 1 for `--cached` where something is missing, 2 where it cannot be built."""
    missing = [name for name in NAMES if find(name) is None]
    if not missing or "--cached" in args:
        return int(bool(missing))
    cache = go_build.cache_folder()
    try:
        if wanted := [name for name in missing if name in TOOLS]:
            go, seen = go_build.find_go()
            if go is None:
                raise SealkitError(f"no Go 1.26 or newer{f', only {seen}' if seen else ''}", hint="make peers")
            for name in wanted:
                go_build.build(TOOLS[name].recipe(), cache, go, lambda line, name=name: _say(f"{name}: {line}"))
        if "betterleaks" in missing:
            _betterleaks(cache)
    except SealkitError as error:
        _say(f"error: {error.message}")
        return error.exit_code
    return 0


def _betterleaks(cache: Path) -> None:
    """A venv of its own, made under a temporary name; the program inside the wheel is linked as `bin/betterleaks`."""
    folder, begun = _wheel_folder(cache), time.monotonic()
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    _say("betterleaks: installing its wheel")
    try:
        subprocess.run([sys.executable, "-m", "venv", partial], check=True)
        pip = [partial / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", LOCK], check=True)
        shown = subprocess.run(
            [partial / "bin/python", "-c", INSIDE], check=True, capture_output=True, text=True
        ).stdout
        entry = partial / "bin/betterleaks"
        entry.unlink(missing_ok=True)  # the script of the wheel starts Python first
        entry.symlink_to(os.path.relpath(shown.strip(), entry.parent))
        if not folder.exists():
            partial.rename(folder)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SealkitError(f"betterleaks cannot be installed: {error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _say(f"betterleaks: installed: {time.monotonic() - begun:.0f} s")


def _wheel_folder(cache: Path) -> Path:
    what = LOCK.read_bytes() + f"{sys.version_info[:2]}{platform.system()}{platform.machine()}".encode()
    return cache / f"peer-betterleaks-{hashlib.sha256(what).hexdigest()[:16]}"


def _say(line: str) -> None:
    print(f"peers: {line}", file=sys.stderr, flush=True)
