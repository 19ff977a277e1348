"""The only way from `Sensitive` to its value.

`model.sensitive.Sensitive` shows a mask wherever Python would print it. A module that needs the value imports this one, and
the import contracts in pyproject.toml list the modules that may.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping

from sealkit.printable import MASK

_Scalar = str | int | float | bool | None
_Value = Mapping[str, "_Value"] | list["_Value"] | _Scalar


_MIN_LENGTH = 4
"""Shorter values are not searched for in other text: they would match in almost every sentence."""


def reveal(value: object) -> _Scalar:
    """The value of a `Sensitive` leaf. Any other scalar is returned unchanged.

    Raises TypeError for anything else, so that a mapping or list with sealed leaves is never passed on by mistake.
    """
    if hasattr(value, "_disclose"):
        disclosed: _Scalar = value._disclose()
        return disclosed
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"not a scalar: {type(value).__name__}")


def reveal_tree(node: object) -> _Value:
    """A copy of a tree of mappings, lists and scalars, with every `Sensitive` leaf replaced by its value."""
    if isinstance(node, dict):
        return {key: reveal_tree(child) for key, child in node.items()}
    if isinstance(node, list | tuple):
        return [reveal_tree(child) for child in node]
    return reveal(node)


def spellings(value: str) -> set[str]:
    """The forms in which a text can occur in another: unchanged, escaped for JSON, YAML or a URL, in hex, and in base64 at its
    three alignments, standard and URL-safe. Forms shorter than 4 characters are left out."""
    raw = value.encode("utf-8", "surrogatepass")
    forms = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    forms |= {urllib.parse.quote(raw, safe=""), urllib.parse.quote_plus(raw), raw.hex(), raw.hex().upper()}
    for shift in range(3):
        # only the characters that depend on the value alone, not on what comes before or after it
        encoded = base64.b64encode(b"\0" * shift + raw)
        start = -(-shift * 8 // 6)
        end = (shift + len(raw)) * 8 // 6
        core = encoded[start:end].decode()
        forms |= {core, core.translate(str.maketrans("+/", "-_"))}
    forms.add(base64.b64encode(raw).decode())
    if "'" in value:
        forms.add(value.replace("'", "''"))
    return {form for form in forms if len(form) >= _MIN_LENGTH}


class Redactor:
    """Masks known values, in all their `spellings`, in text from outside (server messages, logs, tracebacks)."""

    def __init__(self, values: Iterable[object]) -> None:
        patterns: set[str] = set()
        for value in values:
            text = reveal(value)
            if isinstance(text, str | int | float) and not isinstance(text, bool):
                patterns |= spellings(str(text))
                patterns |= {line for line in str(text).splitlines() if len(line) >= 2 * _MIN_LENGTH}
        ordered = sorted(patterns, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def clean(self, text: str) -> str:
        """`text` with every known value replaced by `MASK`."""
        return self._pattern.sub(MASK, text) if self._pattern else text
