"""The parent of a control plane's processes, a process of its own that outlives whoever started it by a moment.

It reads one command per line (a JSON list: name, program, arguments) from its standard input and starts it, output to
`NAME.log` in its folder; when one ends, `NAME.exit` holds its code. At the end of the input, however that came about (done,
an exception, `kill -9`), it kills them all and removes the folder. On Linux they also die when the keeper is killed.

Only the standard library, and run by its path: it starts in the folder of the control plane with an environment of its own.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOOK = 0.1
"""Seconds between two looks at who has ended."""


def main(folder: Path) -> int:
    """Start what the input asks for until it ends, then leave nothing behind."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # the input's end is what stops us
    children: dict[str, subprocess.Popen[bytes]] = {}
    running: set[str] = set()
    tie = _tie()
    pending = b""
    try:
        while True:
            if select.select([0], [], [], _LOOK)[0]:
                data = os.read(0, 1 << 16)
                if not data:
                    return 0
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    name, *command = json.loads(line)
                    try:
                        children[name] = _start(folder, name, command, tie)
                        running.add(name)
                    except OSError as error:
                        (folder / f"{name}.log").write_text(f"{command[0]}: {error.strerror}\n")
                        (folder / f"{name}.exit").write_text("126")
            for name in [name for name in running if children[name].poll() is not None]:
                running.discard(name)
                (folder / f"{name}.exit").write_text(str(children[name].returncode))
    finally:
        for child in children.values():
            child.kill()
        for child in children.values():
            child.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, name: str, command: list[str], tie: Callable[[], None]) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=tie,  # noqa: PLW1509 - there are no threads here
        )  # fmt: skip


def _tie() -> Callable[[], None]:
    """What a child does first: on Linux, ask the kernel to be killed when the keeper dies."""
    keeper = os.getpid()
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie() -> None:
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_DFL)
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)  # the keeper died before the line above

    return tie


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
