"""INI files: sections of texts, the `sops` block as a section with flattened names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sealkit.errors import SealkitError
from sealkit.sealed.metadata import Metadata
from sealkit.sealed.stores import sops_block
from sealkit.sealed.stores.ini_parser import SPACE, Reader, Remark, Section
from sealkit.sealed.stores.parsed import Item, Parsed, changed, collector_paused, sealed_kind
from sealkit.sealed.stores.sops_block_flat import flattened, plain_text, unflatten
from sealkit.yamlspan.edit import Edit, apply_edits
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

KEY = "sops"


@dataclass(slots=True)
class IniTree:
    """What a write needs: the section of the block and where it ends; the comments by item; a comment that sops drops."""

    block: Section | None = None
    end: int = 0
    remarks: dict[int, Remark] = field(default_factory=dict)
    left: Remark | None = None


class IniStore:
    """A `sealed.store.Store`."""

    def parse(self, text: str, path: str) -> Parsed:
        """See `Store.parse`."""
        with collector_paused():
            return self._parsed(text, path)

    def _parsed(self, text: str, path: str) -> Parsed:
        reader = Reader(text, path)
        sections = reader.read()
        tree = IniTree(left=reader.left)
        parsed = Parsed([], None, text, path, "ini", tree=tree)
        seen: set[tuple[str, str]] = set()
        for index, section in enumerate(sections):
            for entry in section.entries:
                if (section.name, entry.name) in seen:
                    raise SealkitError(
                        f"{path}:{entry.line}: the key {entry.name} stands twice in [{section.name}]",
                        hint="keep one of the two",
                    )
                seen.add((section.name, entry.name))
            if section.name == KEY and any(entry.name in {"mac", "lastmodified"} for entry in section.entries):
                if tree.block is not None:
                    raise SealkitError(
                        f"{path}:{section.line}: two sops blocks", hint=f"restore it: git log -p -- {path}"
                    )
                tree.block = section
                tree.end = sections[index + 1].start if index + 1 < len(sections) else len(text)
            else:
                _items(parsed, tree, section)
        if tree.block is not None:
            pairs = [(entry.name, entry.value.replace("\\n", "\n")) for entry in tree.block.entries]
            parsed.metadata = sops_block.read(unflatten(pairs, path), path)
        return parsed

    def write(self, parsed: Parsed, values: Mapping[int, Scalar], metadata: Metadata | None) -> str:
        """See `Store.write`."""
        tree = parsed.tree
        assert isinstance(tree, IniTree)
        edits: list[Edit] = []
        for index, value in changed(parsed, values).items():
            item = parsed.items[index]
            if item.comment:
                edits += _comment(parsed.text, item, tree.remarks[index], plain_text(value))
            else:
                space = " " if item.start == item.end and parsed.text[item.start - 1 : item.start] in "=:" else ""
                edits.append(
                    Edit(item.start, item.end, space + _source(plain_text(value), item, parsed.text, parsed.path))
                )
        if metadata is not None and tree.block is None and tree.left is not None:
            raise SealkitError(
                f"{parsed.path}:{tree.left.line}: a comment at the end, which sops loses",
                hint="put it in front of a key",
            )
        if metadata != parsed.metadata:
            edits += _block_edits(parsed.text, tree, metadata)
        return apply_edits(parsed.text, edits)


def _items(parsed: Parsed, tree: IniTree, section: Section) -> None:
    """The items of a section in the order of sops: its comment, then each key and the comment of that key."""
    route = Route((section.name,))
    if section.remark is not None:
        _remark(parsed, tree, section.remark, route)
    for entry in section.entries:
        sealed = sealed_kind(entry.value) != ""
        parsed.items.append(Item(route / entry.name, entry.value, entry.start, entry.end, entry.line, 0, False, sealed))
        if entry.remark is not None:
            _remark(parsed, tree, entry.remark, route)
    if not section.entries and section.remark is None:
        parsed.empty.append((len(parsed.items), 0, route))


def _remark(parsed: Parsed, tree: IniTree, remark: Remark, route: Route) -> None:
    tree.remarks[len(parsed.items)] = remark
    sealed = sealed_kind(remark.value) != ""
    parsed.items.append(Item(route, remark.value, remark.start, remark.end, remark.line, 0, True, sealed))


def _comment(text: str, item: Item, remark: Remark, value: str) -> Iterator[Edit]:
    """One comment in place of all of it: sops knows one for each key, of several lines where need be."""
    first, *more = value.split("\n")
    lines = [first, *(line if line[:1] in {"#", ";"} else f"; {line}" for line in more)]
    if more and item.start > 0 and remark.behind is None and _behind_a_value(text, item.start):
        lines = [" ".join(line.strip(SPACE) for line in lines)]
    yield Edit(item.start, item.end, _break(text).join(line.rstrip("\r") for line in lines))
    if remark.behind is not None:
        start = len(text[: remark.behind[0]].rstrip(" \t"))
        yield Edit(start, remark.behind[1], "")


def _behind_a_value(text: str, at: int) -> bool:
    return text[text.rfind("\n", 0, at) + 1 : at].strip(" \t#;") != ""


def _source(value: str, item: Item, text: str, path: str) -> str:
    """A value in the simplest quotes that go-ini reads back to it."""
    source = _quoted(value)
    if source is None:
        raise SealkitError(
            f"{path}:{item.line}: {item.route} holds both kinds of quotes of INI", hint="keep it in a YAML file"
        )
    end = text.find("\n", item.end)
    behind = re.search("[#;]", text[item.end : end if end >= 0 else len(text)])
    if behind is not None and source.startswith(("`", '"""')):
        raise SealkitError(
            f"{path}:{item.line}: {item.route} needs quotes that INI would read the comment behind it into",
            hint="put the comment on a line of its own",
        )
    return source


