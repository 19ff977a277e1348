"""JSON files: an object with the `sops` block as one of its keys."""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import RECIPIENT_KINDS, Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.json_parser import JsonParser, JsonValue
from sealkit.sealed.stores.parsed import EmptyCollection, Item, Parsed, changed_values, ciphertext_type, gc_paused
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar, Value


class JsonStore:
    """The `Store` of JSON files."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with gc_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        root = JsonParser(text, path).document()
        if root.kind != "{":
            raise SealkitError(f"{path}: sops requires an object", hint='put the value under a key: {"items": …}')
        parsed = Parsed([], None, text, path, "json", tree=root)
        block = _block(root)
        if block is not None:
            tree = block.plain()
            assert isinstance(tree, Mapping)
            parsed.metadata = sops_block.read(tree, path, sops_block.Source.JSON)
        line_breaks = [match.start() for match in re.finditer("\n", text)]
        for key, _, child in root.pairs:
            if child is not block:
                _add_items(parsed, child, Route((key,)), line_breaks)
        if not root.pairs:
            parsed.empty_collections.append(EmptyCollection(0, 0, Route()))
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        root = parsed.tree
        assert isinstance(root, JsonValue)
        edits = []
        for index, value in changed_values(parsed, values).items():
            item = parsed.items[index]
            edits.append(Edit(item.start, item.end, _json_text(value, item, parsed.path)))
        if metadata != parsed.metadata:
            edits += _block_edits(parsed.text, root, metadata)
        return apply_edits(parsed.text, edits)


def _add_items(parsed: Parsed, value: JsonValue, route: Route, line_breaks: list[int]) -> None:
    if value.kind:
        children: list[tuple[str | int | None, JsonValue]] = [(key, child) for key, _, child in value.pairs]
        index = 0
        for item in value.items:
            comment = not item.kind and ciphertext_type(item.scalar) == "comment"
            children.append((None if comment else index, item))
            index += not comment
        if not children:
            parsed.empty_collections.append(EmptyCollection(len(parsed.items), 0, route))
        for step, child in children:
            _add_items(parsed, child, route if step is None else route / step, line_breaks)
        return
    line = bisect_right(line_breaks, value.start) + 1
    kind = ciphertext_type(value.scalar)
    # in a list, sops writes a sealed comment as an item
    comment = kind == "comment" and isinstance(route.steps[-1], int)
    parsed.items.append(Item(route, value.scalar, value.start, value.end, line, 0, comment, kind != ""))


def _json_text(value: Scalar, item: Item, path: str) -> str:
    location = f"{path}:{item.line}"
    if item.comment and not ciphertext_type(value):
        raise SealkitError(f"{location}: JSON has no comments, and this is a sealed one", hint="remove the list item")
    if isinstance(value, float) and not math.isfinite(value):
        raise SealkitError(f"{location}: JSON cannot represent this number", hint="quote it, as text")
    if isinstance(value, str) and re.search("[\ud800-\udfff]", value):
        raise SealkitError(f"{location}: the value is not UTF-8 text", hint="encode it: base64")
    return json.dumps(value, ensure_ascii=False)


def _block(root: JsonValue) -> JsonValue | None:
    for key, _, child in root.pairs:
        if key == sops_block.KEY and sops_block.is_block(child.plain()):
            return child
    return None


def _block_edits(text: str, root: JsonValue, metadata: Metadata | None) -> Iterator[Edit]:
    pairs, block = root.pairs, _block(root)
    index = next((index for index, (_, _, child) in enumerate(pairs) if child is block), -1)
    if metadata is None:
        if block is None:
            return
        if index:
            yield Edit(pairs[index - 1][2].end, block.end, "")
        else:
            start, end = (pairs[0][1], pairs[1][1]) if len(pairs) > 1 else (root.start + 1, root.end - 1)
            yield Edit(start, end, "")
        return
    writer = _BlockWriter(text, root)
    pair = f"{writer.new_line(1)}{writer.key(sops_block.KEY)}{writer.new_block(metadata)}"
    if block is not None:
        yield Edit(block.start, block.end, writer.replaced_block(block, metadata))
    elif pairs:
        yield Edit(pairs[-1][2].end, pairs[-1][2].end, f",{pair}")
    else:
        yield Edit(root.start + 1, root.end - 1, f"{pair}{writer.new_line(0)}")


class _BlockWriter:
    """Writes the block in the layout of the text: its line breaks and indent, or tabs as in sops if the text has no keys."""

    def __init__(self, text: str, root: JsonValue) -> None:
        self.text = text
        self.line_break: str | None = "\n"
        """None if the text is on one line."""
        self.indent = "\t"
        if root.pairs:
            match = re.compile(r"\r?\n[ \t]*\Z").search(text, root.start, root.pairs[0][1])
            self.line_break = None
            if match is not None:
                self.line_break = "\r\n" if match[0].startswith("\r") else "\n"
                self.indent = match[0].strip("\r\n") or "\t"

    def new_line(self, depth: int) -> str:
        """The text before a value at a depth."""
        return "" if self.line_break is None else self.line_break + self.indent * depth

    def key(self, name: str) -> str:
        """A key and its colon."""
        return f"{json.dumps(name)}:" if self.line_break is None else f"{json.dumps(name)}: "

    def new_block(self, metadata: Metadata) -> str:
        """The value of a new block."""
        return self.source(sops_block.nested_block(metadata), 1)

    def source(self, tree: Value, depth: int) -> str:
        """The text of a value at a depth."""
        if self.line_break is None:
            return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(tree, ensure_ascii=False, indent=self.indent).replace("\n", self.new_line(depth))

    def replaced_block(self, block: JsonValue, metadata: Metadata) -> str:
        """The value of a block that replaces another one: parts that do not change keep their text."""
        tree = block.plain()
        assert isinstance(tree, Mapping)
        old, new = sops_block.fields(sops_block.read(tree, "", sops_block.Source.JSON)), sops_block.fields(metadata)
        if old == new:
            return self.text[block.start : block.end]
        key_order = sops_block.order_of_entries(tree)
        written = {key: (start, child) for key, start, child in block.pairs}
        unchanged = [name for name in tree if name not in sops_block.ORDER or (name not in new and not tree[name])]
        parts = []
        for name in sops_block.ordered([*new, *unchanged], list(tree)):
            start, child = written.get(name, (0, None))
            if child is not None and (name in unchanged or old.get(name) == new[name]):
                parts.append(self.text[start : child.end])
            elif child is not None and name in RECIPIENT_KINDS and old.get(name):
                entries = [
                    self.text[child.items[index].start : child.items[index].end]
                    if (index := old[name].index(wrapped) if wrapped in old[name] else -1) >= 0
                    else self.source(sops_block.entry(wrapped, key_order), 3)
                    for wrapped in new[name]
                ]
                separator = f",{self.new_line(3)}"
                parts.append(f"{self.key(name)}[{self.new_line(3)}{separator.join(entries)}{self.new_line(2)}]")
            else:
                parts.append(self.key(name) + self.source(sops_block.nested(name, new[name], key_order), 2))
        return "{" + self.new_line(2) + f",{self.new_line(2)}".join(parts) + self.new_line(1) + "}"
