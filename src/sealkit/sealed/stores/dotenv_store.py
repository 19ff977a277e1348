"""dotenv files: lines `NAME=value`, comments with `#` in the first column, the `sops` block as lines `sops_…`.

Source: sops `stores/dotenv/store.go`, held against the program in the tests. Lines end with a line feed alone, a carriage
return is part of the value; quotes are part of it too; `\\n` is a line break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import Item, Parsed, changed, collector_paused, sealed_kind
from sealkit.sealed.stores.sops_block_flat import flattened, plain_text, unflatten
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

PREFIX = "sops_"


@dataclass(slots=True)
class BlockLine:
    """One line of the `sops` block: its flattened key, value, and span with the line break."""

    key: str
    value: str
    start: int
    end: int


@dataclass(slots=True)
class Lines:
    """The lines of the block, empty where there is none."""

    block: list[BlockLine] = field(default_factory=list)


class DotenvStore:
    """A `sealed.store.Store`."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with collector_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        tree = Lines()
        parsed = Parsed([], None, text, path, "dotenv", tree=tree)
        reserved: list[Item] = []
        seen: set[str] = set()
        at = 0
        for number, line in enumerate(text.split("\n"), 1):
            start, at = at, at + len(line) + 1
            if not line:
                continue
            if line[0] == "#":
                kind = sealed_kind(line[1:])
                parsed.items.append(Item(Route(), line[1:], start + 1, at - 1, number, 0, True, kind != ""))
                continue
            name, sign, source = line.partition("=")
            if not sign:
                hint = (
                    "convert its line endings: sed -i 's/\\r$//'"
                    if line == "\r"
                    else "write NAME=value, comments with #"
                )
                raise SealkitError(f"{path}:{number}: no = in the line", hint=hint)
            if name in seen:
                raise SealkitError(f"{path}:{number}: the name {name} stands twice", hint="keep one of the two")
            seen.add(name)
            value = source.replace("\\n", "\n")
            item = Item(Route((name,)), value, at - 1 - len(source), at - 1, number, 0, False, sealed_kind(value) != "")
            if name.startswith(PREFIX):
                tree.block.append(BlockLine(name.removeprefix(PREFIX), value, start, min(at, len(text))))
                reserved.append(item)
            else:
                parsed.items.append(item)
        if any(line.key in {"mac", "lastmodified"} or line.key.endswith("__map_enc") for line in tree.block):
            pairs = [(line.key, line.value) for line in tree.block]
            if any(value.endswith("\r") for _, value in pairs):
                raise SealkitError(
                    f"{path}: has CRLF line endings, which sops reads as part of the values",
                    hint=f"convert them: sed -i 's/\\r$//' {path}",
                )
            parsed.metadata = sops_block.read(unflatten(pairs, path), path)
        else:
            tree.block = []
            parsed.items = sorted([*parsed.items, *reserved], key=lambda item: item.line)
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        tree = parsed.tree
        assert isinstance(tree, Lines)
        edits = []
        for index, value in changed(parsed, values).items():
            item = parsed.items[index]
            edits.append(Edit(item.start, item.end, _source(value, item, parsed.path)))
        if metadata is not None:
            reserved = next((item for item in parsed.items if str(item.route).startswith(f".{PREFIX}")), None)
            if reserved is not None:
                raise SealkitError(
                    f"{parsed.path}:{reserved.line}: names that begin with {PREFIX} are for sops alone",
                    hint="give it another name",
                )
        if metadata != parsed.metadata:
            edits += block_edits(parsed.text, tree.block, metadata, PREFIX)
        return apply_edits(parsed.text, edits)


def block_edits(text: str, lines: Sequence[BlockLine], metadata: Metadata | None, prefix: str) -> Iterator[Edit]:
    """The edits that make the lines of a flattened block say this; lines that do already stay."""
    said = {} if metadata is None else flattened(metadata)
    for line in lines:
        if line.key in said:
            value = said.pop(line.key)
            if value != line.value:
                yield Edit(line.start, line.end, f"{prefix}{line.key}={_escaped(value)}\n")
        elif metadata is None or line.key.split("__")[0] in sops_block.ORDER:
            yield Edit(line.start, line.end, "")
    if said:
        at = lines[-1].end if lines else len(text)
        lead = "" if at == 0 or text[at - 1] == "\n" else "\n"
        yield Edit(at, at, lead + "".join(f"{prefix}{key}={_escaped(said[key])}\n" for key in said))


def _escaped(value: str) -> str:
    return value.replace("\n", "\\n")


def _source(value: Scalar, item: Item, path: str) -> str:
    text = plain_text(value)
    if item.comment:
        if "\n" in text:
            raise SealkitError(f"{path}:{item.line}: a comment of several lines", hint="take the comment out")
        return text
    source = _escaped(text)
    if source.replace("\\n", "\n") != text:
        raise SealkitError(
            f"{path}:{item.line}: {item.route} holds a backslash before an n, which dotenv reads as a line break",
            hint="keep it in a YAML file",
        )
    return source
