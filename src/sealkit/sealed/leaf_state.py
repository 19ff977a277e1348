"""The state of each leaf of a file, told without a key, and what its value alone gives away."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sealkit.model.finding import Finding
from sealkit.sealed.metadata import Selector
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.secrets.names import is_secret_name
from sealkit.secrets.values import is_secret_value, is_template_value, secret_spans, shape_of
from sealkit.yamlspan.route import Route

_FILL_IN = re.compile(
    r"(?i:(?:change|replace)[-_ ]?(?:me|this|it)\b.{0,80}|to[-_ ]?do\b.{0,80}|fix[-_ ]?me\b.{0,80}"
    r"|<(?:generate|ask|your)\b[^<>\n]{0,200}>)\Z"
)
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_WHOLE = re.compile(
    rf"ENC\[AES256_GCM,data:(?!,){_BASE64},iv:(?!,){_BASE64},tag:[A-Za-z0-9+/]{{22}}==,"
    r"type:(?:str|int|float|bool|bytes|time|comment)\]\Z"
)


class State(StrEnum):
    """What a leaf is."""

    SEALED = "sealed"
    OPEN = "open"
    """Clear, although the selector of the file, or of its rule, seals it."""
    EMPTY = "empty"
    """Null, or a text without a character: sops never seals those."""
    EXEMPT = "exempt"
    """Clear, and the selector leaves it so."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One scalar, or one comment (whose route is that of the mapping or list it stands in)."""

    route: Route
    document: int
    line: int
    state: State
    comment: bool = False


@dataclass(frozen=True, slots=True)
class Census:
    """A file as anyone can see it. `leaves` is empty for a file that could not be read: that is a finding."""

    leaves: tuple[Leaf, ...]
    findings: tuple[Finding, ...]


def count(parsed: Parsed, seals: Sequence[bool]) -> tuple[Leaf, ...]:
    """The leaves of a file, in its order; `seals` says which items are to be sealed."""
    return tuple(
        Leaf(item.route, item.document, item.line, _state(item, chosen), item.comment)
        for item, chosen in zip(parsed.items, seals, strict=True)
    )


def _state(item: Item, chosen: bool) -> State:
    if item.sealed:
        return State.SEALED
    if item.value is None or item.value == "":
        return State.EMPTY
    return State.OPEN if chosen else State.EXEMPT


def cut_off(item: Item) -> bool:
    """Whether a value is what is left of a sealed one: it begins as such, and no sops could open it."""
    return isinstance(item.value, str) and item.value.startswith("ENC[AES256_GCM,") and not _WHOLE.match(item.value)


def name_of(item: Item, selector: Selector) -> str:
    """The key that a value stands under, without the suffix that only leaves it open."""
    name = item.route.keys[-1] if item.route.keys else ""
    if selector.mode in {"", "unencrypted_suffix"}:
        return name.removesuffix(selector.pattern or "_unencrypted")
    return name


def secret(item: Item, selector: Selector) -> bool:
    """Whether a clear value looks like a secret, by its name, its form, or a piece of it."""
    if item.comment or not isinstance(item.value, str) or to_fill_in(item, selector):
        return False
    text = item.value
    by_name = is_secret_value(name_of(item, selector), text)
    return by_name or shape_of(text) is not None or bool(secret_spans(text))


def to_fill_in(item: Item, selector: Selector) -> bool:
    """Whether a clear value only says what is to be filled in: `CHANGE_ME`, `<generate:…>`, or a stand-in under the name of a
    secret. A placeholder or a variable is none: something else fills it in."""
    if item.comment or not isinstance(item.value, str):
        return False
    text = item.value.strip()
    if _FILL_IN.match(text):
        return True
    named = is_secret_name(name_of(item, selector))
    return named and text != "" and not re.search(r"<sealed:|[$%{@]|__", text) and is_template_value(text)


def left_blank(item: Item, selector: Selector) -> bool:
    """Whether an empty text (not null) stands under the name of a secret: it would be deployed as an empty password."""
    return item.value == "" and is_secret_name(name_of(item, selector))


def value_hash(item: Item) -> str:
    """A digest that lets a fingerprint follow the value."""
    return hashlib.sha256(str(item.value).encode("utf-8", "surrogatepass")).hexdigest()
