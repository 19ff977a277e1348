"""A real control plane on loopback, for as long as a `with` block lasts: etcd, kube-apiserver, kube-controller-manager.

Everything listens on 127.0.0.1 only. Every port requires a certificate of an authority that exists only in the folder of this
control plane. At the end (done, exception, Ctrl-C, even `kill -9`) the keeper stops the programs and removes the folder.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sealkit.errors import SealkitError
from sealkit.rehearse import keeper, program_flags
from sealkit.rehearse.binaries import Binaries
from sealkit.rehearse.certificates import Authority
from sealkit.rehearse.go_build import Say, silent

CONTEXT = "sealkit-rehearse"
"""The name of the context, the cluster and the user in the kubeconfig."""

_START_TIMEOUT = 180.0
"""Seconds until a program that is not ready counts as failed. About 5 are usual on two idle cores."""
_ATTEMPTS = 3
"""Another program may take a free port before ours listens on it."""
_LOG_LINES = 6
"""How many of the last lines of a log an error quotes."""
_PORT_TAKEN = "address already in use"


class ControlPlane:
    """`with ControlPlane(binaries) as plane:` starts it and waits until it is ready. Raises SealkitError with the last lines of
    the log of the program that did not start.

    `kubeconfig` is a file (mode 0600, in a folder of mode 0700) with a throw-away certificate that has all rights; `url` is
    the address of the API server; `folder` holds all files, `folder / "etcd"` those of etcd.
    """

    kubeconfig: Path
    url: str
    folder: Path

    def __init__(self, binaries: Binaries, say: Say = silent, *, start_timeout: float = _START_TIMEOUT) -> None:
        self.binaries = binaries
        self._say = say
        self._start_timeout = start_timeout
        self._keeper: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        for remaining in reversed(range(_ATTEMPTS)):
            try:
                self._start()
                return self
            except _PortTakenError:
                self._stop()
                if not remaining:
                    raise
            except BaseException:
                self._stop()
                raise
        raise AssertionError("unreachable")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def tls(self) -> ssl.SSLContext:
        """For a client without the kubeconfig: trusts the API server and has the client certificate."""
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context

    # --- starting

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sealkit-rehearse-"))
        self._keeper = subprocess.Popen(
            # by path and isolated: the current folder may be an untrusted clone with Python modules in it
            [sys.executable, "-I", keeper.__file__, str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}, start_new_session=True,
        )  # fmt: skip
        authority = Authority(self.folder)
        authority.issue("server", "kube-apiserver")
        authority.issue("client", "sealkit-rehearse", "system:masters")
        authority.issue_key_pair("accounts")
        ports = _free_ports(3)
        self._port = ports[2]
        self.url = f"https://127.0.0.1:{self._port}"
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(self._kubeconfig(), indent=1))

        self._run("etcd", self.binaries.etcd, program_flags.etcd(self.folder, ports[0], ports[1]))
        self._wait_until("etcd", lambda: self._answers(ports[0], "/health"))
        self._run("kube-apiserver", self.binaries.apiserver, program_flags.apiserver(self.folder, ports[0], self._port))
        self._wait_until("kube-apiserver", lambda: self._answers(self._port, "/readyz"))
        if self.binaries.controller_manager is not None:
            self._run(
                "kube-controller-manager",
                self.binaries.controller_manager,
                program_flags.controller_manager(self.folder),
            )
            self._wait_until("kube-controller-manager", self._controllers_run)

    def _kubeconfig(self) -> dict[str, object]:
        def data(file: str) -> str:
            return base64.b64encode((self.folder / file).read_bytes()).decode()

        user = {"client-certificate-data": data("client.crt"), "client-key-data": data("client.key")}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": CONTEXT, "cluster": {"server": self.url, "certificate-authority-data": data("ca.crt")}}
            ],
            "users": [{"name": CONTEXT, "user": user}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
            "current-context": CONTEXT,
        }

    def _run(self, name: str, program: Path, arguments: list[str]) -> None:
        self._say(f"starting {name}")
        assert self._keeper is not None
        assert self._keeper.stdin is not None
        try:
            self._keeper.stdin.write(json.dumps([name, str(program), *arguments]).encode() + b"\n")
            self._keeper.stdin.flush()
        except BrokenPipeError:
            raise SealkitError(f"{name} did not start: its keeper has ended") from None

    def _wait_until(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._start_timeout
        while not ready():
            if self._has_ended(name):
                tail = self._last_log_lines(name)
                raise (_PortTakenError if _PORT_TAKEN in tail else SealkitError)(f"{name} did not start: {tail}")
            if time.monotonic() > deadline:
                raise SealkitError(
                    f"{name} was not ready after {self._start_timeout:.0f} s: {self._last_log_lines(name)}"
                )
            time.sleep(0.05)

    def _has_ended(self, name: str) -> bool:
        return (self.folder / f"{name}.exit").exists() or (self._keeper is not None and self._keeper.poll() is not None)

    def _last_log_lines(self, name: str) -> str:
        """The last lines of the log of a program, in one line. They hold no secret: the program has only seen stand-ins."""
        path = self.folder / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return " | ".join(line.strip() for line in lines[-_LOG_LINES:] if line.strip()) or "its log is empty"

    def _answers(self, port: int, path: str) -> bool:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=self.tls(), timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _controllers_run(self) -> bool:
        """Controllers run once one of them has created the service account that every pod needs."""
        return self._answers(self._port, "/api/v1/namespaces/default/serviceaccounts/default")

    # --- stopping

    def _stop(self) -> None:
        process, self._keeper = self._keeper, None
        if process is not None:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)  # in case the keeper never ran


class _PortTakenError(SealkitError):
    """Another program has taken the port."""


def _free_ports(count: int) -> list[int]:
    """Different free ports of loopback."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [sock.getsockname()[1] for sock in sockets]
    finally:
        for sock in sockets:
            sock.close()
