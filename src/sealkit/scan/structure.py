"""Manifests, and any other YAML or JSON: what stands under which key. The judgement is the one that `split` acts on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from sealkit.errors import SealkitError
from sealkit.model.list_items import labels
from sealkit.model.severity import Severity
from sealkit.scan import by_indentation, templates
from sealkit.scan.encoded import hidden_at
from sealkit.scan.file_kinds import Kind, in_quotes
from sealkit.scan.hot_nodes import hot
from sealkit.scan.key_files import text_key
from sealkit.scan.raw_finding import RULE_OF_SHAPE, Raw
from sealkit.scan.templates import Piece, Unread
from sealkit.scan.tokens import dummy
from sealkit.secrets.in_documents import suspects
from sealkit.secrets.places import in_text, severity
from sealkit.secrets.schemas import Meaning, meaning_of
from sealkit.secrets.spans import Shape, shape_of
from sealkit.secrets.suspect import A_COPY, A_KEY, Suspect
from sealkit.secrets.text.fallbacks import found_fallbacks
from sealkit.secrets.text.read import judged
from sealkit.secrets.token_search import token_at, webhooks_in
from sealkit.secrets.tokens import Token
from sealkit.secrets.value_forms import STAND_IN
from sealkit.wording import article
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import Document, MappingNode, Node, ScalarNode, SequenceNode
from sealkit.yamlspan.parse import parse

_STAND_INS = re.compile(f"{STAND_IN}+")
_ENV = re.compile(r"(?:^|[.\]])(?:env|extraEnv|extraEnvVars|environment)(?:\[|\.|$)", re.IGNORECASE)
_LONGEST_PASSWORD = 32
"""What is longer may be a key or a token in base64."""
_RULES = {**RULE_OF_SHAPE, Shape.ASSIGNED: "SK203"}


@dataclass
class StructureScan:
    """The result of one file: its findings, the first and last line of each scalar of several lines, and what does not parse."""

    findings: list[Raw] = field(default_factory=list)
    blocks: list[tuple[int, int]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    @cached_property
    def _unread(self) -> list[tuple[int, int, str]]:
        return [(piece.line, piece.line + piece.text.count("\n"), piece.kind) for piece in self.unread]

    def kind_at(self, line: int, row: str, column: int) -> Kind | None:
        """How a place is read: a comment as prose, lines that no parser takes as configuration unless their object only
        refers to secrets; None where a key has judged it already. `row` is the text of the line."""
        for first, last, kind in self._unread:
            if first <= line <= last:
                return None if meaning_of(kind, ("spec",)) is Meaning.NEUTRAL else Kind.CONFIG
        if any(first <= line <= last for first, last in self.blocks):
            return None
        before = row[:column]
        for found in re.finditer(r"(?:^|(?<=\s))#", before):
            if not in_quotes(before[: found.start()]):
                return Kind.PROSE
        return None


def read(path: str, text: str, lines: Collection[int] | None = None) -> StructureScan:
    """The findings of every document of a stream, templates included. One that does not parse costs the others nothing.

    With `lines`, only what these lines, from 1, have to do with is judged.
    """
    result = StructureScan()
    reading = templates.read(text, path)
    for document in reading.documents:
        kubeconfig = isinstance(document.root, MappingNode) and document.root.scalar("kind") == "Config"
        found = suspects(hot(document, lines) if lines is not None else document)
        names = ItemNames(document.root, labels, hidden=[suspect.node for suspect in found])
        for suspect in found:
            route = _route(names, suspect)
            parts = _of_parts(document, suspect, route)
            whole = _raw(document, suspect, route, kubeconfig=kubeconfig) if not parts else None
            result.findings += parts if whole is None else [whole]
        if document.root is not None:
            result.blocks += _blocks(document.root, document.text)
    result.unread = reading.unread
    for piece in reading.unread:
        result.findings += by_indentation.secrets_in(piece.text, piece.line)
    result.findings += _yielded(text, result)
    return result


def _yielded(text: str, scan: StructureScan) -> Iterator[Raw]:
    """Literals in expressions that one of their variables gives away: `x: {{ db_password | default("X") }}`."""
    for span in judged(text, found_fallbacks(text)):
        line, start = text.count("\n", 0, span.start) + 1, text.rfind("\n", 0, span.start) + 1
        row = text[start:].partition("\n")[0]
        quiet = scan.kind_at(line, row, span.start - start) is Kind.PROSE
        level = severity(in_text(span.place) if quiet else span.place, span.grade)
        if level is not None:
            yield Raw("SK203", line, line, text[span.start : span.end], name=span.name, severity=level)


def is_manifest(path: str, text: str) -> bool:
    """Whether a text as a whole is a stream of objects, whatever its name is."""
    if "apiVersion" not in text:
        return False
    try:
        documents = parse(text, path)
    except SealkitError:
        return False
    roots = [document.root for document in documents if document.root is not None]
    return bool(roots) and all(isinstance(root, MappingNode | SequenceNode) for root in roots)


def read_piece(path: str, piece: Piece) -> list[Raw]:
    """The findings of a manifest inside other text, at their lines of the file."""
    down = piece.line - 1
    return [replace(raw, line=raw.line + down, end_line=raw.end_line + down) for raw in read(path, piece.text).findings]


def _route(names: ItemNames, suspect: Suspect) -> str:
    return _STAND_INS.sub("{}", str(names.named(suspect.route)))


def _of_parts(document: Document, suspect: Suspect, route: str) -> list[Raw]:
    """What a text under a key of a Secret holds, each at its line; nothing where it stands there encoded or escaped."""
    found: dict[int, Raw] = {}
    for part in suspect.parts:
        if suspect.encoded or document.text.count(part.text, suspect.node.start, suspect.node.end) != 1:
            return []
        line, end_line = _lines(document, suspect.node, part.text)
        found.setdefault(line, Raw("SK201", line, end_line, part.text, route, severity=part.severity))
    return list(found.values())


def _raw(document: Document, suspect: Suspect, route: str, *, kubeconfig: bool) -> Raw | None:
    level = suspect.severity
    if level is None:
        return None  # it only goes with another key of its Secret
    value = suspect.text
    line, end_line = _lines(document, suspect.node, value)
    if (known := _by_content(suspect, value)) is not None:
        rule, message, level = known
        return Raw(rule, line, end_line, value, route, message, severity=level)
    if suspect.why in {A_KEY, A_COPY}:
        return Raw("SK205" if kubeconfig else "SK201", line, end_line, value, route, severity=level)
    shape = Shape(suspect.why)
    if shape is Shape.TOKEN:
        hook = next((hook for start, _, hook in webhooks_in(suspect.node.text) if start == suspect.start), None)
        return _token(value, line, end_line, route, hook)
    rule = _RULES.get(shape, "SK203")
    if kubeconfig and ".user." in route:
        rule = "SK205"
    elif shape is Shape.ASSIGNED and _ENV.search(route):
        rule = "SK202"
    return Raw(rule, line, end_line, value, route, severity=level)


def _by_content(suspect: Suspect, value: str) -> tuple[str, str, Severity] | None:
    """Rule, message and severity of a value that shows what it is under any name: a private key, a key store or a token in base64,
    a login that Firefox keeps."""
    if "PRIVATE KEY" in value and shape_of(value) is Shape.PRIVATE_KEY:
        return "SK301", "", Severity.ERROR
    if (suspect.encoded or len(value) > _LONGEST_PASSWORD) and (
        hidden := hidden_at(body := value.encode(), len(body))
    ).what:
        return "SK302" if hidden.key else "SK318", f"{article(hidden.what)} in {hidden.how}", Severity.ERROR
    if value[:1] == "M" and len(value) > _LONGEST_PASSWORD:
        pair = f'"{suspect.label}":"{value}"'.encode()
        if (key := text_key(pair, len(suspect.label) + 8)) is not None and key.rule == "SK206":
            return key.rule, key.what, Severity.WARNING
    return None


def _token(value: str, line: int, end_line: int, route: str, hook: Token | None) -> Raw | None:
    """A token, or the secret part of a `hook`, as a finding."""
    found = token_at(value.strip())
    token = hook or (found[2] if found else None)
    if token is None:
        return Raw("SK203", line, end_line, value, route)
    return None if dummy(value, token) else Raw(token.rule, line, end_line, value, route, article(token.title))


def _lines(document: Document, node: ScalarNode, value: str) -> tuple[int, int]:
    """The lines of a value: exact where it stands in the scalar as it is read, else those of the scalar."""
    at = document.text.find(value.splitlines()[0] if value else "", node.start, node.end)
    if at >= 0 and document.text.count(value, node.start, node.end) == 1:
        first = document.line(at)
        return first, first + value.rstrip("\n").count("\n")
    last = document.line(max(node.start, node.start + len(document.text[node.start : node.end].rstrip()) - 1))
    return document.line(at if at >= 0 and node.style in {"|", ">"} else node.start), last


def _blocks(node: Node, text: str) -> Iterator[tuple[int, int]]:
    stack: list[Node] = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, ScalarNode):
            lines = text[at.start : at.end].rstrip().count("\n")
            if lines and not at.alias:
                yield at.line, at.line + lines
        elif isinstance(at, SequenceNode):
            stack += at.items
        else:
            stack += [child for _, child in at.items]
