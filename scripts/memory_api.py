"""An in-memory API server on loopback, for `make demo` if no control plane is built.

It is not Kubernetes. It stores objects, answers discovery, accepts server-side apply from one field manager at a time, and
reports every workload as ready at once. It validates nothing and runs nothing. `sealkit rehearse` and the
tests use a real API server.
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


class _ApiError(Exception):
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
        """Log nothing."""

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
        self.request_body = json.loads(self.rfile.read(length)) if length else {}
        url = urlsplit(self.path)
        query = {key: values[-1] for key, values in parse_qs(url.query).items()}
        try:
            if not secrets.compare_digest(self.headers.get("Authorization", ""), f"Bearer {self.token}"):
                raise _ApiError(401, "Unauthorized", "Unauthorized")
            with self.store.lock:
                code, body = act(url.path.rstrip("/"), query)
                data = json.dumps(body).encode()
        except _ApiError as error:
            code, data = error.code, json.dumps(error.body).encode()
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
        version, resource, collection, name = self._parse_path(path)
        if name:
            return self._live(collection, name, resource["name"])
        items = [
            item
            for path_of_objects, objects in self.store.objects.items()
            if _is_listed(path_of_objects, collection)
            for item in objects.values()
            if _matches(query.get("labelSelector", ""), item)
        ]
        return {"kind": f"{resource['kind']}List", "apiVersion": version, "metadata": {}, "items": items}

    def _group(self, name: str) -> Object:
        versions = [
            {"groupVersion": api_version, "version": api_version.partition("/")[2]}
            for api_version in self.store.resources
            if api_version.startswith(f"{name}/")
        ]
        return {"name": name, "versions": versions, "preferredVersion": versions[0]}

    def _live(self, collection: str, name: str, kind: str) -> Object:
        live = self.store.objects.get(collection, {}).get(name)
        if live is None:
            raise _ApiError(404, "NotFound", f'{kind} "{name}" not found', kind)
        return live

    def _patch(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, name = self._parse_path(path)
        if self.headers.get("Content-Type") != APPLY:
            raise _ApiError(415, "UnsupportedMediaType", "only server-side apply is supported")
        self._require_namespace(path, resource)
        return self.store.apply(
            collection, name, self.request_body, query.get("fieldManager", ""), dry="dryRun" in query
        )

    def _post(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, _ = self._parse_path(path)
        self._require_namespace(path, resource)
        name = self.request_body["metadata"]["name"]
        if name in self.store.objects.get(collection, {}):
            raise _ApiError(409, "AlreadyExists", f'{resource["name"]} "{name}" already exists', resource["name"])
        return self.store.apply(
            collection, name, self.request_body, query.get("fieldManager", ""), dry="dryRun" in query
        )

    def _delete(self, path: str, query: Mapping[str, str]) -> tuple[int, Object]:
        _, resource, collection, name = self._parse_path(path)
        self._live(collection, name, resource["name"])
        if "dryRun" not in query:
            del self.store.objects[collection][name]
            for key in [key for key in self.store.applied if key[:2] == (collection, name)]:
                del self.store.applied[key]
            if resource["kind"] == "Namespace":
                for other in [key for key in self.store.objects if f"/namespaces/{name}/" in key]:
                    del self.store.objects[other]
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}

    def _parse_path(self, path: str) -> tuple[str, Object, str, str]:
        """The API version, the resource, the path of the collection, and the name of the object (empty for a collection)."""
        parts = path.strip("/").split("/")
        prefix_length = 2 if parts[0] == "api" else 3
        version = "/".join(parts[1:prefix_length])
        rest = parts[prefix_length:]
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            rest = rest[2:]
        resources = {resource["name"]: resource for resource in self.store.resources.get(version, [])}
        if not rest or rest[0] not in resources or len(rest) > 2:
            raise _ApiError(404, "NotFound", "404 page not found")
        name = rest[1] if len(rest) == 2 else ""
        return version, resources[rest[0]], path.removesuffix(f"/{name}") if name else path, name

    def _require_namespace(self, path: str, resource: Object) -> None:
        """Raise _ApiError if the namespace in the path does not exist."""
        if resource["namespaced"]:
            name = path.partition("/namespaces/")[2].partition("/")[0]
            self._live("/api/v1/namespaces", name, "namespaces")


def _is_listed(path: str, collection: str) -> bool:
    """Whether a list request for `collection` includes the objects at `path`. A request for all namespaces includes each one."""
    if path == collection:
        return True
    head, _, kind = collection.rpartition("/")
    return "/namespaces/" not in collection and path.startswith(f"{head}/namespaces/") and path.endswith(f"/{kind}")


def _matches(selector: str, item: Object) -> bool:
    labels = item["metadata"].get("labels") or {}
    pairs = [term.partition("=") for term in selector.split(",") if term]
    return all(labels.get(key) == value for key, _, value in pairs)


class MemoryApi:
    """`with MemoryApi() as api:` serves until the block ends. `kubeconfig` is a file with a temporary token, `url` the address,
    `store` the objects."""

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
        print(f"an in-memory API server, not Kubernetes: export KUBECONFIG={running.kubeconfig}", file=sys.stderr)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(130)
