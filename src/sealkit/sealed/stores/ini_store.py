"""INI files: sections of string values, the `sops` block as a section with flattened names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.ini_parser import WHITE_SPACE, IniComment, IniParser, IniSection
from sealkit.sealed.stores.parsed import (
    EmptyCollection,
    Item,
    Parsed,
    changed_values,
    ciphertext_type,
    gc_paused,
    line_break,
)
from sealkit.sealed.stores.sops_block_flat import flattened, plain_text, unflatten
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar


@dataclass(slots=True)
class IniTree:
    """What a write needs: the section of the block and its end, the comments by index of their item, and the comment after the
    last key, which sops drops."""

    block: IniSection | None = None
    block_end: int = 0
    comments: dict[int, IniComment] = field(default_factory=dict)
    trailing_comment: IniComment | None = None


class IniStore:
    """The `Store` of INI files."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with gc_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        parser = IniParser(text, path)
        sections = parser.parse()
        tree = IniTree(trailing_comment=parser.trailing_comment)
        parsed = Parsed([], None, text, path, "ini", tree=tree)
        keys: set[tuple[str, str]] = set()
        for index, section in enumerate(sections):
            for entry in section.entries:
                if (section.name, entry.name) in keys:
                    raise SealkitError(
                        f"{path}:{entry.line}: duplicate key {entry.name} in [{section.name}]",
                        hint="remove one of the two",
                    )
                keys.add((section.name, entry.name))
            if section.name == sops_block.KEY and any(
                entry.name in {"mac", "lastmodified"} for entry in section.entries
            ):
                if tree.block is not None:
                    raise SealkitError(
                        f"{path}:{section.line}: two sops blocks", hint=f"restore it: git log -p -- {path}"
                    )
                tree.block = section
                tree.block_end = sections[index + 1].start if index + 1 < len(sections) else len(text)
            else:
                _add_items(parsed, tree, section)
        if tree.block is not None:
            pairs = [(entry.name, entry.value.replace("\\n", "\n")) for entry in tree.block.entries]
            parsed.metadata = sops_block.read(unflatten(pairs, path), path, sops_block.Source.FLAT)
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        tree = parsed.tree
        assert isinstance(tree, IniTree)
        edits: list[Edit] = []
        for index, value in changed_values(parsed, values).items():
            item = parsed.items[index]
            if item.comment:
                edits += _comment_edits(parsed.text, item, tree.comments[index], plain_text(value))
            else:
                space = " " if item.start == item.end and parsed.text[item.start - 1 : item.start] in "=:" else ""
                edits.append(
                    Edit(item.start, item.end, space + _value_text(plain_text(value), item, parsed.text, parsed.path))
                )
        if metadata is not None and tree.block is None and tree.trailing_comment is not None:
            raise SealkitError(
                f"{parsed.path}:{tree.trailing_comment.line}: a comment after the last key, which sops drops",
                hint="move it before a key",
            )
        if metadata != parsed.metadata:
            edits += _block_edits(parsed.text, tree, metadata)
        return apply_edits(parsed.text, edits)


def _add_items(parsed: Parsed, tree: IniTree, section: IniSection) -> None:
    """Add the items of a section in the order of sops: its comment, then each key followed by its comment."""
    route = Route((section.name,))
    if section.comment is not None:
        _add_comment(parsed, tree, section.comment, route)
    for entry in section.entries:
        sealed = ciphertext_type(entry.value) != ""
        parsed.items.append(Item(route / entry.name, entry.value, entry.start, entry.end, entry.line, 0, False, sealed))
        if entry.comment is not None:
            _add_comment(parsed, tree, entry.comment, route)
    if not section.entries and section.comment is None:
        parsed.empty_collections.append(EmptyCollection(len(parsed.items), 0, route))


def _add_comment(parsed: Parsed, tree: IniTree, comment: IniComment, route: Route) -> None:
    tree.comments[len(parsed.items)] = comment
    sealed = ciphertext_type(comment.value) != ""
    parsed.items.append(Item(route, comment.value, comment.start, comment.end, comment.line, 0, True, sealed))


def _comment_edits(text: str, item: Item, comment: IniComment, value: str) -> Iterator[Edit]:
    """The edits that write a comment. sops has one comment for each key, which may have several lines."""
    first, *more = value.split("\n")
    lines = [first, *(line if line[:1] in {"#", ";"} else f"; {line}" for line in more)]
    if more and item.start > 0 and comment.same_line is None and _follows_a_value(text, item.start):
        lines = [" ".join(line.strip(WHITE_SPACE) for line in lines)]
    yield Edit(item.start, item.end, line_break(text).join(line.rstrip("\r") for line in lines))
    if comment.same_line is not None:
        start = len(text[: comment.same_line[0]].rstrip(" \t"))
        yield Edit(start, comment.same_line[1], "")


def _follows_a_value(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].strip(" \t#;") != ""


def _value_text(value: str, item: Item, text: str, path: str) -> str:
    """A value in the simplest quotes with which go-ini reads it back."""
    source = _quoted(value)
    if source is None:
        raise SealkitError(
            f"{path}:{item.line}: {item.route} contains both kinds of INI quotes", hint="store it in a YAML file"
        )
    line_end = text.find("\n", item.end)
    comment = re.search("[#;]", text[item.end : line_end if line_end >= 0 else len(text)])
    if comment is not None and source.startswith(("`", '"""')):
        raise SealkitError(
            f"{path}:{item.line}: {item.route} needs quotes, which would include the comment on its line",
            hint="move the comment to a line of its own",
        )
    return source


def _quoted(value: str) -> str | None:
    strict = any(sign in value for sign in "#;\n\r") or value.startswith(("`", '"""'))
    quoted = value[:1] in {"'", '"'} and len(value) > 1 and value.find(value[0], 1) == len(value) - 1
    if not strict and not quoted and value == value.strip(WHITE_SPACE) and not value.endswith("\\"):
        return value
    if not strict and '"' not in value:
        return f'"{value}"'
    if "`" not in value:
        return f"`{value}`"
    return f'"""{value}"""' if '"""' not in value else None


def _block_edits(text: str, tree: IniTree, metadata: Metadata | None) -> Iterator[Edit]:
    newline = line_break(text)
    if metadata is None:
        if tree.block is not None:
            start = tree.block.start
            before = text[:start]
            if tree.block_end == len(text) and before.endswith(f"\n{newline}"):
                start -= len(newline)
            yield Edit(start, tree.block_end, "")
        return
    values = flattened(metadata)
    entries = tree.block.entries if tree.block is not None else []
    for entry in entries:
        if entry.name in values:
            value = values.pop(entry.name)
            if value != entry.value.replace("\\n", "\n"):
                yield Edit(entry.start, entry.end, _block_value(value))
        elif entry.name.split("__")[0] in sops_block.ORDER:
            yield Edit(entry.first_line_start, entry.last_line_end, "")
    if not values:
        return
    width = max(map(len, [*values, *(entry.name for entry in entries)]))
    lines = "".join(f"{name:<{width}} = {_block_value(value)}{newline}" for name, value in values.items())
    at = entries[-1].last_line_end if entries else len(text)
    lead = "" if not at or text[at - 1] == "\n" else newline
    header = "" if tree.block is not None else f"{newline if text else ''}[{sops_block.KEY}]{newline}"
    yield Edit(at, at, f"{lead}{header}{lines}")


def _block_value(value: str) -> str:
    """A value of the block as sops writes it."""
    source = value.replace("\n", "\\n")
    return _quoted(source) or source
