"""Where a document has the tag and digest of an image that may change without a signature (see `free_spans`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sealkit.ledger.tag_order import DIGEST, TAG
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect, resolve

KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
"""The file names that kustomize reads."""
_MAX_NAME = 255
_PART = r"[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*"
_NAME = rf"{_PART}(?::[0-9]+(?=/))?(?:/{_PART})*"
_REPOSITORY = re.compile(_NAME)
_IMAGE = re.compile(rf"(?P<name>{_NAME})(?P<free>(?::{TAG})?(?:@{DIGEST})?)")
_SEXAGESIMAL = re.compile(r"[0-9_]+(?::[0-9_]+)+")
"""A number to base 60 in YAML 1.1."""
_VERSION = re.compile(rf"{TAG}(?:@{DIGEST})?")
_DIGEST = re.compile(DIGEST)

_Keys = tuple[str, ...]
_EACH = "*"
_TEMPLATE: _Keys = ("spec", "template", "spec")
_POD_SPECS: dict[tuple[str, str], _Keys] = {
    ("v1", "Pod"): ("spec",),
    ("v1", "PodTemplate"): ("template", "spec"),
    ("v1", "ReplicationController"): _TEMPLATE,
    ("apps/v1", "DaemonSet"): _TEMPLATE,
    ("apps/v1", "Deployment"): _TEMPLATE,
    ("apps/v1", "ReplicaSet"): _TEMPLATE,
    ("apps/v1", "StatefulSet"): _TEMPLATE,
    ("batch/v1", "Job"): _TEMPLATE,
    ("batch/v1", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
}
"""Every built-in kind that holds a pod spec. A test compares them with the models of the Kubernetes client."""
_IMAGES: tuple[_Keys, ...] = (
    ("containers", _EACH, "image"),
    ("initContainers", _EACH, "image"),
    ("ephemeralContainers", _EACH, "image"),
    ("volumes", _EACH, "image", "reference"),
)
_VALUES: dict[tuple[str, str], tuple[_Keys, ...]] = {
    ("helm.toolkit.fluxcd.io", "HelmRelease"): (("spec", "values"),),
    ("argoproj.io", "Application"): (
        ("spec", "source", "helm", "valuesObject"),
        ("spec", "sources", _EACH, "helm", "valuesObject"),
    ),
}
"""Where other kinds hold the values of a chart."""


class ImageField(NamedTuple):
    """The tag and digest at a route: a span in characters of the text."""

    route: Route
    start: int
    end: int


def image_fields(document: Document, name: str) -> Iterator[ImageField]:
    """The tags and digests in a document of a file of this name, in no order."""
    reader = _Reader(document.text)
    root = document.root
    if root is None:
        return
    if name in KUSTOMIZATIONS:
        yield from reader.kustomization(root)
    elif isinstance(root, MappingNode) and root.get("apiVersion") is None:
        yield from reader.values(root, Route())
    else:
        yield from reader.manifest(root, Route())


class _Reader:
    """Finds free spans below nodes of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def manifest(self, node: Node, route: Route) -> Iterator[ImageField]:
        """In an object of Kubernetes, or of a kind that holds the values of a chart or the images of a kustomization."""
        fields = self.fields(node)
        version, kind = (self.string(fields.get(key)) or "" for key in ("apiVersion", "kind"))
        group = version.rpartition("/")[0]
        if (version, kind) == ("v1", "List"):
            for item, at in self.below(node, route, ("items", _EACH)):
                yield from self.manifest(item, at)
        elif (version, kind) in _POD_SPECS:
            for keys in _IMAGES:
                for leaf, at in self.below(node, route, (*_POD_SPECS[version, kind], *keys)):
                    yield from self.image(leaf, at)
        elif (group, kind) == ("kustomize.toolkit.fluxcd.io", "Kustomization"):
            for entry, at in self.below(node, route, ("spec", "images", _EACH)):
                yield from self.entry(entry, at)
        for keys in _VALUES.get((group, kind), ()):
            for values, at in self.below(node, route, keys):
                yield from self.values(values, at)

    def kustomization(self, root: Node) -> Iterator[ImageField]:
        """In the file of kustomize."""
        fields = self.fields(root)
        version, kind = fields.get("apiVersion"), fields.get("kind")
        if version is not None and not (self.string(version) or "").startswith("kustomize.config.k8s.io/"):
            return
        if kind is not None and self.string(kind) not in {"Kustomization", "Component"}:
            return
        for entry, at in self.below(root, Route(), ("images", _EACH)):
            yield from self.entry(entry, at)
        for values, at in self.below(root, Route(), ("helmCharts", _EACH, "valuesInline")):
            yield from self.values(values, at)

    def entry(self, node: Node, route: Route) -> Iterator[ImageField]:
        """In one of the `images` of a kustomization."""
        yield from self.beside(self.fields(node), route, ("name", "newName"), ("newTag", "digest"))

    def values(self, node: Node, route: Route) -> Iterator[ImageField]:
        """In the values of a chart: at any depth, a tag or digest beside a repository."""
        if isinstance(node, SequenceNode):
            for item, at in self.below(node, route, (_EACH,)):
                yield from self.values(item, at)
            return
        fields = self.fields(node)
        yield from self.beside(fields, route, ("repository", "image", "registry"), ("tag", "digest"))
        for key, child in fields.items():
            if not isinstance(child, ScalarNode):
                yield from self.values(child, route / key)

    def beside(self, fields: dict[str, Node], route: Route, names: _Keys, versions: _Keys) -> Iterator[ImageField]:
        """The versions in a mapping that names a repository."""
        texts = [self.string(fields[name]) or "" for name in names if name in fields]
        if not any(_REPOSITORY.fullmatch(text) and len(text) <= _MAX_NAME for text in texts):
            return
        for key in versions:
            node = fields.get(key)
            text = self.string(node)
            if node is not None and text and (_DIGEST if key == "digest" else _VERSION).fullmatch(text):
                start = node.start + (self.text[node.start] in "'\"")
                yield ImageField(route / key, start, start + len(text))

    def image(self, node: Node, route: Route) -> Iterator[ImageField]:
        """The tag and digest at the end of an image."""
        text = self.string(node) or ""
        match = _IMAGE.fullmatch(text)
        if match is not None and match["free"] and len(match["name"]) <= _MAX_NAME:
            end = node.start + (self.text[node.start] in "'\"") + len(text)
            yield ImageField(route, end - len(match["free"]), end)

    def below(self, node: Node, route: Route, keys: _Keys) -> Iterator[tuple[Node, Route]]:
        """The nodes at a path of keys, where each node on the way is plain. `*` is each item of a list."""
        if not keys:
            yield node, route
        elif keys[0] != _EACH:
            child = self.fields(node).get(keys[0])
            if child is not None:
                yield from self.below(child, route / keys[0], keys[1:])
        elif isinstance(node, SequenceNode) and self.is_plain(node):
            for index, item in enumerate(node.items):
                yield from self.below(item, route / index, keys[1:])

    def fields(self, node: Node) -> dict[str, Node]:
        """The fields of a plain mapping without a merge key, whose keys all stand there as they are read; else none."""
        if not isinstance(node, MappingNode) or not self.is_plain(node) or node.get("<<") is not None:
            return {}
        if not all(self.is_verbatim(key) for key, _ in node.items):
            return {}
        return {key.text: child for key, child in node.items}

    def is_plain(self, node: MappingNode | SequenceNode) -> bool:
        """Whether a node has no anchor, no tag and no `?`, and is no alias: its source starts with its own first sign."""
        if node.alias or node.anchor:
            return False
        if node.flow:
            return self.text[node.start] in "{["
        if isinstance(node, SequenceNode):
            return self.text[node.start] == "-"
        return bool(node.items) and node.items[0][0].start == node.start

    def string(self, node: Node | None) -> str | None:
        """The text of a scalar that stands there as it is read, and is a string to every parser; else None."""
        if not isinstance(node, ScalarNode) or not self.is_verbatim(node):
            return None
        return node.text if node.style or _is_string(node.text) else None

    def is_verbatim(self, node: ScalarNode) -> bool:
        """Whether a scalar is plain or quoted, on one line, without escapes, tag and anchor, and is no alias."""
        source = f"{node.style}{node.text}{node.style}"
        if node.alias or node.style not in {"", "'", '"'} or "\n" in source:
            return False
        return self.text[node.start : node.end] == source


def _is_string(text: str) -> bool:
    """Whether a plain scalar is a string in both dialects and in YAML 1.1."""
    resolved = (resolve(text, Dialect.KUBERNETES), resolve(text, Dialect.SOPS))
    return all(type(value) is str for value in resolved) and _SEXAGESIMAL.fullmatch(text) is None
