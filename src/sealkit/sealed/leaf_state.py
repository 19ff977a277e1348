"""The state of each leaf of a file, determined without a key, and checks of single leaves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sealkit.model.finding import Finding, FoundValue
from sealkit.sealed.metadata import Selector
from sealkit.sealed.stores import ciphertext
from sealkit.sealed.stores.parsed import Item, Parsed
from sealkit.secrets.names import is_secret_name
from sealkit.secrets.places import is_secret_value
from sealkit.secrets.schemas import Meaning, meaning_of
from sealkit.secrets.spans import secret_spans, shape_of
from sealkit.secrets.value_forms import is_template_value
from sealkit.secrets.values import Value, grade_value
from sealkit.yamlspan.route import Route

_UNFILLED = (
    r"(?i:(?:change|replace)[-_ ]?(?:me|this|it)\b.{0,80}|to[-_ ]?do\b.{0,80}|fix[-_ ]?me\b.{0,80}"
    r"|<(?:generate|ask|your)\b[^<>\n]{0,200}>)\Z"
)


class LeafState(StrEnum):
    """Whether a leaf is sealed, and whether it should be."""

    SEALED = "sealed"
    OPEN = "open"
    """In clear text, although the selector of the file, or of its rule, selects it."""
    EMPTY = "empty"
    """Null or an empty text, which sops never seals."""
    EXEMPT = "exempt"
    """In clear text, and not selected."""


@dataclass(frozen=True, slots=True)
class CensusLeaf:
    """One scalar or one comment. The route of a comment is that of the mapping or list that contains it."""

    route: Route
    document: int
    line: int
    state: LeafState
    comment: bool = False


@dataclass(frozen=True, slots=True)
class Census:
    """The leaves and findings of one file. `leaves` is empty for a file that could not be read, which is a finding."""

    leaves: tuple[CensusLeaf, ...]
    findings: tuple[Finding, ...]


def leaves_of(parsed: Parsed, selected: Sequence[bool]) -> tuple[CensusLeaf, ...]:
    """The leaves of a file, in its order. `selected` says for each item whether it should be sealed."""
    return tuple(
        CensusLeaf(item.route, item.document, item.line, _state(item, is_selected), item.comment)
        for item, is_selected in zip(parsed.items, selected, strict=True)
    )


def _state(item: Item, selected: bool) -> LeafState:
    if item.sealed:
        return LeafState.SEALED
    if item.value is None or item.value == "":
        return LeafState.EMPTY
    return LeafState.OPEN if selected else LeafState.EXEMPT


def is_damaged(item: Item, file_format: str = "") -> bool:
    """Whether a value starts like a sealed one, but is cut off, damaged, or of a type that cannot stand there: it does not
    decrypt."""
    if not ciphertext.starts_sealed(item.value):
        return False
    found = ciphertext.whole(item.value)
    return found is None or found["type"] not in ciphertext.allowed(file_format, comment=item.comment)


def key_name(item: Item, selector: Selector) -> str:
    """The last key of the route of a value, without the suffix that exempts it from sealing."""
    name = item.route.keys[-1] if item.route.keys else ""
    if selector.mode in {"", "unencrypted_suffix"}:
        return name.removesuffix(selector.pattern or "_unencrypted")
    return name


def looks_secret(item: Item, selector: Selector) -> bool:
    """Whether a value in clear text looks like a secret, by its name, its form, or a part of it."""
    if item.comment or not isinstance(item.value, str) or is_unfilled(item, selector):
        return False
    text = item.value
    by_name = is_secret_value(key_name(item, selector), text)
    return by_name or shape_of(text) is not None or bool(secret_spans(text))


def is_harmless(item: Item, kind: str) -> bool:
    """Whether a value in clear text gives nothing away: a variable, a path, a number, or a field that an object of this kind only
    uses to name a secret."""
    if meaning_of(kind, item.route.keys) is Meaning.NEUTRAL or not isinstance(item.value, str):
        return not isinstance(item.value, int) or isinstance(item.value, bool)
    text = item.value
    return not secret_spans(text) and grade_value(text) in {
        Value.TEMPLATE,
        Value.REFERENCE,
        Value.PATH,
        Value.PUBLIC,
        Value.EMPTY,
    }


def is_unfilled(item: Item, selector: Selector) -> bool:
    """Whether a value in clear text still has to be filled in: `CHANGE_ME`, `<generate:…>`, or a template under the name of a
    secret. Placeholders and variables do not count: another program fills them in."""
    if item.comment or not isinstance(item.value, str):
        return False
    text = item.value.strip()
    if re.match(_UNFILLED, text):
        return True
    has_secret_name = is_secret_name(key_name(item, selector))
    return has_secret_name and text != "" and not re.search(r"<sealed:|[$%{@]|__", text) and is_template_value(text)


def is_blank_secret(item: Item, selector: Selector) -> bool:
    """Whether an empty text (not null) has the name of a secret: it would be deployed as an empty password."""
    return item.value == "" and is_secret_name(key_name(item, selector))


def found_value(item: Item) -> FoundValue:
    """The value of a leaf, for its finding."""
    return FoundValue(str(item.value), item.route.keys[-1] if item.route.keys else "")
