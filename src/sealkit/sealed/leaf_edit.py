"""One leaf of a text set, added, moved or removed, in every format that sops seals. All other text stays byte for byte."""

from __future__ import annotations

from sealkit.errors import UsageError
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.sealed.stores.store import format_of, store_for
from sealkit.yamlspan import put
from sealkit.yamlspan.route import Route
from sealkit.yamlspan.scalars import Scalar

SPAN_FORMATS = frozenset({"yaml", "json"})
"""The formats that `yamlspan` reads and edits; routes in them can name list items."""


def is_single_value(path: str) -> bool:
    """Whether a file of this name is one value without structure (a key, a certificate), by the end of its name as in sops."""
    return format_of(path) == "binary"


def put_leaf(text: str, path: str, route: Route, value: Scalar, document: int = 0) -> str:
    """The text with one leaf set or added. `path` tells the format. Raises UsageError where the route does not fit."""
    if format_of(path) in SPAN_FORMATS:
        return put.put(text, path, route, value, document)
    if is_single_value(path):
        return str(value)
    store = store_for(path)
    parsed = store.parse(text, path)
    if find_leaf(parsed, route) is None:
        parsed = store.parse(_with_entry(text, path, route), path)
    index = find_leaf(parsed, route)
    if index is None:
        raise _misfit(path, route)
    return store.write(parsed, {index: str(value)}, None)


def remove_leaf(text: str, path: str, route: Route, document: int = 0) -> str:
    """The text without what is at a route. Raises UsageError where nothing is."""
    if format_of(path) in SPAN_FORMATS:
        return put.remove(text, path, route, document)
    if is_single_value(path):
        raise UsageError(f"{path}: holds one value and nothing else", hint=f"remove the file: git rm {path}")
    parsed = store_for(path).parse(text, path)
    index = find_leaf(parsed, route)
    if index is None:
        raise UsageError(f"{path}: nothing is at {route}")
    lines = text.splitlines(keepends=True)
    del lines[parsed.items[index].line - 1]
    return "".join(lines)


def move_leaf(text: str, path: str, old: Route, new: Route, document: int = 0) -> str:
    """The text with the leaf of one route at another. Raises UsageError where there is none, or the new route does not fit."""
    parsed = store_for(path).parse(text, path)
    value = parsed.items[require_leaf(parsed, old, document)].value
    return remove_leaf(put_leaf(text, path, new, value, document), path, old, document)


def find_leaf(parsed: Parsed, route: Route, document: int = 0) -> int | None:
    """The index of the item at a route; None where there is none. Comments are no leaves."""
    return next((index for index, item in enumerate(parsed.items) if _is_at(item, route, document)), None)


def require_leaf(parsed: Parsed, route: Route, document: int = 0) -> int:
    """The index of the item at a route. Raises UsageError where there is none."""
    index = find_leaf(parsed, route, document)
    if index is None:
        raise UsageError(f"{parsed.path}: nothing is at {route}")
    return index


def _is_at(item: Item, route: Route, document: int) -> bool:
    return (item.document, item.route) == (document, route) and not item.comment


def _with_entry(text: str, path: str, route: Route) -> str:
    """A dotenv or ini text with one more, empty, entry."""
    text = text if text.endswith("\n") or not text else text + "\n"
    dotenv = format_of(path) == "dotenv"
    keys = route.keys
    if len(keys) != len(route) or len(keys) != (1 if dotenv else 2):
        raise _misfit(path, route)
    if dotenv:
        return f"{text}{keys[0]}=\n"
    header, lines = f"[{keys[0]}]", text.splitlines(keepends=True)
    position = next((number for number, line in enumerate(lines) if line.strip() == header), None)
    if position is None:
        return f"{text}{header}\n{keys[1]} = \n"
    return "".join([*lines[: position + 1], f"{keys[1]} = \n", *lines[position + 1 :]])


def _misfit(path: str, route: Route) -> UsageError:
    return UsageError(f"{path}: {route} does not fit this format", hint="dotenv: NAME; ini: SECTION.NAME")
