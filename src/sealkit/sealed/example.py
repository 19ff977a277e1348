"""Files of the example tree: the structure of the private tree, with directives in place of the values.

`<generate:password>`, `<generate:hex:64>`, `<generate:alnum:24>`, `<generate:base64:32>` and `<generate:uuid>` ask for a random
value, `<ask:what the token is for>` for a value from the user. Anything else is a literal that is not secret.
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
"""The generators. A size is a number of characters, for base64 of bytes before encoding; uuid has no size."""

_DIRECTIVE = re.compile(r"<(?:generate:(?P<generator>[^<>]*)|ask:(?P<ask>[^<>]*))>\Z")
_DIRECTIVE_START = re.compile(r"<(?:generate|ask):")
_GENERATOR = re.compile(r"(?P<kind>[^:]*)(?::(?P<size>[^:]*))?\Z")
_DEFAULT_SIZE = 24
_MAX_SIZE = 1 << 16
_ALPHANUMERIC = string.ascii_letters + string.digits

Ask = Callable[[str, str], str]
"""Returns the value for a name (`mail.token`) and its purpose."""


@dataclass(frozen=True, slots=True)
class RequiredValue:
    """One leaf that needs a value. Either `generator` (`hex:64`) or `ask` (the purpose) is set."""

    route: Route
    document: int
    item: int
    """The index of the item in `Parsed.items`."""
    line: int
    generator: str = ""
    ask: str = ""

    @property
    def name(self) -> str:
        """The route without the first dot: `mail.token`, `stringData.TOKEN`."""
        return str(self.route).removeprefix(".")


def required_values(text: str, path: str) -> list[RequiredValue]:
    """The leaves of an example file that need a value, in its order. An alias takes the value of its anchor.

    Raises UsageError with path and line for an unknown generator, an invalid size, an `ask` without a purpose, or a directive
    that is only part of a value; SealkitError for a file that cannot be read.
    """
    return _required_values(store_for(path).parse(text, path))


def fill_in(text: str, path: str, ask: Ask) -> str:
    """The plain text to seal: the example with a new value for each leaf that needs one.

    Everything else, including comments, is kept byte for byte. A value is quoted if its format would otherwise not read it as
    text. `path` is for messages, and gives the format by its extension. Raises like `required_values`, before `ask` is first
    called.
    """
    store = store_for(path)
    parsed = store.parse(text, path)
    required = _required_values(parsed)
    values = [generate_value(leaf.generator) if leaf.generator else ask(leaf.name, leaf.ask) for leaf in required]
    items = [parsed.items[leaf.item] for leaf in required]
    if parsed.format == "yaml":
        nodes = [leaf for document in parse(text, path) for leaf in document.leaves() if not leaf.node.alias]
        starts = [leaf.node.start for leaf in nodes]
        required_nodes = [nodes[bisect_right(starts, item.start) - 1] for item in items]
        pairs = zip(required_nodes, values, strict=True)
        return apply_edits(text, [_yaml_edit(text, leaf, value) for leaf, value in pairs])
    new_values = {
        leaf.item: value + _final_line_breaks(str(item.value))
        for leaf, item, value in zip(required, items, values, strict=True)
    }
    return store.write(parsed, new_values, parsed.metadata)


def generate_value(generator: str) -> str:
    """A new random value for `password`, `hex:64`, `alnum:24`, `base64:32`, `uuid`. Raises UsageError for anything else."""
    kind, size = _parse_generator(generator)
    if kind == "hex":
        return secrets.token_hex((size + 1) // 2)[:size]
    if kind == "base64":
        return base64.b64encode(secrets.token_bytes(size)).decode()
    if kind == "uuid":
        return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
    if kind == "password":
        return _password(size)
    return _random_text(size)


def _password(size: int) -> str:
    """Letters and digits, which need no quotes in a URL or a shell: at least one digit, lower-case and upper-case letter."""
    while True:
        value = _random_text(size)
        kinds = (any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit))
        if size < 3 or all(kinds):
            return value


def _random_text(size: int) -> str:
    return "".join(secrets.choice(_ALPHANUMERIC) for _ in range(size))


def _parse_generator(generator: str) -> tuple[str, int]:
    """The kind and the size. Raises UsageError."""
    match = _GENERATOR.match(generator)
    kind, size = (match["kind"], match["size"]) if match else (generator, None)
    if kind not in GENERATORS:
        raise UsageError(
            f"unknown generator {generator[:40]!r}", hint="use one of: password, hex:64, alnum:24, base64:32, uuid"
        )
    if size is None:
        return kind, _DEFAULT_SIZE
    if kind == "uuid" or not re.fullmatch(r"[0-9]{1,5}", size) or not 1 <= int(size) <= _MAX_SIZE:
        raise UsageError(
            f"invalid size in generator {generator[:40]!r}",
            hint=f"use a size of 1 to {_MAX_SIZE}, as in hex:64; uuid has none",
        )
    return kind, int(size)


def _required_values(parsed: Parsed) -> list[RequiredValue]:
    required = []
    for index, item in enumerate(parsed.items):
        # a YAML alias takes the value of its anchor
        alias = parsed.format == "yaml" and parsed.text.startswith("*", item.start)
        if item.comment or alias or not isinstance(item.value, str) or not _DIRECTIVE_START.search(item.value):
            continue
        location = f"{parsed.path}:{item.line}"
        directive = _DIRECTIVE.match(item.value.rstrip("\r\n"))
        if directive is None:
            raise UsageError(
                f"{location}: {item.route}: a <generate:> or <ask:> must be the whole value",
                hint="remove the text around it",
            )
        generator, purpose = directive["generator"], (directive["ask"] or "").strip()
        if generator is None and not purpose:
            raise UsageError(f"{location}: <ask:> has no purpose", hint="write: <ask:the token of the mail relay>")
        if generator is not None:
            try:
                _parse_generator(generator)
            except UsageError as error:
                raise UsageError(f"{location}: {error.message}", hint=error.hint) from None
        required.append(RequiredValue(item.route, item.document, index, item.line, generator or "", purpose))
    return required


def _yaml_edit(text: str, leaf: LeafNode, value: str) -> Edit:
    """The edit that replaces a YAML leaf. Anchors are kept, and a block scalar stays one."""
    node = leaf.node
    anchor = f"&{node.anchor} " if node.anchor else ""
    if node.style not in {"|", ">"}:
        return Edit(node.start, node.end, anchor + yaml_scalar(value))
    line = text.rfind("\n", 0, leaf.key.start) + 1 if leaf.key else 0
    indent = leaf.key.start - line + 2 if leaf.key else None
    body = yaml_scalar(value + _final_line_breaks(node.text), indent=indent)
    return Edit(node.start, node.end, anchor + body + _final_line_breaks(text[node.start : node.end]))


def _final_line_breaks(text: str) -> str:
    """The line breaks at the end of a text."""
    return text[len(text.rstrip("\r\n")) :]
