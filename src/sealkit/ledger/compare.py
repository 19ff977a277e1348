"""Which routes of a sealed file changed, told without a key and without trusting its MAC.

Every tampering that the MAC overlooks is in the text: a renamed key, an injected null or empty mapping, a comment, another
`type:`, a moved line. So this reads the text itself, every occurrence of a key counted, and compares leaf by leaf.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sealkit.errors import SealkitError
from sealkit.model.list_items import labels
from sealkit.yamlspan.item_names import ItemNames
from sealkit.yamlspan.nodes import MappingNode, Node, ScalarNode, find
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Dialect

_SEALED = re.compile(r"ENC\[AES256_GCM,data:(?P<data>[^,\]]*),iv:[^,\]]*,tag:[^,\]]*,type:(?P<type>[^,\]]*)\]")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


class What(StrEnum):
    """What happened to a leaf."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    TYPE = "type changed"
    OPENED = "opened: it stands open now"
    SEALED = "sealed"
    BLANKED = "emptied"
    COMMENT = "comment added, changed or removed"
    ORDER = "order changed"
    LAYOUT = "only spaces or the way of writing changed"
    UNREADABLE = "cannot be read any more"


@dataclass(frozen=True, slots=True)
class LeafChange:
    """One changed leaf. `document` counts from 0; `sealed` says whether its value is, or was, sealed."""

    route: Route
    what: What
    document: int = 0
    sealed: bool = False

    def __str__(self) -> str:
        where = f"document {self.document + 1} " if self.document else ""
        return f"{where}{self.route} {self.what}"


@dataclass(frozen=True, slots=True)
class _Leaf:
    text: str
    comments: tuple[str, ...] = ()

    @property
    def sealed(self) -> bool:
        return _SEALED.search(self.text) is not None


_Key = tuple[int, Route, int]
"""Document, route, and how many times the route stood there before: a repeated key is seen."""


def changes(before: str, after: str, path: str) -> list[LeafChange]:
    """The leaves of a sealed file that differ between two texts of it, in the order of the new text; empty where only the
    `sops` block does (the file was rewrapped). `path` picks the grammar by its end, as sops does."""
    try:
        old = dict(_leaves(before, path))
    except SealkitError:
        old = {}
    try:
        new = dict(_leaves(after, path))
    except SealkitError:
        return [LeafChange(Route(), What.UNREADABLE)]
    found = [_one(key, old.get(key), leaf) for key, leaf in new.items() if old.get(key) != leaf]
    found += [_one(key, leaf, None) for key, leaf in old.items() if key not in new]
    if _remarks(old) == _remarks(new):  # a comment that only got another neighbour did not change
        found = [change for change in found if change.what is not What.COMMENT]
    if not found:
        moved = next((key for key, was in zip(new, old, strict=False) if key != was), None)
        if moved is not None:
            found.append(LeafChange(moved[1], What.ORDER, moved[0]))
    if not found and _bare(before, path) != _bare(after, path):
        found.append(LeafChange(Route(), What.LAYOUT))
    return _with_item_names(found, before, after, path)


def _with_item_names(found: list[LeafChange], before: str, after: str, path: str) -> list[LeafChange]:
    """The same changes under the routes that scan and plan use. A value that changed never names an item."""
    if not found or path.endswith((".env", ".ini")):
        return found
    removed = [change for change in found if change.what is What.REMOVED]
    old, new = _item_names(removed, before, path), _item_names(found, after, path)
    renamed = []
    for change in found:
        names = (old if change.what is What.REMOVED else new).get(change.document)
        renamed.append(replace(change, route=names.named(change.route)) if names is not None else change)
    return renamed


def _item_names(found: list[LeafChange], text: str, path: str) -> dict[int, ItemNames]:
    names = {}
    for document in parse(text.removeprefix("\ufeff"), path) if found else ():
        nodes = [find(document.root, change.route) for change in found if change.document == document.index]
        names[document.index] = ItemNames(
            document.root, labels, hidden=[node for node in nodes if isinstance(node, ScalarNode)]
        )
    return names


def _remarks(leaves: dict[_Key, _Leaf]) -> list[str]:
    return [comment for leaf in leaves.values() for comment in leaf.comments]


def _one(key: _Key, was: _Leaf | None, now: _Leaf | None) -> LeafChange:
    document, route, _ = key
    sealed = bool((was and was.sealed) or (now and now.sealed))
    if was is None or now is None:
        what = What.ADDED if was is None else What.REMOVED
        only = was or now
        if only is not None and not only.text:
            what = What.COMMENT
    elif was.text == now.text:
        what = What.COMMENT
    elif was.sealed and now.sealed:
        old, new = _SEALED.search(was.text), _SEALED.search(now.text)
        assert old is not None
        assert new is not None
        what = What.TYPE if old["type"] != new["type"] and old["data"] == new["data"] else What.CHANGED
    elif was.sealed:
        what = What.BLANKED if now.text in {"str:", "null:"} else What.OPENED
    else:
        what = What.SEALED if now.sealed else What.CHANGED
    return LeafChange(route, what, document, sealed)


