"""Time and memory of a scan of hostile or very large files: seconds for each thousand secrets must stay the same as they grow.

Each input is read in a process of its own, so that the peak memory is that of the one input.
"""

from __future__ import annotations

import base64
import gzip
import io
import resource
import secrets
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

SIZES = (1000, 2000, 4000, 8000)


def _named(count: int, sign: str) -> str:
    return "".join(f"{secrets.token_hex(3)}_password{sign}{secrets.token_urlsafe(18)}\n" for _ in range(count))


def _tokens(count: int) -> list[str]:
    return ["gh" + "p_" + secrets.token_hex(18) for _ in range(count)]


def _archive(count: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for nth in range(count):
            archive.writestr(f"f{nth}.yaml", f"a{nth}: 1\n")
    return out.getvalue()


INPUTS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "yaml": ("a.yaml", lambda count: _named(count, ": ").encode()),
    "env": (".env", lambda count: _named(count, "=").encode()),
    "json on one line": ("a.json", lambda count: ("{" + ",".join(
        f'"{secrets.token_hex(3)}_password": "{secrets.token_urlsafe(18)}"' for _ in range(count)) + "}").encode()),
    "tokens": ("a.txt", lambda count: "\n".join(_tokens(count)).encode()),
    "tokens in base64": ("a.txt", lambda count: b"\n".join(base64.b64encode(t.encode()) for t in _tokens(count))),
    "gzip of one line again and again": ("a.gz", lambda count: gzip.compress(_named(1, ": ").encode() * count)),
    "zip of files": ("a.zip", _archive),
    "comments": ("a.yaml", lambda count: b"# password: x\n" * count),
    "comments that differ": ("a.yaml", lambda count: "".join(f"# key{n}=value{n}\n" for n in range(count)).encode()),
    "weak passwords in comments": ("a.yaml", lambda count: "".join(f"# password: x{n}\n" for n in range(count)).encode()),
}  # fmt: skip


def measure(name: str, count: int) -> tuple[float, int]:
    """Seconds and peak MiB of a process that scans one input of this size and renders the report."""
    done = subprocess.run([sys.executable, __file__, name, str(count)], capture_output=True, text=True, check=True)
    seconds, peak = done.stdout.split()
    return float(seconds), int(peak)


def scan(name: str, count: int) -> None:
    """Scan one input in this process; print seconds of processor time, which other programs change least, and peak MiB."""
    from sealkit.report import formats
    from sealkit.scan.context import Context
    from sealkit.scan.engine import scan_blob

    path, make = INPUTS[name]
    data = make(count)
    scan_blob("warm.yaml", b"a: 1\n", Context())
    start = time.process_time()
    formats.render(scan_blob(path, data, Context()), "json")
    seconds = time.process_time() - start
    print(f"{seconds:.4f} {_peak()}")


def _peak() -> int:
    """The most memory that this process has had, in MiB. Linux counts what the parent had at the fork in `ru_maxrss`."""
    status = Path("/proc/self/status")
    if status.is_file():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM:"))
        return int(line.split()[1]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 20


def main() -> None:
    """Print a line for each input: the time of a thousand at each size, and the peak memory of the largest."""
    for name in INPUTS:
        runs = [measure(name, size) for size in SIZES]
        times = ", ".join(f"{1000 * 1000 * run[0] / size:.0f}" for size, run in zip(SIZES, runs, strict=True))
        print(f"{name}: {times} ms for each 1,000 at {SIZES[0]:,} to {SIZES[-1]:,}; {runs[-1][1]} MiB", flush=True)


if __name__ == "__main__":
    scan(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else main()
