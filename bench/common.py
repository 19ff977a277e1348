"""What every benchmark shares: both sides in turn in the same run, medians of at least five, and a ratio.

Absolute times say nothing on a shared machine; the ratio of two programs that ran side by side does. Fixtures are made anew,
with made-up values, in a folder that is removed.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

RUNS = max(5, int(os.environ.get("SEALKIT_BENCH_RUNS", "5")))
BIN = Path(sys.executable).parent


def program(name: str) -> str:
    """The path of a program of this environment. Ends the run with a hint where it is missing."""
    found = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        sys.exit(f"{name}: not found; run: make peers")
    return found


def peer(name: str) -> Path:
    """A tool that `make peers` built. Ends the run with a hint where it is missing."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from peertools import find

    found = find(name, {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", "")})
    if found is None:
        sys.exit(f"{name}: not built; run: make peers")
    return found


def timed(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(what: str, ours: Callable[[], object], theirs: Callable[[], object], *, peer: str, target: str = "") -> float:
    """Run both in turn, after one warm-up each; print the medians and `peer / sealkit`: above 1, sealkit is the faster."""
    ours()
    theirs()
    mine, other = [], []
    for _ in range(RUNS):
        mine.append(timed(ours))
        other.append(timed(theirs))
    a, b = statistics.median(mine), statistics.median(other)
    aim = f"  (aim: {target})" if target else ""
    print(f"{what}: sealkit {a:.3f} s, {peer} {b:.3f} s, {peer} / sealkit = {b / a:.2f}{aim}", flush=True)
    return b / a


def memory(
    what: str, ours: Sequence[str | Path], theirs: Sequence[str | Path], *, peer: str, target: str = ""
) -> float:
    """Print the peak resident memory of both programs and `peer / sealkit`: above 1, sealkit needs less."""
    a, b = _peak(ours), _peak(theirs)
    aim = f"  (aim: {target})" if target else ""
    print(
        f"{what}: sealkit {a / 1024:.0f} MiB, {peer} {b / 1024:.0f} MiB, {peer} / sealkit = {b / a:.2f}{aim}",
        flush=True,
    )
    return b / a


def _peak(args: Sequence[str | Path]) -> int:
    """KiB, the median of the runs. Each child is waited for by itself: RUSAGE_CHILDREN is the largest of all that ever ran."""
    peaks = []
    for _ in range(RUNS):
        child = subprocess.Popen([str(a) for a in args], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{args[0]} ended with {child.returncode}")
        peaks.append(used.ru_maxrss // (1024 if sys.platform == "darwin" else 1))
    return int(statistics.median(peaks))


def run(args: Sequence[str | Path], cwd: Path | None = None, *, ok: Sequence[int] = (0,), env: dict[str, str] | None = None,
        data: bytes | None = None) -> bytes:  # fmt: skip
    """Standard output of a program. Ends the run where it fails: a benchmark of a failing program measures nothing."""
    done = subprocess.run([str(a) for a in args], cwd=cwd, capture_output=True, env=env, input=data, check=False)
    if done.returncode not in ok:
        sys.exit(f"{args[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout


@contextmanager
def house() -> Iterator[Path]:
    """A folder with a HOME of its own, set in the environment while it lasts."""
    folder = Path(tempfile.mkdtemp(prefix="skbench"))
    before = dict(os.environ)
    for name in [
        n for n in os.environ if n.startswith(("SOPS_", "GIT_", "KUBECONFIG", "SEALKIT_SIGNER", "GNUPG", "PYTHONDONT"))
    ]:
        del os.environ[name]
    (folder / "gnupg").mkdir(mode=0o700)
    (folder / "repo").mkdir()
    # the cache stays where it is: the control plane and the peers were built into it once
    cache = before.get("XDG_CACHE_HOME") or str(Path(before.get("HOME", "/")) / ".cache")
    os.environ.update(
        HOME=str(folder), XDG_CONFIG_HOME=str(folder / ".config"), XDG_CACHE_HOME=cache, GNUPGHOME=str(folder / "gnupg")
    )
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = Bench\n\temail = bench@example.invalid\n[init]\n\tdefaultBranch = main\n"
    )
    try:
        yield folder
    finally:
        if shutil.which("gpgconf"):
            subprocess.run(["gpgconf", "--kill", "all"], check=False, capture_output=True)
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(folder, ignore_errors=True)


def age_key(folder: Path) -> str:
    """A new age key where sops looks for it; its recipient."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    keys = folder / ".config/sops/age/keys.txt"
    keys.parent.mkdir(parents=True)
    keys.write_text(f"{identity}\n")
    keys.chmod(0o600)
    return str(identity.to_public())
