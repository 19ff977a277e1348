"""Which scalars of a manifest, or which spans of them, look like secrets. Needs no key.

This module knows the structure of manifests; `secrets.names` and `secrets.values` judge names and values. `split` and `scan`
share it, so `split` moves what `scan` reports.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sealkit.secrets.names import words
from sealkit.secrets.spans import Shape, secret_spans, shape_of
from sealkit.secrets.values import is_secret_value
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

_PLACEHOLDER_MARK = "sealed:"
"""Part of every placeholder."""
_KINDS_WITHOUT_SECRETS = frozenset(
    ["SealedSecret", "ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore", "PushSecret",
     "CustomResourceDefinition"]
)  # fmt: skip
"""Kinds whose values are encrypted, or that only refer to secrets or describe fields."""
_HEADER = re.compile(r"(?i:(?:bearer|basic|token)[ \t]+)(?P<value>\S{4,8192})\Z")
_OPTION = re.compile(r"--?(?P<name>[A-Za-z][A-Za-z0-9_-]{1,60})\Z")
_REFERENCE = re.compile(r"[a-z0-9.-]{1,200}-(?:secret|secrets|creds|credentials|tls|token|auth|password|key|cert)\Z")
_DEFAULT_LABELS = {
    Shape.PRIVATE_KEY: "private_key",
    Shape.TOKEN: "token",
    Shape.URL_PASSWORD: "password",
    Shape.BEARER: "credentials",
    Shape.ARGUMENT: "password",
    Shape.ASSIGNED: "value",
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """`node.text[start:end]` looks like a secret.

    `owner` is the name of the object and `label` the name of the value in it. `why` is the reason, for messages. `encoded` says
    that the schema of the field requires base64.
    """

    route: Route
    node: ScalarNode
    start: int
    end: int
    owner: str
    label: str
    why: str
    encoded: bool = False

    @property
    def whole(self) -> bool:
        """Whether the secret is the whole scalar."""
        return self.start == 0 and self.end == len(self.node.text)


@dataclass(frozen=True, slots=True)
class _ManifestObject:
    kind: str
    name: str
    secret: bool


def suspects(document: Document) -> list[Suspect]:
    """Everything in a document that looks like a secret, in document order and without overlaps."""
    if document.root is None:
        return []
    finder = _Finder(document)
    finder.node(document.root, Route(), _ManifestObject("", "", secret=False))
    unique = {(item.node.start, item.start): item for item in finder.items}
    return [unique[key] for key in sorted(unique)]


class _Finder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.items: list[Suspect] = []

    def node(self, node: Node, route: Route, owner: _ManifestObject, key: str = "") -> None:
        if isinstance(node, ScalarNode):
            self.scalar(node, route, owner, key)
        elif isinstance(node, SequenceNode):
            self.sequence(node, route, owner, key)
        else:
            self.mapping(node, route, owner)

    def mapping(self, node: MappingNode, route: Route, owner: _ManifestObject) -> None:
        kind = node.scalar("kind")
        if kind and node.scalar("apiVersion"):
            metadata = node.get("metadata")
            name = (metadata.scalar("name") if isinstance(metadata, MappingNode) else None) or owner.name
            owner = _ManifestObject(kind, name, kind == "Secret" and node.scalar("apiVersion") == "v1")
        if owner.kind in _KINDS_WITHOUT_SECRETS:
            return
        label, value = node.scalar("name") or node.scalar("key"), node.get("value")
        for key, child in node.items:
            if owner.secret and key.text in {"data", "stringData"} and isinstance(child, MappingNode):
                self.secret(child, route / key.text, owner, encoded=key.text == "data")
            elif child is value and key.text == "value" and label and isinstance(child, ScalarNode):
                self.scalar(child, route / key.text, owner, label)  # env, HTTP headers, Helm-like parameters
            else:
                self.node(child, route / key.text, owner, key.text)

    def secret(self, node: MappingNode, route: Route, owner: _ManifestObject, *, encoded: bool) -> None:
        for key, child in node.items:
            if not isinstance(child, ScalarNode):
                self.node(child, route / key.text, owner, key.text)
            elif _PLACEHOLDER_MARK in child.text:
                self.spans(child, route / key.text, owner, key.text)
            elif child.value(Dialect.KUBERNETES) not in (None, ""):
                self.whole(child, route / key.text, owner, key.text, "a key of a Secret", encoded=encoded)

    def sequence(self, node: SequenceNode, route: Route, owner: _ManifestObject, key: str) -> None:
        previous = ""
        for index, child in enumerate(node.items):
            if isinstance(child, ScalarNode):
                option = _OPTION.match(previous)
                if option and self._is_secret_argument(option["name"], child.text):
                    self.whole(child, route / index, owner, option["name"], Shape.ARGUMENT)
                else:
                    self.scalar(child, route / index, owner, "" if key in {"args", "command"} else key)
                previous = child.text
            else:
                self.node(child, route / index, owner, key)
                previous = ""

    def scalar(self, node: ScalarNode, route: Route, owner: _ManifestObject, name: str) -> None:
        text = node.text
        if node.tag is not None and node.tag[:1] == "!":
            return  # `!secret db`, `!env_var TOKEN`, `!Ref`: a reference that another program resolves
        if not text or not isinstance(value := node.value(Dialect.KUBERNETES), str | int) or isinstance(value, bool):
            return
        if isinstance(value, str) and (shape := shape_of(text)) is not None:
            self.whole(node, route, owner, name or _DEFAULT_LABELS[shape], shape)
        elif name.lower() == "authorization" and (match := _HEADER.match(text)):
            self.add(Suspect(route, node, *match.span("value"), owner.name, name, str(Shape.BEARER)))
        elif name.endswith("last-applied-configuration") and owner.secret:
            self.whole(node, route, owner, "last-applied-configuration", "a copy of a Secret")
        elif _PLACEHOLDER_MARK not in text and "\n" not in text.strip() and self._is_named_secret(name, value):
            if not ("://" in text and self.spans(node, route, owner, name)):
                self.whole(node, route, owner, name, Shape.ASSIGNED)
        elif isinstance(value, str):
            self.spans(node, route, owner, name)

    def spans(self, node: ScalarNode, route: Route, owner: _ManifestObject, name: str) -> bool:
        spans = secret_spans(node.text)
        for span in spans:
            suffix = span.name or _DEFAULT_LABELS[span.shape]
            label = f"{name}_{suffix}" if name and span.name != name else suffix
            self.add(Suspect(route, node, span.start, span.end, owner.name, label, str(span.shape)))
        return bool(spans)

    def whole(
        self, node: ScalarNode, route: Route, owner: _ManifestObject, label: str, why: str, *, encoded: bool = False
    ) -> None:
        self.add(Suspect(route, node, 0, len(node.text), owner.name, label, str(why), encoded))

    def add(self, suspect: Suspect) -> None:
        node = suspect.node
        if node.alias:
            anchored = self.document.anchors.get(self.document.text[node.start + 1 : node.end].strip())
            if not isinstance(anchored, ScalarNode):
                return  # part of an aliased mapping: reported at its anchor
            suspect = replace(suspect, node=anchored)
        self.items.append(suspect)

    @staticmethod
    def _is_named_secret(name: str, value: str | int) -> bool:
        if not is_secret_value(name, value):
            return False
        camel = words(name)[-1:] == ("secret",) and name.upper() != name
        return not (camel and isinstance(value, str) and _REFERENCE.match(value))

    @staticmethod
    def _is_secret_argument(option: str, value: str) -> bool:
        if option in {"p", "a"}:
            return False
        return not value.startswith("-") and is_secret_value(option, value)
