"""The parent process of a control plane's programs. It outlives the process that started it, to clean up.

It reads one command per line (a JSON list: name, program, arguments) from its standard input and starts it. The output goes to
`NAME.log` in its folder; when the program ends, its exit code goes to `NAME.exit`. At the end of the input, for whatever reason
(done, an exception, `kill -9`), the keeper kills all programs and removes the folder. On Linux they also die when the keeper is
killed.

It uses only the standard library and is run by its path, in the folder of the control plane, with a minimal environment.
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
_POLL_INTERVAL = 0.1
"""Seconds between two checks for programs that have ended."""


def main(folder: Path) -> int:
    """Start the programs that the input names until it ends, then clean up. The exit code."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)  # only the end of the input stops the keeper
    children: dict[str, subprocess.Popen[bytes]] = {}
    running: set[str] = set()
    prepare = _child_setup()
    pending = b""
    try:
        while True:
            if select.select([0], [], [], _POLL_INTERVAL)[0]:
                data = os.read(0, 1 << 16)
                if not data:
                    return 0
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    name, *command = json.loads(line)
                    try:
                        children[name] = _start(folder, name, command, prepare)
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


def _start(folder: Path, name: str, command: list[str], prepare: Callable[[], None]) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            preexec_fn=prepare,  # noqa: PLW1509 - there are no threads here
        )  # fmt: skip


def _child_setup() -> Callable[[], None]:
    """What a child runs before its program: restore signals and, on Linux, ask the kernel to kill it when the keeper dies."""
    keeper = os.getpid()
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def prepare() -> None:
        for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_DFL)
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != keeper:
                os._exit(1)  # the keeper died before the line above

    return prepare


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
