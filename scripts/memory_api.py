"""A stand-in for a Kubernetes API server, in memory and on loopback, for `make demo` where no control plane is at hand.

It is not Kubernetes. It keeps objects, answers discovery, takes server-side apply from one manager at a time, and calls every
workload ready at once. It validates nothing, runs nothing and forgets everything at the end. What a real API server makes of a
house, `sealkit rehearse` and the tests find out.
"""

from __future__ import annotations

import json
import secrets
import shutil
import ssl
import sys
import tempfile
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from memory_store import Object, Store

from sealkit.rehearse.certificates import Authority

CONTEXT = "sealkit-memory"
VERSION = "v1.37.0-in-memory"
APPLY = "application/apply-patch+yaml"


class _Refused(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, code: int, reason: str, message: str, kind: str = "") -> None:
        super().__init__(message)
        details = {"kind": kind} if kind else {}
        self.body = {
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": message, "reason": reason, "details": details, "code": code,
        }  # fmt: skip
        self.code = code


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store
    token: str

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer(lambda path, query: (200, self._get(path, query)))

    def do_PATCH(self) -> None:
        self._answer(self._patch)

    def do_POST(self) -> None:
        self._answer(self._post)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def _answer(self, act: Any) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.sent = json.loads(self.rfile.read(length)) if length else {}
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        try:
            if not secrets.compare_digest(self.headers.get("Authorization", ""), f"Bearer {self.token}"):
                raise _Refused(401, "Unauthorized", "Unauthorized")
            with self.store.lock:
                code, body = act(url.path.rstrip("/"), query)
                data = json.dumps(body).encode()
        except _Refused as refused:
            code, data = refused.code, json.dumps(refused.body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _get(self, path: str, query: Mapping[str, str]) -> Object:
        resources = self.store.resources
        groups = {version.partition("/")[0] for version in resources if "/" in version}
        if path == "/version":
            return {"major": "1", "minor": "37", "gitVersion": VERSION}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [self._group(name) for name in sorted(groups)],
            }
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if version in resources:
            return {
                "kind": "APIResourceList",
                "apiVersion": "v1",
                "groupVersion": version,
                "resources": resources[version],
            }
        version, resource, collection, name = self._where(path)
        if name:
            return self._live(collection, name, resource["name"])
        items = [
            item
            for where, found in self.store.objects.items()
            if _within(where, collection)
            for item in found.values()
            if _selected(query.get("labelSelector", ""), item)
        ]
        return {"kind": f"{resource['kind']}List", "apiVersion": version, "metadata": {}, "items": items}

    def _group(self, name: str) -> Object:
        versions = [
            {"groupVersion": each, "version": each.partition("/")[2]}
            for each in self.store.resources
            if each.startswith(f"{name}/")
        ]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _live(self, collection: str, name: str, kind: str) -> Object:
        found = self.store.objects.get(collection, {}).get(name)
        if found is None:
            raise _Refused(404, "NotFound", f'{kind} "{name}" not found', kind)
        return found

    def _patch(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, name = self._where(path)
        if self.headers.get("Content-Type") != APPLY:
            raise _Refused(415, "UnsupportedMediaType", "this stand-in only takes server-side apply")
        self._in_namespace(path, resource)
        return self.store.apply(collection, name, self.sent, query.get("fieldManager", ""), dry="dryRun" in query)

    def _post(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, _ = self._where(path)
        self._in_namespace(path, resource)
        name = self.sent["metadata"]["name"]
        if name in self.store.objects.get(collection, {}):
            raise _Refused(409, "AlreadyExists", f'{resource["name"]} "{name}" already exists', resource["name"])
        return self.store.apply(collection, name, self.sent, query.get("fieldManager", ""), dry="dryRun" in query)

    def _delete(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, name = self._where(path)
        self._live(collection, name, resource["name"])
        if "dryRun" not in query:
            del self.store.objects[collection][name]
            for key in [key for key in self.store.applied if key[:2] == (collection, name)]:
                del self.store.applied[key]
            if resource["kind"] == "Namespace":
                for where in [each for each in self.store.objects if f"/namespaces/{name}/" in each]:
                    del self.store.objects[where]
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}

    def _where(self, path: str) -> tuple[str, Object, str, str]:
        """The group and version, the resource, the path of the collection, and the name of the object or nothing."""
        parts = path.strip("/").split("/")
        skip = 2 if parts[0] == "api" else 3
        version = "/".join(parts[1:skip])
        rest = parts[skip:]
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            rest = rest[2:]
        known = {each["name"]: each for each in self.store.resources.get(version, [])}
        if not rest or rest[0] not in known or len(rest) > 2:
            raise _Refused(404, "NotFound", "404 page not found")
        name = rest[1] if len(rest) == 2 else ""
        return version, known[rest[0]], path.removesuffix(f"/{name}") if name else path, name

    def _in_namespace(self, path: str, resource: Object) -> None:
        if resource["namespaced"]:
            name = path.partition("/namespaces/")[2].partition("/")[0]
            self._live("/api/v1/namespaces", name, "namespaces")


def _within(where: str, collection: str) -> bool:
    """Whether a collection is the one asked for, or that of one namespace where all namespaces are asked for."""
    if where == collection:
        return True
    head, _, kind = collection.rpartition("/")
    return "/namespaces/" not in collection and where.startswith(f"{head}/namespaces/") and where.endswith(f"/{kind}")


def _selected(selector: str, item: Object) -> bool:
    labels = item["metadata"].get("labels") or {}
    pairs = [term.partition("=") for term in selector.split(",") if term]
    return all(labels.get(key) == value for key, _, value in pairs)


class MemoryApi:
    """`with MemoryApi() as api:` serves until the block ends. `kubeconfig` is a file with a throw-away token, `url` the address,
    `store` what it keeps."""

    kubeconfig: Path
    url: str

    def __enter__(self) -> Self:
        self.store, token = Store(), secrets.token_urlsafe(24)
        handler = type("Handler", (_Handler,), {"store": self.store, "token": token})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"https://127.0.0.1:{self._server.server_port}"
        self._folder = Path(tempfile.mkdtemp(prefix="sealkit-memory-"))
        authority = Authority(self._folder)
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*authority.issue("server", "memory"))
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.kubeconfig = self._folder / "kubeconfig"
        self.kubeconfig.touch(mode=0o600)
        config = {
            "apiVersion": "v1", "kind": "Config", "current-context": CONTEXT,
            "clusters": [{"name": CONTEXT, "cluster": {"server": self.url, "certificate-authority": str(authority.path)}}],
            "users": [{"name": CONTEXT, "user": {"token": token}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": CONTEXT}}],
        }  # fmt: skip
        self.kubeconfig.write_text(json.dumps(config))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        shutil.rmtree(self._folder, ignore_errors=True)


if __name__ == "__main__":
    with MemoryApi() as running:
        print(f"an in-memory stand-in, not Kubernetes: export KUBECONFIG={running.kubeconfig}", file=sys.stderr)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(130)
