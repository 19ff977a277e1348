"""A proxy in front of the real API server that has moments: it refuses, answers 429, breaks the connection before the request
arrives or after it was carried out, or hangs. What it lets through is the real server's."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Fault = Callable[[str, str], str | None]
"""Method and path of a request to the name of a fault, or None."""
FAULTS = ("reset", "lost", "429", "429-status", "503", "500-etcd", "401", "legacy")


class FaultProxy:
    """`url` is plain HTTP on loopback. `fault` decides for each request; `seen` are the requests that reached the server."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        self.upstream, self.tls = url.removeprefix("https://"), tls
        self.fault: Fault = lambda *_: None
        self.seen: list[str] = []
        self.faults: list[str] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                proxy.handle(self)

            do_GET = do_PATCH = handle_any  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        fault = self.fault(request.command, request.path)
        if fault:
            self.faults.append(fault)
        if fault == "reset":
            request.close_connection = True
            return
        if fault in {"429", "429-status", "503", "500-etcd", "401"}:
            self._refuse(request, fault)
            return
        self.seen.append(f"{request.command} {request.path}")
        headers = {key: value for key, value in request.headers.items() if key.lower() not in {"host", "connection"}}
        if fault == "legacy":
            headers["Accept"] = "application/json"
        connection = http.client.HTTPSConnection(self.upstream, context=self.tls, timeout=60)
        connection.request(request.command, request.path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if fault == "lost":
            request.close_connection = True
            return
        request.send_response(answer.status)
        request.send_header("Content-Type", answer.headers["Content-Type"] or "text/plain")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    @staticmethod
    def _refuse(request: BaseHTTPRequestHandler, fault: str) -> None:
        status = int(fault[:3])
        text = {"500-etcd": "etcdserver: leader changed"}.get(fault, "not now")
        body = {"kind": "Status", "status": "Failure", "message": text, "code": status}
        plain = fault == "429"
        data = b"Too many requests, please try again later.\n" if plain else json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "text/plain" if plain else "application/json")
        request.send_header("Content-Length", str(len(data)))
        if status == 429:
            request.send_header("Retry-After", "0")
        request.end_headers()
        request.wfile.write(data)

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig that leads to the proxy."""
        path = folder / "proxy.json"
        path.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "clusters": [{"name": "p", "cluster": {"server": self.url}}],
                    "users": [{"name": "p", "user": {}}],
                    "contexts": [{"name": "proxy", "context": {"cluster": "p", "user": "p"}}],
                    "current-context": "proxy",
                }
            )
        )
        return path


@contextmanager
def proxied(url: str, tls: ssl.SSLContext) -> Iterator[FaultProxy]:
    """A running proxy."""
    proxy = FaultProxy(url, tls)
    thread = threading.Thread(target=proxy.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.server.shutdown()
        proxy.server.server_close()
        thread.join()
