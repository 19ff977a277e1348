"""A real control plane on loopback, for as long as a `with` block lasts: etcd, kube-apiserver, kube-controller-manager.

Nothing listens beyond 127.0.0.1, every port wants a certificate of an authority that exists only in the folder of this one
control plane, and at the end (done, exception, Ctrl-C, even `kill -9`) the keeper stops it all and removes the folder.
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

_PATIENCE = 180.0
"""Seconds until a process that has not become ready counts as failed; about 5 are usual on two idle cores."""
_TRIES = 3
"""A free port may be taken by another program before ours listens on it."""
_TAIL = 6
_TAKEN = "address already in use"


class ControlPlane:
    """`with ControlPlane(binaries) as plane:` starts it and waits until it is ready. Raises SealkitError with the last lines of
    the log of what did not start.

    `kubeconfig` is a file (mode 0600, in a folder of mode 0700) with a throw-away certificate that may do everything; `url`
    the address of the API server; `folder` where it all lies, `folder / "etcd"` what etcd wrote.
    """

    kubeconfig: Path
    url: str
    folder: Path

    def __init__(self, binaries: Binaries, say: Say = silent, *, patience: float = _PATIENCE) -> None:
        self.binaries = binaries
        self._say = say
        self._patience = patience
        self._keeper: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        for left in reversed(range(_TRIES)):
            try:
                self._start()
                return self
            except _PortTakenError:
                self._stop()
                if not left:
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
        """For who speaks to the API server without a kubeconfig: trusts it and carries the client certificate."""
        context = ssl.create_default_context(cafile=self.folder / "ca.crt")
        context.load_cert_chain(self.folder / "client.crt", self.folder / "client.key")
        return context

    # --- starting

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sealkit-rehearse-"))
        self._keeper = subprocess.Popen(
            # by path and isolated: the folder we stand in may be a stranger's clone with modules of its own
            [sys.executable, "-I", keeper.__file__, str(self.folder)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"}, start_new_session=True,
        )  # fmt: skip
        authority = Authority(self.folder)
        authority.issue("server", "kube-apiserver")
        authority.issue("client", "sealkit-rehearse", "system:masters")
        authority.signer("accounts")
        ports = _free_ports(3)
        self._port = ports[2]
        self.url = f"https://127.0.0.1:{self._port}"
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(self._config(), indent=1))

        self._run("etcd", self.binaries.etcd, program_flags.etcd(self.folder, ports[0], ports[1]))
        self._until("etcd", lambda: self._answers(ports[0], "/health"))
        self._run("kube-apiserver", self.binaries.apiserver, program_flags.apiserver(self.folder, ports[0], self._port))
        self._until("kube-apiserver", lambda: self._answers(self._port, "/readyz"))
        if self.binaries.controller_manager is not None:
            self._run("kube-controller-manager", self.binaries.controller_manager, program_flags.manager(self.folder))
            self._until("kube-controller-manager", self._controlled)

    def _config(self) -> dict[str, object]:
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
            raise SealkitError(f"{name} did not start: its keeper is gone") from None

    def _until(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._patience
        while not ready():
            if self._gone(name):
                tail = self._tail(name)
                raise (_PortTakenError if _TAKEN in tail else SealkitError)(f"{name} did not start: {tail}")
            if time.monotonic() > deadline:
                raise SealkitError(f"{name} was not ready after {self._patience:.0f} s: {self._tail(name)}")
            time.sleep(0.05)

    def _gone(self, name: str) -> bool:
        return (self.folder / f"{name}.exit").exists() or (self._keeper is not None and self._keeper.poll() is not None)

    def _tail(self, name: str) -> str:
        """The last words of a process in one line. Nothing in them is secret: it has only ever seen stand-ins."""
        path = self.folder / f"{name}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return " | ".join(line.strip() for line in lines[-_TAIL:] if line.strip()) or "it said nothing"

    def _answers(self, port: int, path: str) -> bool:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=self.tls(), timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _controlled(self) -> bool:
        """Controllers run once the first of them has made the service account that every pod needs."""
        return self._answers(self._port, "/api/v1/namespaces/default/serviceaccounts/default")

    # --- stopping

    def _stop(self) -> None:
        keeper_, self._keeper = self._keeper, None
        if keeper_ is not None:
            assert keeper_.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                keeper_.stdin.close()
            keeper_.wait()
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder, ignore_errors=True)  # where the keeper never ran


class _PortTakenError(SealkitError):
    """Somebody else listens on the port that was free a moment ago."""


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
