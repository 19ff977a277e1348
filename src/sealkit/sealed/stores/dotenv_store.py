"""dotenv files: lines `NAME=value`, comments with `#` in the first column, the `sops` block as lines `sops_…`.

Source: sops `stores/dotenv/store.go`, compared with the program in the tests. A line ends with a line feed only: a carriage
return is part of the value, and so are quotes. `\\n` is a line break.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.parsed import Item, Parsed, changed_values, ciphertext_type, gc_paused
from sealkit.sealed.stores.sops_block_flat import flattened, plain_text, unflatten
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

_PREFIX = "sops_"


@dataclass(slots=True)
class BlockLine:
    """One line of the `sops` block: flattened key, value, and the span of the line with its line break."""

    key: str
    value: str
    start: int
    end: int


@dataclass(slots=True)
class DotenvTree:
    """What a write needs: the lines of the block, empty if there is none."""

    block: list[BlockLine] = field(default_factory=list)


class DotenvStore:
    """The `Store` of dotenv files."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with gc_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        tree = DotenvTree()
        parsed = Parsed([], None, text, path, "dotenv", tree=tree)
        reserved: list[Item] = []
        names: set[str] = set()
        next_start = 0
        for number, line in enumerate(text.split("\n"), 1):
            start, next_start = next_start, next_start + len(line) + 1
            if not line:
                continue
            if line[0] == "#":
                kind = ciphertext_type(line[1:])
                parsed.items.append(Item(Route(), line[1:], start + 1, next_start - 1, number, 0, True, kind != ""))
                continue
            name, equals, source = line.partition("=")
            if not equals:
                hint = (
                    "convert its line endings: sed -i 's/\\r$//'"
                    if line == "\r"
                    else "write NAME=value, comments with #"
                )
                raise SealkitError(f"{path}:{number}: no = in the line", hint=hint)
            if name in names:
                raise SealkitError(f"{path}:{number}: duplicate name {name}", hint="remove one of the two")
            names.add(name)
            value = source.replace("\\n", "\n")
            end, sealed = next_start - 1, ciphertext_type(value) != ""
            item = Item(Route((name,)), value, end - len(source), end, number, 0, False, sealed)
            if name.startswith(_PREFIX):
                tree.block.append(BlockLine(name.removeprefix(_PREFIX), value, start, min(next_start, len(text))))
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
            parsed.metadata = sops_block.read(unflatten(pairs, path), path, sops_block.Source.FLAT)
        else:
            tree.block = []
            parsed.items = sorted([*parsed.items, *reserved], key=lambda item: item.line)
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        tree = parsed.tree
        assert isinstance(tree, DotenvTree)
        edits = []
        for index, value in changed_values(parsed, values).items():
            item = parsed.items[index]
            edits.append(Edit(item.start, item.end, _value_text(value, item, parsed.path)))
        if metadata is not None:
            reserved = next((item for item in parsed.items if str(item.route).startswith(f".{_PREFIX}")), None)
            if reserved is not None:
                raise SealkitError(
                    f"{parsed.path}:{reserved.line}: names with the prefix {_PREFIX} are reserved for sops",
                    hint="give it another name",
                )
        if metadata != parsed.metadata:
            edits += _block_edits(parsed.text, tree.block, metadata, _PREFIX)
        return apply_edits(parsed.text, edits)


def _block_edits(text: str, lines: Sequence[BlockLine], metadata: Metadata | None, prefix: str) -> Iterator[Edit]:
    """The edits that give the lines of a flattened block the values of `metadata`. Lines that do not change are kept."""
    values = {} if metadata is None else flattened(metadata)
    for line in lines:
        if line.key in values:
            value = values.pop(line.key)
            if value != line.value:
                yield Edit(line.start, line.end, f"{prefix}{line.key}={_escaped(value)}\n")
        elif metadata is None or line.key.split("__")[0] in sops_block.ORDER:
            yield Edit(line.start, line.end, "")
    if values:
        end = lines[-1].end if lines else len(text)
        lead = "" if end == 0 or text[end - 1] == "\n" else "\n"
        yield Edit(end, end, lead + "".join(f"{prefix}{key}={_escaped(values[key])}\n" for key in values))


def _escaped(value: str) -> str:
    return value.replace("\n", "\\n")


def _value_text(value: Scalar, item: Item, path: str) -> str:
    text = plain_text(value)
    if item.comment:
        if "\n" in text:
            raise SealkitError(f"{path}:{item.line}: a comment cannot have several lines", hint="remove the comment")
        return text
    source = _escaped(text)
    if source.replace("\\n", "\n") != text:
        raise SealkitError(
            f"{path}:{item.line}: {item.route} contains a backslash before an n, which dotenv reads as a line break",
            hint="store it in a YAML file",
        )
    return source