def _quoted(value: str) -> str | None:
    strict = any(sign in value for sign in "#;\n\r") or value.startswith(("`", '"""'))
    quoted = value[:1] in {"'", '"'} and len(value) > 1 and value.find(value[0], 1) == len(value) - 1
    if not strict and not quoted and value == value.strip(SPACE) and not value.endswith("\\"):
        return value
    if not strict and '"' not in value:
        return f'"{value}"'
    if "`" not in value:
        return f"`{value}`"
    return f'"""{value}"""' if '"""' not in value else None


def _block_edits(text: str, tree: IniTree, metadata: Metadata | None) -> Iterator[Edit]:
    eol = _break(text)
    if metadata is None:
        if tree.block is not None:
            start = tree.block.start
            before = text[:start]
            if tree.end == len(text) and before.endswith(f"\n{eol}"):
                start -= len(eol)
            yield Edit(start, tree.end, "")
        return
    said = flattened(metadata)
    entries = tree.block.entries if tree.block is not None else []
    for entry in entries:
        if entry.name in said:
            value = said.pop(entry.name)
            if value != entry.value.replace("\\n", "\n"):
                yield Edit(entry.start, entry.end, _escaped(value))
        elif entry.name.split("__")[0] in sops_block.ORDER:
            yield Edit(entry.above, entry.below, "")
    if not said:
        return
    width = max(map(len, [*said, *(entry.name for entry in entries)]))
    lines = "".join(f"{name:<{width}} = {_escaped(value)}{eol}" for name, value in said.items())
    at = entries[-1].below if entries else len(text)
    lead = "" if not at or text[at - 1] == "\n" else eol
    header = "" if tree.block is not None else f"{eol if text else ''}[{KEY}]{eol}"
    yield Edit(at, at, f"{lead}{header}{lines}")


def _escaped(value: str) -> str:
    """A text of the block as sops writes it."""
    source = value.replace("\n", "\\n")
    return _quoted(source) or source


def _break(text: str) -> str:
    return "\r\n" if "\r\n" in text[: text.find("\n") + 1] else "\n"
