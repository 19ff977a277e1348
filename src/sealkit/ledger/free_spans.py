"""Free spans: the parts of a public file that may change without a signature, so that bots can update images.

A free span is the tag and digest of an image, and nothing else: at the end of an `image` in Kubernetes' own kinds (found by the
exact path of the schema), or a whole `newTag`, `tag` or `digest` beside the name of a repository. It is read as text: a plain
or quoted string on one line, without escapes, tags, anchors and aliases, in no anchored node and beside no merge key. A file that
another parser could read in another way has no free span at all. So a change in a span changes one string, to another tag.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import NamedTuple, NoReturn

from sealkit.errors import SealkitError
from sealkit.ledger.image_fields import KUSTOMIZATIONS, ImageField, image_fields
from sealkit.ledger.tag_order import held_back, moves_up
from sealkit.model.list_items import labels
from sealkit.model.objects import ObjectRef
from sealkit.sealed.detect import is_sealed
from sealkit.source import files
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import Document, MappingNode
from sealkit.yamlspan.parse import parse

__all__ = ["FreeSpan", "blanked", "free_spans", "held_back", "moves_up"]

_BLANK = b"\0free\0"
"""What stands for a free span. A NUL of the content is doubled, so no content looks like it."""
_SUFFIXES = (".yaml", ".yml", ".json")
_HINTS = (b"image", b"reference", b"tag", b"Tag", b"digest")
_AMBIGUOUS = re.compile("[\0\r\x85\u2028\u2029\ufeff]|^---[^ \t\n]", re.MULTILINE)
"""Line breaks of YAML 1.1 that are none in 1.2, and lines at which kubectl splits a stream and YAML does not."""


class FreeSpan(NamedTuple):
    """`start` and `end` count bytes of the file; `place` is its document and route, unique in the file; `text` is what stands
    there: `:1.2.3`, `@sha256:…`, `:1.2@sha256:…` after an image, or the text of a `newTag`, `tag` or `digest`."""

    start: int
    end: int
    place: str
    text: str


def free_spans(path: str, data: bytes) -> tuple[FreeSpan, ...]:
    """The free spans of a file, in their order. `data` is what the ledger hashes, with line endings normalised.

    Empty for a file that is no YAML or JSON, is sealed, or cannot be parsed strictly.
    """
    name = path.rpartition("/")[2]
    if not (name.endswith(_SUFFIXES) or name in KUSTOMIZATIONS) or not any(hint in data for hint in _HINTS):
        return ()
    if b"{{" in data and "templates" in path.split("/"):  # Helm expands actions in comments, too
        return ()
    if is_sealed(data):
        return ()
    try:
        text = files.decode(data, path)
        documents = _parse_strictly(path, text)
    except SealkitError:
        return ()
    skipped = len(data) - len(text.encode())
    spans: list[FreeSpan] = []
    at, offset = 0, skipped
    for place, found in _places(documents, name):
        start = offset + len(text[at : found.start].encode())
        free = text[found.start : found.end]
        at, offset = found.end, start + len(free)
        spans.append(FreeSpan(start, offset, place, free))
    return tuple(spans)


def blanked(data: bytes, spans: Iterable[FreeSpan]) -> bytes:
    """The bytes of a file with one fixed mark in place of each free span. Two files have the same blanked bytes only if they
    differ in nothing but the text of their spans."""
    parts, at = [], 0
    for span in sorted(spans):
        parts.append(data[at : span.start].replace(b"\0", b"\0\0"))
        at = span.end
    parts.append(data[at:].replace(b"\0", b"\0\0"))
    return _BLANK.join(parts)


def _parse_strictly(path: str, text: str) -> list[Document]:
    """The documents of a text that every parser reads alike. Raises SealkitError."""
    if _AMBIGUOUS.search(text):
        raise SealkitError(f"{path}: parsers may disagree on where its lines end")
    documents = parse(text, path)
    for document in documents:
        tree = document.tree()  # a duplicate key is an error
        if path.endswith(".json") and (len(documents) > 1 or tree != _json(path, text)):
            raise SealkitError(f"{path}: not the same as JSON and as YAML")
    return documents


def _json(path: str, text: str) -> object:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise SealkitError(f"{path}: invalid JSON") from None


def _places(documents: list[Document], name: str) -> Iterator[tuple[str, ImageField]]:
    """Every free span of the file once, in order, with its place."""
    taken: set[str] = set()
    for document in documents:
        label = _label(document, taken)
        names = ItemNames(document.root, labels)
        found = {item.start: item for item in image_fields(document, name)}
        for start in sorted(found):
            yield f"{label} {names.named(found[start].route)}", found[start]


def _label(document: Document, taken: set[str]) -> str:
    """What a place calls the document: the identity of its object, or its number. No two have the same."""
    root = document.root
    label = f"document {document.index + 1}"
    if isinstance(root, MappingNode) and isinstance(meta := root.get("metadata"), MappingNode) and meta.scalar("name"):
        group = (root.scalar("apiVersion") or "").rpartition("/")[0]
        kind, namespace = root.scalar("kind") or "", meta.scalar("namespace") or ""
        label = str(ObjectRef(group, kind, namespace, meta.scalar("name") or ""))
    label = next(each for n in count(1) if (each := f"{label} #{n}" if n > 1 else label) not in taken)
    taken.add(label)
    return label
