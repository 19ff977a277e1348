"""Manifests, and any other YAML or JSON: what stands under which key. The judgement is the one that `split` acts on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sealkit.errors import SealkitError
from sealkit.model.finding import Severity
from sealkit.model.list_items import labels
from sealkit.scan.encoded import inside
from sealkit.scan.file_kinds import WEAK, Kind
from sealkit.scan.raw_finding import Raw
from sealkit.scan.tokens import dummy
from sealkit.secrets.in_documents import Suspect, suspects
from sealkit.secrets.names import words
from sealkit.secrets.token_search import token_at, webhooks_in
from sealkit.secrets.tokens import Token
from sealkit.secrets.values import Shape, is_template_value
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse

_BREAK = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
_CERTIFICATE = re.compile(r"\s*-----BEGIN (?:CERTIFICATE|PUBLIC KEY|X509 CRL|CERTIFICATE REQUEST)-----")
_OPEN = frozenset("user username login database db dbname host hostname port name region bucket schema realm".split())  # noqa: SIM905
_PLAIN = re.compile(r"[a-z][a-z._-]{0,40}\Z|[0-9]{1,5}\Z")
_ENV = re.compile(r"(?:^|[.\]])(?:env|extraEnv|extraEnvVars|environment)(?:\[|\.|$)", re.IGNORECASE)
_RULES = {
    Shape.URL_PASSWORD: "SK204",
    Shape.BEARER: "SK207",
    Shape.ARGUMENT: "SK208",
    Shape.PRIVATE_KEY: "SK301",
    Shape.ASSIGNED: "SK203",
}


@dataclass(slots=True)
class StructureScan:
    """The result of one file: its findings, the first and last line of each scalar of several lines, and the pieces that do not
    parse (first line, text)."""

    findings: list[Raw] = field(default_factory=list)
    blocks: list[tuple[int, int]] = field(default_factory=list)
    unparsed: list[tuple[int, str]] = field(default_factory=list)

    def kind_at(self, line: int, row: str, column: int) -> Kind | None:
        """How a place is read: a comment as prose, a piece that no parser takes as configuration; None where a key has
        judged it already. `row` is the text of the line."""
        if any(first <= line <= first + piece.count("\n") for first, piece in self.unparsed):
            return Kind.CONFIG
        if any(first <= line <= last for first, last in self.blocks):
            return None
        before = row[:column]
        for found in re.finditer(r"(?:^|(?<=\s))#", before):
            ahead = before[: found.start()]
            if ahead.count('"') % 2 == 0 and ahead.count("'") % 2 == 0:
                return Kind.PROSE
        return None


def read(path: str, text: str) -> StructureScan:
    """The findings of every document of a stream. One that does not parse costs the others nothing."""
    result = StructureScan()
    for document in _documents(path, text, result):
        kubeconfig = isinstance(document.root, MappingNode) and document.root.scalar("kind") == "Config"
        found = suspects(document)
        names = ItemNames(document.root, labels, hidden=[suspect.node for suspect in found])
        raws = (_raw(document, suspect, str(names.named(suspect.route)), kubeconfig=kubeconfig) for suspect in found)
        result.findings += [raw for raw in raws if raw is not None]
        if document.root is not None:
            result.blocks += _blocks(document.root, text)
    return result


def _documents(path: str, text: str, result: StructureScan) -> Iterator[Document]:
    try:
        yield from parse(text, path)
    except SealkitError:
        starts = [0, *(found.start() for found in _BREAK.finditer(text)), len(text)]
        for start, end in pairwise(starts):
            piece = text[start:end]
            if not piece.strip():
                continue
            before = text.count("\n", 0, start)
            try:
                yield from parse("\n" * before + piece, path)  # so that lines count from the top of the file
            except SealkitError:
                result.unparsed.append((before + 1, piece))


def _raw(document: Document, suspect: Suspect, route: str, *, kubeconfig: bool) -> Raw | None:
    node = suspect.node
    value = node.text[suspect.start : suspect.end]
    line, end_line = _lines(document, suspect)
    if suspect.why not in set(Shape):  # all of a Secret
        plain = _decoded(value) if suspect.encoded else value
        if stands_for_one(plain):
            return None
        what = inside(value.encode(), len(value)) if suspect.encoded else ""
        severity = Severity.WARNING if not what and told_openly(suspect.label, plain) else None
        message = _with("a Secret holds a plain value", what)
        return Raw("SK201", line, end_line, value, route, message, severity=severity)
    shape = Shape(suspect.why)
    if shape is Shape.TOKEN:
        hook = next((hook for start, _, hook in webhooks_in(node.text) if start == suspect.start), None)
        return _token(value, line, end_line, route, hook)
    rule = _RULES[shape]
    message = ""
    if shape is Shape.PRIVATE_KEY and "PRIVATE KEY" not in value:
        rule = "SK302"
    elif kubeconfig and ".user." in route:
        rule = "SK205"
    elif shape is Shape.ASSIGNED and not suspect.whole and value.lower() in WEAK:
        return None  # `secret: Secret to sync` in the text of a field
    elif shape is Shape.ASSIGNED and _ENV.search(route):
        rule = "SK202"
    return Raw(rule, line, end_line, value, route, message)


def _token(value: str, line: int, end_line: int, route: str, hook: Token | None) -> Raw | None:
    """A token, or the secret part of a `hook`, as a finding."""
    found = token_at(value.strip())
    token = hook or (found[2] if found else None)
    if token is not None:
        return None if dummy(value, token) else Raw(token.rule, line, end_line, value, route, _a(token.title))
    what = inside(value.encode(), len(value))
    if not what:
        return Raw("SK203", line, end_line, value, route)
    return Raw("SK302" if what == "private key" else "SK318", line, end_line, value, route, f"{_a(what)} in base64")


def _lines(document: Document, suspect: Suspect) -> tuple[int, int]:
    """The lines of the piece: exact where the scalar stands as it is read, else those of the scalar."""
    node = suspect.node
    value = node.text[suspect.start : suspect.end]
    at = document.text.find(value.splitlines()[0] if value else "", node.start, node.end)
    if at >= 0 and document.text.count(value, node.start, node.end) == 1:
        first = document.line(at)
        return first, first + value.rstrip("\n").count("\n")
    last = document.line(max(node.start, node.start + len(document.text[node.start : node.end].rstrip()) - 1))
    return document.line(node.start), last


def stands_for_one(value: str) -> bool:
    """Whether a key of a Secret holds no secret: the place of a value, a sealed value, or what everyone may read."""
    return is_template_value(value) or value.startswith("ENC[AES256_GCM,") or bool(_CERTIFICATE.match(value))


def told_openly(name: str, value: str) -> bool:
    """Whether a key of a Secret is one that people leave readable on purpose: `username: shop`. It still belongs elsewhere."""
    return words(name)[-1:] != [] and words(name)[-1] in _OPEN and bool(_PLAIN.match(value))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return value  # a template, or plain text where base64 belongs


def _blocks(node: Node, text: str) -> Iterator[tuple[int, int]]:
    stack: list[Node] = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, ScalarNode):
            lines = text.count("\n", at.start, at.end)
            if lines and not at.alias:
                yield at.line, at.line + lines
        elif isinstance(at, SequenceNode):
            stack += at.items
        else:
            stack += [child for _, child in at.items]


def _a(what: str) -> str:
    return f"{'an' if what[0] in 'aeioAEIO18' else 'a'} {what}"


def _with(message: str, what: str) -> str:
    return f"{message}: {_a(what)}" if what else message
