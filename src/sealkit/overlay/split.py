"""Propose the two halves of manifests that hold secrets: pure text in, pure text out, nothing is read or written here.

Public text is edited by span: what is not a secret stays byte for byte. The sealed half is returned as plain text for the
caller to seal; this room never sees a key.
"""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from sealkit.errors import RefusedError, SealkitError
from sealkit.model.list_items import labels
from sealkit.model.sensitive import Sensitive
from sealkit.model.tree import as_text, at
from sealkit.overlay import load
from sealkit.overlay.placeholder import Placeholder
from sealkit.overlay.private_text import extend
from sealkit.overlay.span_map import inner, source_map
from sealkit.overlay.value_names import Namer
from sealkit.overlay.value_search import echoes, strong
from sealkit.printable import MASK
from sealkit.secrets.in_documents import suspects
from sealkit.secrets.suspect import Suspect
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import Document, ScalarNode
from sealkit.yamlspan.scalars import Dialect, Scalar

_URL = "password in a URL"


@dataclass(frozen=True, slots=True)
class Input:
    """One file to split: the public path it stands at or will stand at, its text, and the path it was read from."""

    path: str
    text: str = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Moved:
    """One value that goes to the sealed half. `strong` says that it can be searched for; `stood` is its text in the input."""

    name: str
    value: Sensitive
    stood: Sensitive
    strong: bool
    path: str
    line: int
    route: str
    why: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One public file before and after. `masked` is what it was with every value that goes masked: this may be shown;
    `manifests` is how many of its documents can be rendered."""

    path: str
    source: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    masked: str
    manifests: int


@dataclass(slots=True)
class Proposal:
    """What split would write. `private` is plain text by path, to be sealed; `left` names documents that were left alone."""

    changes: list[FileChange] = field(default_factory=list)
    private: dict[str, str] = field(default_factory=dict, repr=False)
    moved: list[Moved] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Piece:
    """A suspect, where it is, and its route for people."""

    found: Suspect
    document: Document
    source: Input
    route: str = ""


def propose(
    inputs: Iterable[Input],
    private_path: Callable[[str], str],
    existing: Mapping[str, str] | None = None,
    taken: Iterable[str] = (),
) -> Proposal:
    """The two halves of these files.

    `private_path` says where the sealed half of a public path goes, `existing` is the plain text of sealed files that are
    there already, `taken` the names in use. Raises SealkitError for text that is no YAML, RefusedError for a secret in a
    document that is no Kubernetes object.
    """
    proposal = Proposal()
    every = list(inputs)
    documents = {item.path: load.documents(item.source, item.text.encode()) for item in every}
    pieces = [piece for item in every for piece in _pieces(item, documents[item.path], proposal)]
    pieces += _echoed(every, documents, pieces)
    _add_routes(pieces)
    namer = Namer(set(taken))
    additions: dict[str, list[tuple[str, str, Scalar]]] = {}
    for item in every:
        edits: list[Edit] = []
        nodes: dict[int, list[_Piece]] = {}
        for piece in pieces:
            if piece.source is item:
                nodes.setdefault(piece.found.node.start, []).append(piece)
        for start in sorted(nodes):
            edits += _node_edits(nodes[start], namer, additions.setdefault(private_path(item.path), []), proposal)
        after = apply_edits(item.text, edits)
        counts = sum(load.is_manifest(load.tree_of(document)) for document in documents[item.path])
        masked = apply_edits(item.text, [Edit(edit.start, edit.end, MASK) for edit in edits])
        proposal.changes.append(FileChange(item.path, item.source, item.text, after, masked, counts))
    known = existing or {}
    for path, values in additions.items():
        if values:
            proposal.private[path] = extend(known.get(path), values, path)
    return proposal


def _pieces(item: Input, documents: list[Document], proposal: Proposal) -> list[_Piece]:
    pieces = []
    for document in documents:
        found = suspects(document)
        tree = load.tree_of(document)
        if load.is_manifest(tree):
            pieces += [_Piece(suspect, document, item) for suspect in found]
        elif found:
            line = document.line(found[0].node.start)
            names = ItemNames(document.root, labels, hidden=[suspect.node for suspect in found])
            raise RefusedError(
                f"{item.source}:{line}: {names.named(found[0].route)} looks like a secret, in a document that is no "
                "manifest and so is never rendered",
                hint="move the file into the private tree and seal it: sealkit seal FILE",
            )
        elif tree is not None:
            proposal.left.append((item.path, f"document {document.index + 1} is no manifest and holds nothing secret"))
    return pieces


def _echoed(every: list[Input], documents: Mapping[str, list[Document]], pieces: list[_Piece]) -> list[_Piece]:
    """The same values where nothing but the value itself gives them away: in a URL, a script, another object."""
    values: dict[str, str] = {}
    for piece in pieces:
        text = piece.found.node.text[piece.found.start : piece.found.end]
        value, _ = stored(text, piece.found)
        if isinstance(value, str) and strong(value, piece.found.label):
            for spelling in (value, text, value.rstrip("\n")):
                values.setdefault(spelling, piece.found.label)
    held: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for piece in pieces:
        where = (piece.source.path, piece.found.node.start)
        held.setdefault(where, []).append((piece.found.start, piece.found.end))
    found = []
    ordered = dict(sorted(values.items(), key=lambda pair: -len(pair[0])))
    for item in every:
        for document in documents[item.path]:
            for route, node, start, end, label in echoes(document, ordered):
                spans = held.setdefault((item.path, node.start), [])
                if any(a < end and start < b for a, b in spans):
                    continue
                spans.append((start, end))
                owner = _owner(document)
                found.append(
                    _Piece(Suspect(route, node, start, end, owner, label, "the same value again"), document, item)
                )
    return found


def _add_routes(pieces: Iterable[_Piece]) -> None:
    """Give each piece its route, in which no value that is to be sealed names a list item."""
    by_document: dict[int, list[_Piece]] = {}
    for piece in pieces:
        by_document.setdefault(id(piece.document), []).append(piece)
    for group in by_document.values():
        names = ItemNames(group[0].document.root, labels, hidden=[piece.found.node for piece in group])
        for piece in group:
            piece.route = str(names.named(piece.found.route))


def _owner(document: Document) -> str:
    return as_text(at(load.tree_of(document), "metadata", "name"))


def stored(text: str, found: Suspect) -> tuple[Scalar, tuple[str, ...]]:
    """How a span is kept in the sealed half, and the filters that give it back exactly."""
    if found.whole and found.node.style == "" and not found.encoded:
        value = found.node.value(Dialect.KUBERNETES)
        if not isinstance(value, str):
            return value, ()
    if found.encoded and (plain := _unbase64(text)) is not None:
        return plain, ("base64",)
    if found.why == _URL and "%" in text:
        plain = urllib.parse.unquote(text, errors="strict") if _utf8_quoted(text) else text
        if plain != text and urllib.parse.quote(plain, safe="") == text:
            return plain, ("urlencode",)
    return text, ()


def _utf8_quoted(text: str) -> bool:
    try:
        urllib.parse.unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return False
    return True


def _unbase64(text: str) -> str | None:
    """The text inside base64, where it is text and the base64 of it is the same again."""
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    readable = all(char.isprintable() or char in "\n\t" for char in plain)
    return plain if plain and readable and base64.b64encode(plain.encode()).decode() == text else None


def _node_edits(
    pieces: list[_Piece], namer: Namer, additions: list[tuple[str, str, Scalar]], proposal: Proposal
) -> list[Edit]:
    first = pieces[0]
    node, text = first.found.node, first.source.text
    whole_lines = any(_at_line_break(piece.found) for piece in pieces)
    offsets = None if whole_lines or any(piece.found.whole for piece in pieces) else source_map(node, text)
    if offsets is None:
        found = next((piece.found for piece in pieces if piece.found.whole), first.found)
        whole = replace(found, start=0, end=len(node.text))
        mark = _move(replace(first, found=whole), namer, additions, proposal)
        return [_whole_edit(node, text, mark)]
    edits = []
    for piece in sorted(pieces, key=lambda piece: piece.found.start):
        found = piece.found
        start = found.start
        while start and node.text[start - 1] == "<":
            start -= 1  # `<` before a placeholder would make it literal text
        if start != found.start:
            found = replace(found, start=start)
        mark = _move(replace(piece, found=found), namer, additions, proposal)
        edits.append(Edit(offsets[start], offsets[found.end], str(mark)))
    return edits


def _at_line_break(found: Suspect) -> bool:
    """Whether a span of a block scalar begins or ends with a line break, which a placeholder cannot take the place of."""
    text = found.node.text[found.start : found.end]
    return found.node.style == "|" and (text[:1] == "\n" or text[-1:] == "\n")


def _whole_edit(node: ScalarNode, text: str, mark: Placeholder) -> Edit:
    start, end = inner(node, text)
    if node.style in {"'", '"'}:
        return Edit(start + 1, end - 1, str(mark))
    if node.tag is not None:  # the placeholder takes the type of the value
        anchor = f"&{node.anchor} " if node.anchor else ""
        return Edit(node.start, end, anchor + str(mark))
    return Edit(start, end, str(mark))


def _move(piece: _Piece, namer: Namer, additions: list[tuple[str, str, Scalar]], proposal: Proposal) -> Placeholder:
    found, source = piece.found, piece.source
    text = found.node.text[found.start : found.end]
    value, filters = stored(text, found)
    owner, label, fresh = namer.name(source.path, found.owner or PurePosixPath(source.path).stem, found.label, value)
    name = f"{owner}.{label}"
    if fresh:
        additions.append((owner, label, value))
        searchable = isinstance(value, str) and strong(value, found.label)
        proposal.moved.append(
            Moved(
                name, Sensitive(value), Sensitive(text), searchable,
                source.source, piece.document.line(found.node.start), piece.route, found.why,
            )
        )  # fmt: skip
    return Placeholder(name, filters)


def default_private_path(path: str, public: str, private: str) -> str:
    """`public/shop/db.yaml` is sealed in `private/shop/db.sops.yaml`; in the layout inline, beside it."""
    pure = PurePosixPath(path)
    inside = pure.relative_to(public) if public and pure.is_relative_to(public) else pure
    if inside.suffix not in load.MANIFESTS:
        raise SealkitError(f"{path}: neither YAML nor JSON", hint="sealkit seal FILE")
    return (PurePosixPath(private) / inside.with_name(f"{inside.stem}.sops.yaml")).as_posix()
