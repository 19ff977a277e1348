"""Runs the command line in a process of its own without paying for its imports each time.

A server process imports the command line once and forks for every run. The fork gets the arguments, folder, environment and
standard streams of the run and calls the function that the installed `sealkit` script calls. What a fork cannot show (the imports
of a start, an environment that Python reads at its start) needs the installed script: `tests/cli`, the git hooks and every test
that starts `SEALKIT` itself use that.

Run as a program it is the server; `CommandServer` is the client. A request is one byte on the server's socket with five
descriptors: a file with the request as JSON, standard input, output and error, and a socket for the answer: first the process
id, then the exit code.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NoReturn

from commandline import AUDIT, SEALKIT

DESCRIPTORS = 5
READ_AT_START = ("LANG", "LC_", "PYTHON")
"""Beginnings of the names of variables that a Python reads before it runs any code of ours."""


class CommandServer:
    """The client: starts the server when it is first needed. One per test process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._start_settings = start_settings(os.environ)

    def run(
        self, args: Sequence[str], *, cwd: Path, input: str, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `sealkit ARGS` and wait for its end. Raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        argv = [str(SEALKIT), *args]
        if start_settings(env) != self._start_settings:
            env = {**env, "PYTHONPATH": str(AUDIT)}
            return subprocess.run(
                argv, cwd=cwd, input=input, env=env, capture_output=True, text=True, timeout=timeout, check=False
            )
        with tempfile.TemporaryFile() as request, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            request.write(json.dumps({"argv": argv, "cwd": str(cwd), "env": dict(env)}).encode())
            request.flush()
            with tempfile.TemporaryFile() as stdin:
                stdin.write(input.encode())
                stdin.seek(0)
                code = self._call([request, stdin, out, err], argv, timeout)
            return subprocess.CompletedProcess(argv, code, _text(out), _text(err))

    def close(self) -> None:
        """Stop the server."""
        if self._process and self._socket:
            self._socket.close()
            self._process.wait(10)

    def _call(self, files: Sequence[IO[bytes]], argv: Sequence[str], timeout: float) -> int:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._server(), [b"r"], [*(file.fileno() for file in files), theirs.fileno()])
            ours.settimeout(timeout)
            answers = ours.makefile("r")
            pid = int(answers.readline())
            try:
                return int(answers.readline())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(argv, timeout) from None

    def _server(self) -> socket.socket:
        if self._socket is None:
            self._socket, theirs = socket.socketpair()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, __file__, str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                )
        return self._socket


def start_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that matter at the start of a Python."""
    return {
        name: value
        for name, value in environ.items()
        if name.startswith(READ_AT_START) and name != "PYTHONPATH"  # set for the audit of children
    }


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n").replace("\r", "\n")


def serve(requests: socket.socket) -> None:
    """Fork for each request until the client closes its end."""
    import_commands()
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, 1, DESCRIPTORS)
        if not message:
            return
        if os.fork() == 0:
            requests.close()
            watch(descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def import_commands() -> None:
    """All of sealkit and what most commands import. Not kubernetes: it reads the environment when it is imported."""
    import pkgutil

    import hyperscan  # noqa: F401
    import pyrage  # noqa: F401
    import re2  # noqa: F401
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: F401

    import sealkit

    for module in pkgutil.walk_packages(sealkit.__path__, "sealkit."):
        if module.name != "sealkit.rehearse.keeper":  # a program of its own
            __import__(module.name)
    assert "kubernetes" not in sys.modules


def watch(descriptors: list[int]) -> NoReturn:
    """Fork once more, for the run; tell the client its process id and its exit code."""
    answer = socket.socket(fileno=descriptors.pop())
    pid = os.fork()
    if pid == 0:
        answer.close()
        become(descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    answer.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    answer.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(descriptors: list[int]) -> NoReturn:
    """Be the process of one run."""
    with open(descriptors[0], "rb") as file:  # noqa: PTH123
        file.seek(0)
        request = json.load(file)
    for number, descriptor in enumerate(descriptors[1:]):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = request["argv"]
    runpy.run_path(str(AUDIT / "sitecustomize.py"))

    from sealkit.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
