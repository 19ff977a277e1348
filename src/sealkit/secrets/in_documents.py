"""Which scalars of a manifest, or which spans in them, look like secrets. Keyless and pure; names and shapes are judged by
`model.secrets`, this module knows where in a manifest they stand. Shared: what `split` moves is what `scan` reports."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from sealkit.secrets import names_and_values
from sealkit.secrets.names_and_values import Shape
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

_MARK = "sealed:"
"""In every placeholder."""
_SKIPPED = frozenset({"SealedSecret", "ExternalSecret", "ClusterExternalSecret", "SecretStore", "ClusterSecretStore",
                      "CustomResourceDefinition", "PushSecret"})  # fmt: skip
"""Their values are sealed already, or they only name secrets, or they describe fields."""
_HEADER = re.compile(r"(?i:(?:bearer|basic|token)[ \t]+)(?P<value>\S{4,8192})\Z")
_OPTION = re.compile(r"--?(?P<name>[A-Za-z][A-Za-z0-9_-]{1,60})\Z")
_REFERENCE = re.compile(r"[a-z0-9.-]{1,200}-(?:secret|secrets|creds|credentials|tls|token|auth|password|key|cert)\Z")
_TAILS = {
    Shape.PRIVATE_KEY: "private_key",
    Shape.TOKEN: "token",
    Shape.URL_PASSWORD: "password",
    Shape.BEARER: "credentials",
    Shape.ARGUMENT: "password",
    Shape.ASSIGNED: "value",
}


@dataclass(frozen=True, slots=True)
class Suspect:
    """`node.text[start:end]` looks like a secret. `owner` is the name of the object, `label` what it is called there;
    `encoded` says that the field is base64 by its schema; `why` goes into messages."""

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
        """Whether it is all of the scalar."""
        return self.start == 0 and self.end == len(self.node.text)


@dataclass(frozen=True, slots=True)
class _Object:
    kind: str
    name: str
    secret: bool


def suspects(document: Document) -> list[Suspect]:
    """Everything in a document that looks like a secret, in document order, none overlapping."""
    if document.root is None:
        return []
    found = _Finder(document)
    found.node(document.root, Route(), _Object("", "", secret=False))
    unique = {(item.node.start, item.start): item for item in found.items}
    return [unique[key] for key in sorted(unique)]


class _Finder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.items: list[Suspect] = []

    def node(self, node: Node, route: Route, owner: _Object, key: str = "") -> None:
        if isinstance(node, ScalarNode):
            self.scalar(node, route, owner, key)
        elif isinstance(node, SequenceNode):
            self.sequence(node, route, owner, key)
        else:
            self.mapping(node, route, owner)

    def mapping(self, node: MappingNode, route: Route, owner: _Object) -> None:
        kind = node.scalar("kind")
        if kind and node.scalar("apiVersion"):
            metadata = node.get("metadata")
            name = (metadata.scalar("name") if isinstance(metadata, MappingNode) else None) or owner.name
            owner = _Object(kind, name, kind == "Secret" and node.scalar("apiVersion") == "v1")
        if owner.kind in _SKIPPED:
            return
        label, value = node.scalar("name") or node.scalar("key"), node.get("value")
        for key, child in node.items:
            if owner.secret and key.text in {"data", "stringData"} and isinstance(child, MappingNode):
                self.secret(child, route / key.text, owner, encoded=key.text == "data")
            elif child is value and key.text == "value" and label and isinstance(child, ScalarNode):
                self.scalar(child, route / key.text, owner, label)  # env, HTTP headers, Helm-like parameters
            else:
                self.node(child, route / key.text, owner, key.text)

    def secret(self, node: MappingNode, route: Route, owner: _Object, *, encoded: bool) -> None:
        for key, child in node.items:
            if not isinstance(child, ScalarNode):
                self.node(child, route / key.text, owner, key.text)
            elif _MARK in child.text:
                self.spans(child, route / key.text, owner, key.text)
            elif child.value(Dialect.KUBERNETES) not in (None, ""):
                self.whole(child, route / key.text, owner, key.text, "a key of a Secret", encoded=encoded)

    def sequence(self, node: SequenceNode, route: Route, owner: _Object, key: str) -> None:
        before = ""
        for index, child in enumerate(node.items):
            if isinstance(child, ScalarNode):
                option = _OPTION.match(before)
                if option and self._argument(option["name"], child.text):
                    self.whole(child, route / index, owner, option["name"], Shape.ARGUMENT)
                else:
                    self.scalar(child, route / index, owner, "" if key in {"args", "command"} else key)
                before = child.text
            else:
                self.node(child, route / index, owner, key)
                before = ""

    def scalar(self, node: ScalarNode, route: Route, owner: _Object, name: str) -> None:
        text = node.text
        if node.tag is not None and node.tag[:1] == "!":
            return  # `!secret db`, `!env_var TOKEN`, `!Ref`: another program reads it from elsewhere
        if not text or not isinstance(value := node.value(Dialect.KUBERNETES), str | int) or isinstance(value, bool):
            return
        if isinstance(value, str) and (shape := names_and_values.shaped(text)) is not None:
            self.whole(node, route, owner, name or _TAILS[shape], shape)
        elif name.lower() == "authorization" and (found := _HEADER.match(text)):
            self.add(Suspect(route, node, *found.span("value"), owner.name, name, str(Shape.BEARER)))
        elif name.endswith("last-applied-configuration") and owner.secret:
            self.whole(node, route, owner, "last-applied-configuration", "a copy of a Secret")
        elif _MARK not in text and "\n" not in text.strip() and self._named(name, value):
            if not ("://" in text and self.spans(node, route, owner, name)):
                self.whole(node, route, owner, name, Shape.ASSIGNED)
        elif isinstance(value, str):
            self.spans(node, route, owner, name)

    def spans(self, node: ScalarNode, route: Route, owner: _Object, name: str) -> bool:
        found = names_and_values.spans(node.text)
        for span in found:
            tail = span.name or _TAILS[span.shape]
            label = f"{name}_{tail}" if name and span.name != name else tail
            self.add(Suspect(route, node, span.start, span.end, owner.name, label, str(span.shape)))
        return bool(found)

    def whole(
        self, node: ScalarNode, route: Route, owner: _Object, label: str, why: str, *, encoded: bool = False
    ) -> None:
        self.add(Suspect(route, node, 0, len(node.text), owner.name, label, str(why), encoded))

    def add(self, found: Suspect) -> None:
        node = found.node
        if node.alias:
            anchored = self.document.anchors.get(self.document.text[node.start + 1 : node.end].strip())
            if not isinstance(anchored, ScalarNode):
                return  # part of an aliased mapping: judged where it is anchored
            found = replace(found, node=anchored)
        self.items.append(found)

    @staticmethod
    def _named(name: str, value: str | int) -> bool:
        if not names_and_values.secret_value(name, value):
            return False
        camel = names_and_values.words(name)[-1:] == ["secret"] and name.upper() != name
        return not (camel and isinstance(value, str) and _REFERENCE.match(value))

    @staticmethod
    def _argument(option: str, value: str) -> bool:
        if option in {"p", "a"}:
            return False
        return not value.startswith("-") and names_and_values.secret_value(option, value)
