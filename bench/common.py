"""Shared helpers of the benchmarks: run both programs alternately, take medians of at least five runs, print a ratio.

Absolute times mean little on a shared machine; the ratio of two programs that ran alternately is stable. Fixtures are created for
each run, with generated values, in a folder that is removed.
"""

from __future__ import annotations

import functools
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
    """The path of a program in the virtual environment or on the PATH. Exits with a hint if it is missing."""
    path = shutil.which(name, path=f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        sys.exit(f"{name}: not found; run: make peers")
    return path


@functools.cache
def peer(name: str) -> Path:
    """The path of a tool that `make peers` built. Exits with a hint if it is missing."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from peertools import find

    path = find(name, {"XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", "")})
    if path is None:
        sys.exit(f"{name}: not built; run: make peers")
    return path


def timed(action: Callable[[], object]) -> float:
    """The wall-clock time of one call, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(
    title: str, ours: Callable[[], object], theirs: Callable[[], object], *, peer: str, target: str = ""
) -> float:
    """Run both alternately, after one warm-up each; print the medians. Returns `peer / sealkit`: above 1, sealkit is faster."""
    ours()
    theirs()
    our_times, their_times = [], []
    for _ in range(RUNS):
        our_times.append(timed(ours))
        their_times.append(timed(theirs))
    our_median, their_median = statistics.median(our_times), statistics.median(their_times)
    result = their_median / our_median
    aim = f"  (aim: {target})" if target else ""
    print(
        f"{title}: sealkit {our_median:.3f} s, {peer} {their_median:.3f} s, {peer} / sealkit = {result:.2f}{aim}",
        flush=True,
    )
    return result


def memory(
    title: str, ours: Sequence[str | Path], theirs: Sequence[str | Path], *, peer: str, target: str = ""
) -> float:
    """Print the peak resident memory of both programs. Returns `peer / sealkit`: above 1, sealkit needs less."""
    our_peak, their_peak = _peak(ours), _peak(theirs)
    result = their_peak / our_peak
    aim = f"  (aim: {target})" if target else ""
    print(
        f"{title}: sealkit {our_peak / 1024:.0f} MiB, {peer} {their_peak / 1024:.0f} MiB, "
        f"{peer} / sealkit = {result:.2f}{aim}",
        flush=True,
    )
    return result


def _peak(args: Sequence[str | Path]) -> int:
    """The median peak memory in KiB. `wait4` measures one child; RUSAGE_CHILDREN is the maximum of all children so far."""
    peaks = []
    for _ in range(RUNS):
        child = subprocess.Popen([str(a) for a in args], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"{args[0]} ended with {child.returncode}")
        peaks.append(usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1))
    return int(statistics.median(peaks))


def run(args: Sequence[str | Path], cwd: Path | None = None, *, ok: Sequence[int] = (0,), env: dict[str, str] | None = None,
        data: bytes | None = None) -> bytes:  # fmt: skip
    """Run a program and return its standard output. Exits if it fails: timing a program that fails is meaningless."""
    done = subprocess.run([str(a) for a in args], cwd=cwd, capture_output=True, env=env, input=data, check=False)
    if done.returncode not in ok:
        sys.exit(f"{args[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return done.stdout


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Yield a temporary folder that is HOME in the environment until the block ends. It holds an empty folder `repo`."""
    folder = Path(tempfile.mkdtemp(prefix="skbench"))
    before = dict(os.environ)
    for name in [
        n for n in os.environ if n.startswith(("SOPS_", "GIT_", "KUBECONFIG", "SEALKIT_SIGNER", "GNUPG", "PYTHONDONT"))
    ]:
        del os.environ[name]
    (folder / "gnupg").mkdir(mode=0o700)
    (folder / "repo").mkdir()
    # keep the cache folder: the control plane and the peer tools are built there
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
    """Create an age key where sops looks for it; returns its recipient."""
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    keys = folder / ".config/sops/age/keys.txt"
    keys.parent.mkdir(parents=True)
    keys.write_text(f"{identity}\n")
    keys.chmod(0o600)
    return str(identity.to_public())
