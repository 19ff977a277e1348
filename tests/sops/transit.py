"""A key service with the transit API of Vault, for the real `sops`."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cryptography.fernet import Fernet

TOKEN = "s.made-up-for-this-test"


@dataclass
class Transit:
    """A running service. `seen` are its requests (path and token); it calls `look` at each."""

    address: str = ""
    seen: list[tuple[str, str]] = field(default_factory=list)
    look: Callable[[], None] = lambda: None


@contextmanager
def serving() -> Iterator[Transit]:
    """A service with one key, on a free port."""
    box, service = Fernet(Fernet.generate_key()), Transit()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.seen.append((self.path, self.headers.get("X-Vault-Token", "")))
            service.look()
            if "/encrypt/" in self.path:
                data = {"ciphertext": "vault:v1:" + box.encrypt(base64.b64decode(body["plaintext"])).decode()}
            else:
                plain = box.decrypt(body["ciphertext"].removeprefix("vault:v1:").encode())
                data = {"plaintext": base64.b64encode(plain).decode()}
            out = json.dumps({"data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
