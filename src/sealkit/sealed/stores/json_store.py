"""JSON files: one object, the `sops` block as one of its keys."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import LISTS, Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.json_parser import Reader, Value
from sealkit.sealed.stores.parsed import Item, Parsed, changed, collector_paused, sealed_kind
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

KEY = "sops"
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAK = re.compile(r"\r?\n[ \t]*\Z")


class JsonStore:
    """A `sealed.store.Store`."""

    format = "json"

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with collector_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        root = Reader(text, path).document()
        if root.kind != "{":
            raise SealkitError(f"{path}: must be an object for sops", hint='put it under a key: {"items": …}')
        parsed = Parsed([], None, text, path, self.format, tree=root)
        block = _block(root)
        if block is not None:
            tree = block.plain()
            assert isinstance(tree, Mapping)
            parsed.metadata = sops_block.read(tree, path)
        lines = [found.start() for found in re.finditer("\n", text)]
        for key, _, child in root.pairs:
            if child is not block:
                _items(parsed, child, Route((key,)), lines)
        if not root.pairs:
            parsed.empty.append((0, 0, Route()))
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        root = parsed.tree
        assert isinstance(root, Value)
        edits = []
        for index, value in changed(parsed, values).items():
            item = parsed.items[index]
            edits.append(Edit(item.start, item.end, _source(value, item, parsed.path)))
        if metadata != parsed.metadata:
            edits += _block_edits(parsed.text, root, metadata)
        return apply_edits(parsed.text, edits)


def _items(parsed: Parsed, value: Value, route: Route, lines: list[int]) -> None:
    if value.kind:
        children = [(key, child) for key, _, child in value.pairs] if value.kind == "{" else []
        at = 0
        for item in value.items:
            comment = not item.kind and sealed_kind(item.scalar) == "comment"
            children.append((None if comment else at, item))  # type: ignore[arg-type]
            at += not comment
        if not children:
            parsed.empty.append((len(parsed.items), 0, route))
        for step, child in children:
            _items(parsed, child, route if step is None else route / step, lines)
        return
    content = value.scalar
    line = bisect_right(lines, value.start) + 1
    kind = sealed_kind(content)
    parsed.items.append(Item(route, content, value.start, value.end, line, 0, kind == "comment", kind != ""))


def _source(value: Scalar, item: Item, path: str) -> str:
    where = f"{path}:{item.line}"
    if item.comment and not sealed_kind(value):
        raise SealkitError(f"{where}: a sealed comment, and JSON has none", hint="take the item out of the list")
    if isinstance(value, float) and not math.isfinite(value):
        raise SealkitError(f"{where}: a number that JSON does not have", hint="write it in quotes, as text")
    if isinstance(value, str) and _SURROGATE.search(value):
        raise SealkitError(f"{where}: bytes that are no text", hint="encode them: base64")
    return json.dumps(value, ensure_ascii=False)


def _block(root: Value) -> Value | None:
    for key, _, child in root.pairs:
        if key == KEY and sops_block.is_block(child.plain()):
            return child
    return None


def _block_edits(text: str, root: Value, metadata: Metadata | None) -> Iterator[Edit]:
    pairs, block = root.pairs, _block(root)
    index = next((at for at, (_, _, child) in enumerate(pairs) if child is block), -1)
    if metadata is None:
        if block is None:
            return
        if index:
            yield Edit(pairs[index - 1][2].end, block.end, "")
        else:
            yield Edit(
                pairs[0][1] if len(pairs) > 1 else root.start + 1, pairs[1][1] if len(pairs) > 1 else root.end - 1, ""
            )
        return
    layout = _Layout(text, root)
    if block is not None:
        yield Edit(block.start, block.end, layout.merged(block, metadata))
    elif pairs:
        yield Edit(pairs[-1][2].end, pairs[-1][2].end, f",{layout.next(1)}{layout.key(KEY)}{layout.block(metadata)}")
    else:
        body = f"{layout.next(1)}{layout.key(KEY)}{layout.block(metadata)}{layout.next(0)}"
        yield Edit(root.start + 1, root.end - 1, body)


class _Layout:
    """How a text breaks and indents its lines: by tabs, as sops does, where it does not tell."""

    def __init__(self, text: str, root: Value) -> None:
        self.text = text
        self.break_: str | None = "\n"
        self.unit = "\t"
        if root.pairs:
            found = _BREAK.search(text, root.start, root.pairs[0][1])
            self.break_ = None
            if found is not None:
                self.break_ = "\r\n" if found[0].startswith("\r") else "\n"
                self.unit = found[0].strip("\r\n") or "\t"

    def next(self, depth: int) -> str:
        """What stands before a value at a depth."""
        return "" if self.break_ is None else self.break_ + self.unit * depth

    def key(self, name: str) -> str:
        """A key and its colon."""
        return f"{json.dumps(name)}:" if self.break_ is None else f"{json.dumps(name)}: "

    def block(self, metadata: Metadata) -> str:
        """A new block."""
        said = sops_block.fields(metadata)
        order = sops_block.ordered(said, metadata.order)
        return self.source({name: sops_block.nested(name, said[name]) for name in order}, 1)

    def source(self, tree: sops_block.Tree, depth: int) -> str:
        """A tree that stands at a depth."""
        if self.break_ is None:
            return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(tree, ensure_ascii=False, indent=self.unit).replace("\n", self.next(depth))

    def merged(self, block: Value, metadata: Metadata) -> str:
        """A block in place of another: what says the same stays as it was written."""
        old: Any = block.plain()
        was, now = sops_block.fields(sops_block.read(old, "")), sops_block.fields(metadata)
        if was == now:
            return self.text[block.start : block.end]
        like = sops_block.order_of_entries(old)
        written = {key: (start, child) for key, start, child in block.pairs}
        kept = [name for name in old if name not in sops_block.ORDER or (name not in now and not old[name])]
        parts = []
        for name in sops_block.ordered([*now, *kept], list(old)):
            start, child = written.get(name, (0, None))
            if child is not None and (name in kept or was.get(name) == now[name]):
                parts.append(self.text[start : child.end])
            elif child is not None and name in LISTS and was.get(name):
                copies = [
                    self.text[child.items[at].start : child.items[at].end]
                    if (at := was[name].index(wrapped) if wrapped in was[name] else -1) >= 0
                    else self.source(sops_block.entry(wrapped, like), 3)
                    for wrapped in now[name]
                ]
                parts.append(f"{self.key(name)}[{self.next(3)}{f',{self.next(3)}'.join(copies)}{self.next(2)}]")
            else:
                parts.append(self.key(name) + self.source(sops_block.nested(name, now[name], like), 2))
        return "{" + self.next(2) + f",{self.next(2)}".join(parts) + self.next(1) + "}"
