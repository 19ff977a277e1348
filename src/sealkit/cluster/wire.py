"""The wire: where sealed values leave this process, and the one module of this room that can see them.

A request carries the true values as JSON over TLS and nothing else does: no file, no argument, no log. Whatever a server says
back is cleaned of them here. Other modules of this room carry `Sensitive` leaves and ask `holds` a question about one.
"""

from __future__ import annotations

import base64
import binascii
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sealkit.cluster.server_errors import Answer
from sealkit.errors import SealkitError
from sealkit.model.objects import Manifest
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import Body, Fields, Tree, as_mapping, walk
from sealkit.printable import MASK
from sealkit.reveal import Redactor, reveal, reveal_tree
from sealkit.yamlspan.scalars import Scalar

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 40.0
"""A server whose etcd hangs answers 504 after 34 s (measured): wait for that answer."""


class DroppedError(Exception):
    """No answer came: `tls` says that the certificate or the protocol does not hold, so asking again is useless."""

    def __init__(self, text: str, *, tls: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.tls = tls


class Wire:
    """One cluster's HTTP, on the connection pool of the official client (kubeconfig, TLS, proxies are its business)."""

    def __init__(
        self, pool: Any, host: str, token: Callable[[], str | None], renew: Callable[[], bool] = lambda: False
    ) -> None:
        self._pool = pool
        self.host = host.rstrip("/")
        self._token = token
        self._renew = renew
        self._renewed = self._other = False
        self._lock = threading.Lock()

    def renew(self) -> bool:
        """Get other credentials, once in a run; whether it is worth asking again."""
        with self._lock:
            if not self._renewed:
                self._renewed, self._other = True, self._renew()
            return self._other

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Tree = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        """One request, no second try. Raises DroppedError where no answer comes."""
        import urllib3

        headers = {"Accept": accept, "User-Agent": "sealkit"}
        with self._lock:
            token = self._token()
        if token:
            headers["Authorization"] = token
        data = None
        if body is not None:
            headers["Content-Type"] = content_type
            data = encoded(body)
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
        try:
            answer = self._pool.request(
                method, self.host + path, body=data, headers=headers, retries=False, timeout=timeout, redirect=False
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _dropped(error) from None
        return Answer(answer.status, answer.data, answer.headers)


def _dropped(error: BaseException) -> DroppedError:
    """What happened, without the address (messages name it) and never with a body."""
    chain: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in chain:
        chain.append(at)
        inner = next((arg for arg in at.args if isinstance(arg, BaseException)), None)
        at = inner or at.__cause__ or at.__context__
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return DroppedError(
                f"its certificate does not hold: {link.verify_message or link.reason}".lower(), tls=True
            )
        if isinstance(link, ssl.SSLError) and not isinstance(link, ssl.SSLEOFError):
            return DroppedError(f"no TLS: {(link.reason or 'handshake failed').lower().replace('_', ' ')}", tls=True)
        if isinstance(link, OSError) and link.strerror and not isinstance(link, ssl.SSLError):
            return DroppedError(link.strerror.lower())
    kind = type(error).__name__.removesuffix("Error")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
    return DroppedError({"protocol": "the connection broke"}.get(words, words))


def encoded(body: Tree) -> bytes:
    """A body with its true values, as it is sent. Raises SealkitError for what JSON cannot hold (`.nan`)."""
    try:
        return json.dumps(reveal_tree(body), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        raise SealkitError(
            "an object holds a number or text that JSON cannot hold", hint="look for .nan, .inf and broken characters"
        ) from None


def holds(leaf: Tree, question: Callable[[Scalar], bool]) -> bool:
    """Ask a question about the value of a leaf; it says yes or no."""
    return question(reveal(leaf))


def fits(template: str, leaf: Tree, mask: str = MASK) -> bool:
    """Whether a value is the template with something in place of each mask, so that the template may be shown for it."""
    value = reveal(leaf)
    pieces = template.split(mask)
    if not isinstance(value, str) or len(pieces) < 2:
        return False
    if not value.startswith(pieces[0]) or not value.endswith(pieces[-1]):
        return False
    at, end = len(pieces[0]), len(value) - len(pieces[-1])
    for piece in pieces[1:-1]:
        found = value.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return at <= end


def data_of_secret(body: Fields) -> Body:
    """A Secret with its `stringData` moved into `data`, so that a key that goes from the manifest goes from the cluster
    (measured: a key that went from `stringData` stays). Other fields are as they were."""
    texts = body.get("stringData")
    if not isinstance(texts, Mapping):
        return {key: value for key, value in body.items() if key != "stringData"}
    data = dict(as_mapping(body.get("data")))
    for key, leaf in texts.items():
        raw = base64.b64encode(str(reveal(leaf)).encode()).decode()
        data[key] = Sensitive(raw, mask=leaf.mask, origins=leaf.origins) if isinstance(leaf, Sensitive) else raw
    return {**{key: value for key, value in body.items() if key != "stringData"}, "data": data}


class Scrubber:
    """Cleans what a server says of every value that was sent to it, or would have been."""

    def __init__(self) -> None:
        self._values: list[object] = []
        self._known: dict[int, Manifest] = {}
        self._redactor: Redactor | None = None
        self._lock = threading.Lock()

    def learn(self, manifests: Iterable[Manifest]) -> None:
        """Take in the sealed values of these objects, and all of their Secrets."""
        with self._lock:
            for manifest in manifests:
                if id(manifest) not in self._known:
                    self._known[id(manifest)] = manifest
                    self._values += _values(manifest)
                    self._redactor = None

    def clean(self, text: str) -> str:
        """`text` with a mask for every known value, in every spelling."""
        with self._lock:
            if self._redactor is None:
                self._redactor = Redactor(self._values)
            return self._redactor.clean(text)

    def holds(self, leaf: Tree) -> bool:
        """Whether a known value stands in a leaf."""
        value = reveal(leaf)
        return isinstance(value, str) and self.clean(value) != value


def _values(manifest: Manifest) -> Iterator[object]:
    secret = manifest.ref.kind == "Secret" and not manifest.ref.group
    for route, leaf in walk(manifest.body):
        inside = secret and route.keys[:1] in {("data",), ("stringData",)}
        if not isinstance(leaf, Sensitive) and not (inside and isinstance(leaf, str)):
            continue
        yield leaf
        if inside and route.keys[0] == "data" and isinstance(value := reveal(leaf), str):
            try:
                yield base64.b64decode(value, validate=True).decode()
            except (binascii.Error, ValueError):
                continue
