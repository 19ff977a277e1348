"""The example tree: the shape of the private tree without its values. Each leaf says what is needed.

`<generate:password>`, `<generate:hex:64>`, `<generate:alnum:24>`, `<generate:base64:32>`, `<generate:uuid>` are drawn here;
`<ask:what the token is for>` is asked for; anything else is a literal that is no secret.
"""

from __future__ import annotations

import base64
import re
import secrets
import string
import uuid
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from sealkit.errors import UsageError
from sealkit.sealed.stores.parsed import Parsed
from sealkit.sealed.stores.store import store_for
from sealkit.yamlspan.edit import Edit, apply_edits, yaml_scalar
from sealkit.yamlspan.nodes import LeafNode
from sealkit.yamlspan.parse import parse
from sealkit.yamlspan.route import Route

GENERATORS = ("password", "hex", "alnum", "base64", "uuid")
"""What can stand behind `generate:`. A size counts characters, for base64 the bytes behind it; uuid has none."""

_SPEC = re.compile(r"<(?:generate:(?P<generator>[^<>]*)|ask:(?P<ask>[^<>]*))>\Z")
_INSIDE = re.compile(r"<(?:generate|ask):")
_KIND = re.compile(r"(?P<kind>[^:]*)(?::(?P<size>[^:]*))?\Z")
_USUAL = 24
_LARGEST = 1 << 16
_LETTERS = string.ascii_letters + string.digits

Ask = Callable[[str, str], str]
"""Gives the value for a name (`mail.token`) and what it is for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One leaf that needs a value: `generator` (`hex:64`) or `ask` (what it is for) is set."""

    route: Route
    document: int
    item: int
    """Its index among the items of the file's store."""
    line: int
    generator: str = ""
    ask: str = ""

    @property
    def name(self) -> str:
        """Its route without the first dot: `mail.token`, `stringData.TOKEN`."""
        return str(self.route).removeprefix(".")


def wanted(text: str, path: str) -> list[Wanted]:
    """The leaves of an example file that need a value, in its order; an alias has its anchor's.

    Raises UsageError with path and line for an unknown generator, a size that it does not have, an `ask` that does not say what
    for, or a mark amid other text; SealkitError for a file that cannot be read.
    """
    return _wanted(store_for(path).parse(text, path))


def generate(text: str, path: str, ask: Ask) -> str:
    """The plain text to be sealed: the example with a fresh value for each leaf that needs one. Everything else, comments
    included, stays byte for byte, and a value is quoted where its format would take it for something else than text.

    `path` names the file in messages and, by its end, the format. Raises as `wanted` does, before `ask` is first called.
    """
    store = store_for(path)
    parsed = store.parse(text, path)
    needs = _wanted(parsed)
    values = [fresh(need.generator) if need.generator else ask(need.name, need.ask) for need in needs]
    if parsed.format == "yaml":
        leaves = [leaf for document in parse(text, path) for leaf in document.leaves() if not leaf.node.alias]
        starts = [leaf.node.start for leaf in leaves]
        spots = [leaves[bisect_right(starts, parsed.items[need.item].start) - 1] for need in needs]
        return apply_edits(text, [_edit(text, leaf, value) for leaf, value in zip(spots, values, strict=True)])
    ended = [value + _end(str(parsed.items[need.item].value)) for need, value in zip(needs, values, strict=True)]
    return store.write(parsed, {need.item: value for need, value in zip(needs, ended, strict=True)}, parsed.metadata)


def fresh(generator: str) -> str:
    """A new value: `password`, `hex:64`, `alnum:24`, `base64:32`, `uuid`. Raises UsageError for an unknown one."""
    kind, size = _parse(generator)
    if kind == "hex":
        return secrets.token_hex((size + 1) // 2)[:size]
    if kind == "base64":
        return base64.b64encode(secrets.token_bytes(size)).decode()
    if kind == "uuid":
        return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    if kind == "password":
        return _password(size)
    return _drawn(size)


def _password(size: int) -> str:
    """Letters and digits, which need no quoting in a URL or a shell, with one of each kind as most policies want."""
    while True:
        value = _drawn(size)
        kinds = (any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit))
        if size < 3 or all(kinds):
            return value


def _drawn(size: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(size))


def _parse(generator: str) -> tuple[str, int]:
    """Kind and size. Raises UsageError."""
    found = _KIND.match(generator)
    kind, size = (found["kind"], found["size"]) if found else (generator, None)
    if kind not in GENERATORS:
        raise UsageError(
            f"unknown generator {generator[:40]!r}", hint="one of password, hex:64, alnum:24, base64:32, uuid"
        )
    if size is None:
        return kind, _USUAL
    if kind == "uuid" or not re.fullmatch(r"[0-9]{1,5}", size) or not 1 <= int(size) <= _LARGEST:
        raise UsageError(f"{generator[:40]!r}: no such size", hint=f"1 to {_LARGEST}, as in hex:64; uuid has none")
    return kind, int(size)


def _wanted(parsed: Parsed) -> list[Wanted]:
    found = []
    for at, item in enumerate(parsed.items):
        # an alias in YAML follows the value at its anchor
        alias = parsed.format == "yaml" and parsed.text.startswith("*", item.start)
        if item.comment or alias or not isinstance(item.value, str) or not _INSIDE.search(item.value):
            continue
        where = f"{parsed.path}:{item.line}"
        spec = _SPEC.match(item.value.rstrip("\r\n"))
        if spec is None:
            raise UsageError(
                f"{where}: {item.route}: a mark amid other text", hint="a value is generated or asked for as a whole"
            )
        generator, what = spec["generator"], (spec["ask"] or "").strip()
        if generator is None and not what:
            raise UsageError(f"{where}: <ask:> does not say what for", hint="<ask:the token of the mail relay>")
        if generator is not None:
            try:
                _parse(generator)
            except UsageError as error:
                raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
        found.append(Wanted(item.route, item.document, at, item.line, generator or "", what))
    return found


def _edit(text: str, leaf: LeafNode, value: str) -> Edit:
    """The value in the place of a YAML leaf: an anchor stays, a block stays a block."""
    node = leaf.node
    anchor = f"&{node.anchor} " if node.anchor else ""
    if node.style not in {"|", ">"}:
        return Edit(node.start, node.end, anchor + yaml_scalar(value))
    line = text.rfind("\n", 0, leaf.key.start) + 1 if leaf.key else 0
    indent = leaf.key.start - line + 2 if leaf.key else None
    body = yaml_scalar(value + _end(node.text), indent=indent)
    return Edit(node.start, node.end, anchor + body + _end(text[node.start : node.end]))


def _end(text: str) -> str:
    """The line ends that a block scalar or a whole file closes with."""
    return text[len(text.rstrip("\r\n")) :]
