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
from collections.abc import Callable
from dataclasses import dataclass

from sealkit.errors import UsageError
from sealkit.sealed.store import Parsed, store_for

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

    name: str
    """Its route without the first dot: `mail.token`, `stringData.TOKEN`."""
    line: int
    item: int
    """Its index among the items of the file."""
    generator: str = ""
    ask: str = ""


def wanted(text: str, path: str) -> list[Wanted]:
    """The leaves of an example file that need a value, in its order.

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
    values = {w.item: fresh(w.generator) if w.generator else ask(w.name, w.ask) for w in _wanted(parsed)}
    kept = {at: value + _tail(parsed, at) for at, value in values.items()}
    return store.write(parsed, kept, parsed.metadata)


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
        if item.comment or not isinstance(item.value, str) or not _INSIDE.search(item.value) or _alias(parsed, at):
            continue
        where = f"{parsed.path}:{item.line}"
        spec = _SPEC.match(item.value.rstrip("\r\n"))
        if spec is None:
            raise UsageError(
                f"{where}: {item.route!s}: a mark amid other text",
                hint="a value is generated or asked for as a whole",
            )
        name = str(item.route).removeprefix(".")
        what = (spec["ask"] or "").strip()
        if spec["generator"] is not None:
            try:
                _parse(spec["generator"])
            except UsageError as error:
                raise UsageError(f"{where}: {error.message}", hint=error.hint) from None
        elif not what:
            raise UsageError(f"{where}: <ask:> does not say what for", hint="<ask:the token of the mail relay>")
        found.append(Wanted(name, item.line, at, spec["generator"] or "", what))
    return found


def _alias(parsed: Parsed, at: int) -> bool:
    """Whether a YAML item is `*anchor`: it follows the value at its anchor."""
    return parsed.format == "yaml" and parsed.text.startswith("*", parsed.items[at].start)


def _tail(parsed: Parsed, at: int) -> str:
    """The line end that a block scalar or a whole file keeps."""
    value = str(parsed.items[at].value)
    return value[len(value.rstrip("\r\n")) :]