def _leaves(text: str, path: str) -> Iterator[tuple[_Key, _Leaf]]:
    counted: dict[tuple[int, Route], int] = {}
    rows = _lines(text, path) if path.endswith((".env", ".ini")) else _nodes(text, path)
    for document, route, leaf in rows:
        if route.steps[:1] == ("sops",):
            if not leaf.comments:
                continue
            route, leaf = Route(("sops",)), _Leaf("", leaf.comments)  # noqa: PLW2901
        nth = counted.get((document, route), 0)
        counted[document, route] = nth + 1
        yield (document, route, nth), leaf


def _nodes(text: str, path: str) -> Iterator[tuple[int, Route, _Leaf]]:
    """Leaves and empty containers of YAML and JSON, each with the comments in front of it (those at the end of a document
    under its own route). Files of unknown type are JSON to sops."""
    body = text.removeprefix("\ufeff")
    at = 0
    for document in parse(body, path):
        if document.root is None:
            continue
        for route, node, keys in _walk(document.root, Route(), ()):
            comments: list[str] = []
            for span in (*keys, node):  # only between scalars can a `#` start a comment
                comments += _comments(body, at, span.start)
                at = max(at, span.end if isinstance(span, ScalarNode) else span.start)
            yield document.index, route, _Leaf(_shape(node), tuple(comments))
        rest = _comments(body, at, document.end)
        at = max(at, document.end)
        if rest:
            yield document.index, Route(), _Leaf("", rest)


def _walk(
    node: Node, route: Route, keys: tuple[ScalarNode, ...]
) -> Iterator[tuple[Route, Node, tuple[ScalarNode, ...]]]:
    """Leaves and empty containers with the keys that stand between each and the one before."""
    if isinstance(node, ScalarNode) or not node.items:
        yield route, node, keys
    elif isinstance(node, MappingNode):
        for index, (name, child) in enumerate(node.items):
            yield from _walk(child, route / name.text, (*keys, name) if index == 0 else (name,))
    else:
        for index, child in enumerate(node.items):
            yield from _walk(child, route / index, keys if index == 0 else ())


def _shape(node: Node) -> str:
    if isinstance(node, ScalarNode):
        value = node.value(Dialect.SOPS)
        kind = "null" if value is None else type(value).__name__
        return f"{kind}:{'' if value is None else node.text}"
    return "map:" if isinstance(node, MappingNode) else "list:"


def _comments(text: str, start: int, end: int) -> tuple[str, ...]:
    if end <= start or "#" not in (gap := text[start:end]):
        return ()
    return tuple(found.strip() for found in _COMMENT.findall(gap))


def _lines(text: str, path: str) -> Iterator[tuple[int, Route, _Leaf]]:
    """Leaves of dotenv and ini."""
    ini = path.endswith(".ini")
    section, comments = Route(), []
    for found in _LINE.finditer(text.replace("\r\n", "\n")):
        row = found[0].rstrip("\n")
        bare = row.strip() if ini else row
        if not bare:
            continue
        if bare[0] == "#" or (ini and bare[0] == ";"):
            comments.append(bare)
            continue
        if ini and bare[0] == "[" and bare[-1] == "]":
            section = Route((bare[1:-1],))
            continue
        name, _, value = bare.partition("=")
        key = name.strip() if ini else name
        route = Route(("sops",)) if not ini and key.startswith("sops_") else section / key
        yield 0, route, _Leaf(f"str:{value.strip() if ini else value}", tuple(comments))
        comments = []
    if comments:
        yield 0, Route(), _Leaf("", tuple(comments))


def _bare(text: str, path: str) -> str:
    """The text without its `sops` block, as far as lines tell."""
    rows = text.replace("\r\n", "\n").split("\n")
    if path.endswith(".env"):
        return "\n".join(row for row in rows if not row.startswith("sops_"))
    kept, inside = [], False
    for row in rows:
        if path.endswith(".ini"):
            inside = row.strip() == "[sops]" or (inside and not row.startswith("["))
        elif path.endswith((".yaml", ".yml")):
            inside = row.startswith("sops:") or (inside and (row[:1] in {" ", "-", ""} and not row.startswith("---")))
        else:
            inside = row.strip().startswith('"sops"') or inside
        if not inside:
            kept.append(row)
    return "\n".join(kept)
